import type { Runtime } from './runtime.js';

/**
 * Keeps calls away from an endpoint that is gone: one at a time finds out whether it is back, and all others wait for what that one finds.
 *
 * So an endpoint that comes up again is not met by everything that waited for it, and is used again by all as soon as it answers one.
 */
export interface Circuit {
  /** Whether the endpoint has failed so often in a row that it counts as gone. */
  readonly isOpen: boolean;
  /** A call found the endpoint gone. */
  failed(): void;
  /** The endpoint answered: all may call again. */
  answered(): void;
  /**
   * Asks for a turn to call: undefined where there is no need to wait, else a promise of one.
   *
   * After `patience` milliseconds, asked for anew at every change, the turn is given whatever the others find.
   * Rejects with the signal's reason once the signal is aborted.
   */
  turn(signal: AbortSignal, patience: () => number): Promise<Turn> | undefined;
}

/** Leave to make one call. */
export interface Turn {
  /** Gives the turn back, however the call ended. Giving it back again does nothing. */
  end(): void;
}

/** Failures in a row after which an endpoint counts as gone. */
const threshold = 5;

/** Milliseconds: the wait before the next call while the endpoint is gone is random, up to a bound that doubles from the first to the second of these. */
const pauses = { first: 200, longest: 5_000 } as const;

/** Longest wait that timers take, in milliseconds. */
const longestTimer = 2 ** 31 - 1;

/** A circuit that is closed. */
export function createCircuit(runtime: Runtime): Circuit {
  return new SharedCircuit(runtime);
}

class SharedCircuit implements Circuit {
  readonly #runtime: Runtime;
  readonly #waiters = new Set<() => void>();
  #failures = 0;
  /** Whether somebody has the one turn that there is while the circuit is open. */
  #isTaken = false;
  #nextAt = 0;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  get isOpen(): boolean {
    return this.#failures >= threshold;
  }

  failed(): void {
    this.#failures += 1;
    if (!this.isOpen) return;
    const bound = Math.min(pauses.longest, pauses.first * 2 ** Math.min(this.#failures - threshold, 20));
    this.#nextAt = this.#runtime.monotonicNow() + this.#runtime.random() * bound;
    this.#wakeAll();
  }

  answered(): void {
    const wasOpen = this.isOpen;
    this.#failures = 0;
    if (wasOpen) this.#wakeAll();
  }

  turn(signal: AbortSignal, patience: () => number): Promise<Turn> | undefined {
    return this.isOpen ? this.#wait(signal, patience) : undefined;
  }

  async #wait(signal: AbortSignal, patience: () => number): Promise<Turn> {
    while (this.isOpen) {
      const left = patience();
      if (left <= 0) break;
      const pause = this.#nextAt - this.#runtime.monotonicNow();
      if (!this.#isTaken && pause <= 0) return this.#take();
      await this.#change(signal, Math.min(left, this.#isTaken ? left : pause, longestTimer));
    }
    return { end() {} };
  }

  #take(): Turn {
    this.#isTaken = true;
    let isMine = true;
    return {
      end: () => {
        if (!isMine) return;
        isMine = false;
        this.#isTaken = false;
        this.#wakeAll();
      },
    };
  }

  /** Resolves after so long, or as soon as anything has changed. */
  #change(signal: AbortSignal, milliseconds: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const alarm = new AbortController();
      const wake = (): void => {
        this.#waiters.delete(wake);
        alarm.abort();
        resolve();
      };
      this.#waiters.add(wake);
      this.#runtime.sleep(milliseconds, AbortSignal.any([signal, alarm.signal])).then(wake, (reason: unknown) => {
        this.#waiters.delete(wake);
        if (signal.aborted) reject(reason);
      });
    });
  }

  #wakeAll(): void {
    for (const wake of [...this.#waiters]) wake();
  }
}
