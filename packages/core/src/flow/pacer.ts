import type { Runtime } from './runtime.js';
import { createTokenBucket, type Ramp, type TokenBucket } from './token-bucket.js';

/** Lets requests through no faster than the user, the store and experience allow. */
export interface Pacer {
  /** Requests let through and not yet released. */
  readonly inFlight: number;
  /** Requests that may be in flight now; whole, at least 1. */
  readonly window: number;
  /**
   * Asks for a place for a request of so many records: a permit where there is one, else a promise of it, first come, first served.
   * Throws or rejects with the signal's reason once the signal is aborted; then nothing was taken.
   */
  acquire(records: number, signal: AbortSignal): Permit | Promise<Permit>;
}

/** One request's place. */
export interface Permit {
  /** The store asked for less: the window is halved, once for all requests that were under way together. The place is kept. */
  throttled(): void;
  /** The request is over. The window grows by one for each window's worth of requests that succeeded without throttling. Releasing again does nothing. */
  release(outcome: 'succeeded' | 'failed'): void;
}

/** What makes a {@link Pacer}. */
export interface PacerOptions {
  readonly runtime: Runtime;
  /** Most requests in flight, and how many there are at first: a store's own limit. */
  readonly maximumWindow: number;
  /** Most records a second; without it only the ramp and the window bound the rate. */
  readonly maximumRate?: number;
  readonly ramp?: Ramp;
}

/** A pacer whose window follows additive increase and multiplicative decrease. */
export function createPacer(options: PacerOptions): Pacer {
  if (!(options.maximumWindow >= 1)) throw new RangeError('a window has room for at least one request');
  return new WindowPacer(options);
}

interface Waiter {
  readonly records: number;
  readonly signal: AbortSignal;
  readonly admit: (permit: Permit) => void;
}

class WindowPacer implements Pacer {
  inFlight = 0;
  readonly #maximumWindow: number;
  readonly #runtime: Runtime;
  readonly #bucket: TokenBucket | undefined;
  readonly #waiters = new Set<Waiter>();
  #size: number;
  /** Counts the halvings, so that a request knows whether the window has shrunk since it started. */
  #halvings = 0;
  #alarm: AbortController | undefined;

  constructor(options: PacerOptions) {
    this.#maximumWindow = options.maximumWindow;
    this.#size = options.maximumWindow;
    this.#runtime = options.runtime;
    this.#bucket = createTokenBucket(options);
  }

  get window(): number {
    return Math.floor(this.#size);
  }

  acquire(records: number, signal: AbortSignal): Permit | Promise<Permit> {
    signal.throwIfAborted();
    if (this.#waiters.size === 0 && this.inFlight < this.window && this.#wait() === 0) return this.#admit(records);
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#waiters.delete(waiter);
        reject(signal.reason);
        this.#admitWaiters();
      };
      const waiter: Waiter = {
        records,
        signal,
        admit: (permit) => {
          signal.removeEventListener('abort', onAbort);
          resolve(permit);
        },
      };
      this.#waiters.add(waiter);
      signal.addEventListener('abort', onAbort, { once: true });
      this.#admitWaiters();
    });
  }

  #wait(): number {
    return this.#bucket?.wait() ?? 0;
  }

  #admitWaiters(): void {
    for (const waiter of this.#waiters) {
      // Several may wait under one signal; whoever has not heard of its abort yet is about to.
      if (waiter.signal.aborted) continue;
      if (this.inFlight >= this.window) break;
      const wait = this.#wait();
      if (wait > 0) {
        this.#wakeAfter(wait);
        return;
      }
      this.#waiters.delete(waiter);
      waiter.admit(this.#admit(waiter.records));
    }
    this.#alarm?.abort();
    this.#alarm = undefined;
  }

  /** At most one timer runs, and only while somebody waits for the rate. */
  #wakeAfter(milliseconds: number): void {
    if (this.#alarm) return;
    const alarm = new AbortController();
    this.#alarm = alarm;
    const wake = (): void => {
      if (this.#alarm !== alarm) return;
      this.#alarm = undefined;
      this.#admitWaiters();
    };
    // The only reason to reject is the alarm's own signal, and then nobody waits for it any more.
    this.#runtime.sleep(milliseconds, alarm.signal).then(wake, wake);
  }

  #admit(records: number): Permit {
    this.#bucket?.take(records);
    this.inFlight += 1;
    let startedAt = this.#halvings;
    let clean = true;
    let released = false;
    return {
      throttled: () => {
        clean = false;
        if (startedAt === this.#halvings) {
          this.#size = Math.max(1, this.#size / 2);
          this.#halvings += 1;
        }
        startedAt = this.#halvings;
      },
      release: (outcome) => {
        if (released) return;
        released = true;
        this.inFlight -= 1;
        if (outcome === 'succeeded' && clean) {
          this.#size = Math.min(this.#maximumWindow, this.#size + 1 / this.window);
        }
        this.#admitWaiters();
      },
    };
  }
}
