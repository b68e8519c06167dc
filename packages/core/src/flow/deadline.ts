import { setMaxListeners } from 'node:events';
import { DatamigratoError } from '../error/datamigrato-error.js';
import type { Runtime } from './runtime.js';

/** What {@link withDeadline} needs. */
export interface DeadlineOptions {
  readonly runtime: Runtime;
  /** Milliseconds. */
  readonly deadline: number;
  readonly signal: AbortSignal;
  /** What is being waited for, for the message, such as `the answer of mongodb://localhost/shop to a write`. No secret. */
  readonly what: string;
}

/**
 * Waits for a call, but not for ever: settles within the deadline even where the call never does, and as soon as the signal is aborted.
 *
 * The call gets a signal of its own, aborted in both cases, so that it can free what it holds.
 * Once it has settled, neither a timer nor a listener is left.
 *
 * @throws DatamigratoError `DM_DEADLINE_EXCEEDED`, transient and ambiguous; or the signal's reason.
 */
export function withDeadline<Result>(
  call: (signal: AbortSignal) => Promise<Result>,
  options: DeadlineOptions,
): Promise<Result> {
  const { runtime, deadline, signal, what } = options;
  if (signal.aborted) return Promise.reject(signal.reason);
  const inner = new AbortController();
  // A call may be many requests at once, each of which listens; Node takes more than ten for a leak.
  setMaxListeners(0, inner.signal);
  const timer = new AbortController();
  return new Promise<Result>((resolve, reject) => {
    const finish = (): void => {
      signal.removeEventListener('abort', onAbort);
      timer.abort();
    };
    const giveUp = (reason: unknown): void => {
      finish();
      reject(reason);
      inner.abort(reason);
    };
    const onAbort = (): void => giveUp(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    runtime.sleep(deadline, timer.signal).then(
      () => giveUp(deadlineExceeded(what, deadline)),
      (reason: unknown) => {
        if (!timer.signal.aborted) giveUp(reason);
      },
    );
    start(call, inner.signal).then(
      (result) => {
        finish();
        resolve(result);
      },
      (reason: unknown) => {
        finish();
        reject(reason);
      },
    );
  });
}

/** Turns a throw before the first promise into a rejection. */
async function start<Result>(call: (signal: AbortSignal) => Promise<Result>, signal: AbortSignal): Promise<Result> {
  return await call(signal);
}

function deadlineExceeded(what: string, deadline: number): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_DEADLINE_EXCEEDED',
    category: 'transient',
    retry: 'ambiguous',
    message: `Waited ${deadline} ms for ${what}, in vain`,
    nextStep: 'check that the store is up and reachable from here, or allow it more time with `--deadline`',
    context: { deadline },
  });
}
