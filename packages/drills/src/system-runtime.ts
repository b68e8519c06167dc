import { setTimeout as pause } from 'node:timers/promises';
import type { Runtime } from '@datamigrato/core';

/** The clock, timers and random numbers of this process. */
export const systemRuntime: Runtime = {
  monotonicNow: () => performance.now(),
  wallClock: () => Date.now(),
  random: () => Math.random(),
  async sleep(milliseconds, signal) {
    try {
      await pause(milliseconds, undefined, { signal });
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    }
  },
};
