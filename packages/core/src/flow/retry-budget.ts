import { createCircuit, type Turn } from './circuit.js';
import type { Runtime } from './runtime.js';

/**
 * How long one endpoint may be gone before a job gives up on it, and who asks it meanwhile.
 *
 * All calls to the endpoint share one, so that a thousand calls that each fail for a while do not add up to a job that never ends,
 * and a call that fails alone while others are answered is left to its own limits.
 */
export interface RetryBudget {
  /** A call found the endpoint gone. The outage counts from the first of these. */
  failed(): void;
  /** The endpoint answered, be it with a refusal: the outage is over. */
  answered(): void;
  /** Milliseconds that the outage may still last; the whole budget while there is none. */
  left(): number;
  /** Whether it has failed several times in a row, whoever called: it then counts as gone. */
  readonly isGone: boolean;
  /**
   * Asks for a turn to call: undefined where there is no need to wait. While the endpoint is gone one call at a time is made, and no longer than `left` is waited.
   * Rejects with the signal's reason once the signal is aborted.
   */
  turn(signal: AbortSignal): Promise<Turn> | undefined;
}

/** Milliseconds of unbroken outage where the user says nothing: 5 minutes. */
export const defaultOutage = 300_000;

/** A budget of so many milliseconds of unbroken outage. */
export function createRetryBudget(options: { readonly runtime: Runtime; readonly outage?: number }): RetryBudget {
  const { runtime, outage = defaultOutage } = options;
  let since: number | undefined;
  const circuit = createCircuit(runtime);
  const left = (): number => (since === undefined ? outage : outage - (runtime.monotonicNow() - since));
  return {
    failed() {
      since ??= runtime.monotonicNow();
      circuit.failed();
    },
    answered() {
      since = undefined;
      circuit.answered();
    },
    left,
    get isGone() {
      return circuit.isOpen;
    },
    turn: (signal) => circuit.turn(signal, left),
  };
}
