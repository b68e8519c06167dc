import { setTimeout as sleep } from 'node:timers/promises';
import { createTokenBucket, type Runtime } from '@datamigrato/core';

/** Clock and timers of the platform. */
const platform: Runtime = {
  monotonicNow: () => performance.now(),
  wallClock: () => Date.now(),
  random: () => Math.random(),
  sleep: (milliseconds, signal) => sleep(milliseconds, undefined, { signal }),
};

/**
 * Holds writes back as Google asks for in a collection that is new or at rest: 500 a second at first, half as many more every five minutes,
 * so that the service can split its load: <https://cloud.google.com/firestore/docs/best-practices#ramping_up_traffic>.
 */
export function createWriteRamp(runtime: Runtime = platform): (writes: number, signal: AbortSignal) => Promise<void> {
  const bucket = createTokenBucket({ runtime, ramp: { initialRate: 500, growth: 1.5, every: 300_000 } });
  return async (writes, signal) => {
    for (let wait = bucket?.wait() ?? 0; wait > 0; wait = bucket?.wait() ?? 0) await runtime.sleep(wait, signal);
    bucket?.take(writes);
  };
}
