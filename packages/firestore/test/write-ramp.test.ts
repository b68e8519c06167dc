import type { Runtime } from '@datamigrato/core';
import { expect, test } from 'vitest';
import { createWriteRamp } from '../src/write-ramp.js';

/** A clock that goes on only where somebody sleeps. */
function sleepingClock(): Runtime & { now(): number } {
  let time = 0;
  return {
    now: () => time,
    monotonicNow: () => time,
    wallClock: () => time,
    random: () => 0.5,
    async sleep(milliseconds) {
      time += milliseconds;
    },
  };
}

test('writes begin with 500 a second, and half as many more are let through every five minutes', async () => {
  const clock = sleepingClock();
  const ramp = createWriteRamp(clock);
  const { signal } = new AbortController();
  const writtenIn: number[] = [];
  while (clock.now() < 15 * 60_000) {
    const minutes = Math.floor(clock.now() / 300_000);
    writtenIn[minutes] = (writtenIn[minutes] ?? 0) + 500;
    await ramp(500, signal);
  }
  const perSecond = writtenIn.slice(0, 3).map((count) => Math.round(count / 300));
  expect(perSecond[0]).toBeGreaterThan(490);
  expect(perSecond[0]).toBeLessThanOrEqual(502);
  expect(perSecond[1]).toBeGreaterThan(740);
  expect(perSecond[1]).toBeLessThanOrEqual(752);
  expect(perSecond[2]).toBeLessThanOrEqual(1_127);
});
