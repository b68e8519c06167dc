import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Runtime } from '../src/flow/runtime.js';

/** A runtime whose clock stands still until a test moves it, and whose random numbers follow from a seed. */
export interface VirtualRuntime extends Runtime {
  /** Sleeps that nothing has ended yet. */
  readonly sleeping: number;
  /** Moves the clock, waking sleepers in the order of their time. */
  advance(milliseconds: number): Promise<void>;
  /** Moves the clock from sleeper to sleeper until the promise has settled. Fails where nobody sleeps and the promise is still open. */
  run<Result>(promise: Promise<Result>): Promise<Result>;
  /** Moves the clock on the wall alone, forwards or back, as a correction of the time does. */
  jump(milliseconds: number): void;
}

/** A virtual runtime; equal seeds give equal runs. */
export function createVirtualRuntime(seed: number): VirtualRuntime {
  const random = seededRandom(seed);
  const sleepers = new Set<Sleeper>();
  let now = 0;
  let wall = Date.UTC(2026, 10, 24);

  const wakeFirst = (limit: number): boolean => {
    let first: Sleeper | undefined;
    for (const sleeper of sleepers)
      if (sleeper.until <= limit && !(first && first.until <= sleeper.until)) first = sleeper;
    if (!first) return false;
    wall += Math.max(0, first.until - now);
    now = Math.max(now, first.until);
    first.wake();
    return true;
  };

  return {
    monotonicNow: () => now,
    wallClock: () => wall,
    random,
    sleep(milliseconds, signal) {
      if (signal.aborted) return Promise.reject(signal.reason);
      return new Promise((resolve, reject) => {
        const end = (): void => {
          sleepers.delete(sleeper);
          signal.removeEventListener('abort', onAbort);
        };
        const onAbort = (): void => {
          end();
          reject(signal.reason);
        };
        const sleeper: Sleeper = {
          until: now + milliseconds,
          wake() {
            end();
            resolve();
          },
        };
        sleepers.add(sleeper);
        signal.addEventListener('abort', onAbort, { once: true });
      });
    },
    get sleeping() {
      return sleepers.size;
    },
    async advance(milliseconds) {
      const until = now + milliseconds;
      do await nextTurn();
      while (wakeFirst(until));
      wall += until - now;
      now = until;
    },
    async run(promise) {
      let settled = false;
      const settle = (): void => {
        settled = true;
      };
      promise.then(settle, settle);
      for (;;) {
        await nextTurn();
        if (settled) return promise;
        if (!wakeFirst(Number.POSITIVE_INFINITY)) throw new Error('nobody sleeps, and the promise is still open');
      }
    },
    jump(milliseconds) {
      wall += milliseconds;
    },
  };
}

interface Sleeper {
  readonly until: number;
  wake(): void;
}

/** The mulberry32 generator. */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
