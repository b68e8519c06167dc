import { getEventListeners, setMaxListeners } from 'node:events';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { createPacer, type Pacer, type Permit } from '../../src/flow/pacer.js';
import { createVirtualRuntime, type VirtualRuntime } from '../virtual-runtime.js';

// A busy machine needs several times what a quiet one does.
vi.setConfig({ testTimeout: 60_000 });

const open = new AbortController().signal;
setMaxListeners(0, open);

const permitNow = (pacer: Pacer, records = 1): Permit => {
  const permit = pacer.acquire(records, open);
  if (permit instanceof Promise) throw new Error('there was no place');
  return permit;
};

/** Sends requests of `records` one after another and notes when each started. */
const startTimes = async (
  runtime: VirtualRuntime,
  pacer: Pacer,
  requests: number,
  records: number,
): Promise<number[]> => {
  const times: number[] = [];
  for (let index = 0; index < requests; index += 1) {
    const permit = await pacer.acquire(records, open);
    times.push(runtime.monotonicNow());
    permit.release('succeeded');
  }
  return times;
};

describe('the window', () => {
  test('lets so many requests through at once, without a promise, and the next when one is released', async () => {
    const pacer = createPacer({ runtime: createVirtualRuntime(1), maximumWindow: 2 });
    const first = permitNow(pacer);
    permitNow(pacer);
    const third = pacer.acquire(1, open);
    expect(third).toBeInstanceOf(Promise);
    expect(pacer.inFlight).toBe(2);
    first.release('succeeded');
    await third;
    expect(pacer.inFlight).toBe(2);
    first.release('succeeded');
    expect(pacer.inFlight).toBe(2);
  });

  test('is halved once for all requests that were under way together, and again for the next ones', () => {
    const pacer = createPacer({ runtime: createVirtualRuntime(1), maximumWindow: 16 });
    const permits = Array.from({ length: 16 }, () => permitNow(pacer));
    for (const permit of permits) permit.throttled();
    expect(pacer.window).toBe(8);
    for (const permit of permits) permit.throttled();
    expect(pacer.window).toBe(4);
    for (const permit of permits) permit.release('failed');
    expect(pacer.window).toBe(4);
    const next = permitNow(pacer);
    for (let round = 0; round < 10; round += 1) next.throttled();
    expect(pacer.window).toBe(1);
    next.release('succeeded');
    expect(pacer.window).toBe(1);
  });

  test('grows by one for each window of clean successes, up to its maximum', () => {
    const pacer = createPacer({ runtime: createVirtualRuntime(1), maximumWindow: 8 });
    permitNow(pacer).throttled();
    const windows: number[] = [];
    for (let round = 0; round < 40; round += 1) {
      permitNow(pacer).release('succeeded');
      windows.push(pacer.window);
    }
    expect(windows.slice(0, 4)).toEqual([4, 4, 4, 5]);
    expect(windows.slice(4, 9)).toEqual([5, 5, 5, 5, 6]);
    expect(windows.at(-1)).toBe(8);
  });

  test('failures do not make it grow', () => {
    const pacer = createPacer({ runtime: createVirtualRuntime(1), maximumWindow: 8 });
    const first = permitNow(pacer);
    first.throttled();
    first.release('succeeded');
    for (let round = 0; round < 40; round += 1) permitNow(pacer).release('failed');
    expect(pacer.window).toBe(4);
  });

  test('first come, first served', async () => {
    const pacer = createPacer({ runtime: createVirtualRuntime(1), maximumWindow: 1 });
    const order: number[] = [];
    await Promise.all(
      Array.from({ length: 10 }, async (_, index) => {
        const permit = await pacer.acquire(1, open);
        order.push(index);
        permit.release('succeeded');
      }),
    );
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });
});

