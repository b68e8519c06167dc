import { setTimeout as wait } from 'node:timers/promises';
import type { Runtime } from '@datamigrato/core';

/** The clock, timers and random numbers of this process. */
export const processRuntime: Runtime = {
  monotonicNow: () => performance.now(),
  wallClock: () => Date.now(),
  random: () => Math.random(),
  async sleep(milliseconds, signal) {
    try {
      await wait(milliseconds, undefined, { signal });
    } catch (error) {
      throw signal.aborted ? signal.reason : error;
    }
  },
};