describe('the rate', () => {
  test('holds in every interval, to within one request and a tenth of a second', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5000 }),
        fc.integer({ min: 1, max: 1000 }),
        async (maximumRate, records) => {
          const runtime = createVirtualRuntime(1);
          const pacer = createPacer({ runtime, maximumWindow: 8, maximumRate });
          const times = await runtime.run(startTimes(runtime, pacer, 30, records));
          for (const [from, start] of times.entries()) {
            for (let to = from; to < times.length; to += 1) {
              const seconds = ((times[to] ?? 0) - start) / 1000;
              expect((to - from) * records).toBeLessThanOrEqual((seconds + 0.1) * maximumRate + 1e-3);
            }
          }
          // And no slower than allowed.
          expect((times.at(-1) ?? 0) / 1000).toBeLessThanOrEqual((29 * records) / maximumRate + 1e-3);
        },
      ),
      { numRuns: 50 },
    );
  });

  test('idle time is not saved up', async () => {
    const runtime = createVirtualRuntime(1);
    const pacer = createPacer({ runtime, maximumWindow: 8, maximumRate: 100 });
    await runtime.advance(3_600_000);
    const times = await runtime.run(startTimes(runtime, pacer, 21, 10));
    expect((times[20] ?? 0) - (times[0] ?? 0)).toBeCloseTo(1900, 3);
  });

  test('waiting needs one timer at most, and none once nobody waits', async () => {
    const runtime = createVirtualRuntime(1);
    const pacer = createPacer({ runtime, maximumWindow: 100, maximumRate: 10 });
    permitNow(pacer, 100);
    const controller = new AbortController();
    setMaxListeners(0, controller.signal);
    const waiting = Array.from({ length: 20 }, async () => pacer.acquire(1, controller.signal));
    await runtime.advance(1);
    expect(runtime.sleeping).toBe(1);
    const reason = new Error('stop');
    controller.abort(reason);
    for (const outcome of await Promise.allSettled(waiting)) expect(outcome).toEqual({ status: 'rejected', reason });
    await runtime.advance(0);
    expect(runtime.sleeping).toBe(0);
    expect(pacer.inFlight).toBe(1);
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
    expect(() => pacer.acquire(1, controller.signal)).toThrow(reason);
  });

  test('an aborted waiter does not hold up those behind it', async () => {
    const runtime = createVirtualRuntime(1);
    const pacer = createPacer({ runtime, maximumWindow: 100, maximumRate: 10 });
    permitNow(pacer, 10);
    const controller = new AbortController();
    const first = Promise.resolve(pacer.acquire(1000, controller.signal));
    const second = Promise.resolve(pacer.acquire(1, open));
    controller.abort(new Error('stop'));
    await expect(first).rejects.toThrow('stop');
    await runtime.run(second);
    expect(runtime.monotonicNow()).toBeCloseTo(1000, 3);
  });

  test('the ramp 500/50/5: half as much again every five minutes, never above the maximum', async () => {
    const runtime = createVirtualRuntime(1);
    const ramp = { initialRate: 500, growth: 1.5, every: 300_000 };
    const pacer = createPacer({ runtime, maximumWindow: 8, maximumRate: 1000, ramp });
    await runtime.advance(86_400_000);
    const begin = runtime.monotonicNow();
    const times = await runtime.run(startTimes(runtime, pacer, 2000, 500));
    const during = (minute: number): number =>
      times.filter((time) => time - begin >= minute * 60_000 && time - begin < (minute + 1) * 60_000).length * 500;
    expect(during(1) / 60).toBeCloseTo(500, -1.5);
    expect(during(4) / 60).toBeCloseTo(500, -1.5);
    expect(during(6) / 60).toBeCloseTo(750, -1.5);
    expect(during(11) / 60).toBeCloseTo(1000, -1.5);
    expect(during(16) / 60).toBeCloseTo(1000, -1.5);
  });

  test('nonsense is refused', () => {
    const runtime = createVirtualRuntime(1);
    expect(() => createPacer({ runtime, maximumWindow: 0 })).toThrow(RangeError);
    expect(() => createPacer({ runtime, maximumWindow: 1, maximumRate: 0 })).toThrow(RangeError);
    const ramp = { initialRate: 1, growth: 0.5, every: 1 };
    expect(() => createPacer({ runtime, maximumWindow: 1, ramp })).toThrow(RangeError);
  });
});
