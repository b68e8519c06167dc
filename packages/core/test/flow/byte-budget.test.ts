import { getEventListeners, setMaxListeners } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ByteBudget, createByteBudget } from '../../src/flow/byte-budget.js';

const open = new AbortController().signal;
setMaxListeners(0, open);

const takeNow = (budget: ByteBudget, bytes: number): void => {
  expect(budget.acquire(bytes, open)).toBeUndefined();
};

describe('createByteBudget', () => {
  test('room is given without a promise', () => {
    const budget = createByteBudget(100);
    expect(budget.acquire(60, open)).toBeUndefined();
    expect(budget.acquire(40, open)).toBeUndefined();
    expect(budget.inFlight).toBe(100);
    budget.release(100);
    expect(budget.inFlight).toBe(0);
    expect(budget.peak).toBe(100);
  });

  test('whoever finds none waits in line, and small ones do not overtake', async () => {
    const budget = createByteBudget(100);
    const order: string[] = [];
    takeNow(budget, 80);
    const large = budget.acquire(50, open)?.then(() => order.push('large'));
    const small = budget.acquire(10, open)?.then(() => order.push('small'));
    await nextTurn();
    expect(order).toEqual([]);
    budget.release(80);
    await Promise.all([large, small]);
    expect(order).toEqual(['large', 'small']);
    expect(budget.inFlight).toBe(60);
  });

  test('an item larger than the limit goes through alone', async () => {
    const budget = createByteBudget(100);
    takeNow(budget, 1);
    let through = false;
    const huge = budget.acquire(1000, open)?.then(() => {
      through = true;
    });
    await nextTurn();
    expect(through).toBe(false);
    budget.release(1);
    await huge;
    expect(budget.inFlight).toBe(1000);
    expect(budget.acquire(1, open)).toBeInstanceOf(Promise);
    budget.release(1000);
    expect(budget.inFlight).toBe(1);
  });

  test('abort takes a waiter out of the line, lets those behind it through and leaves no listener', async () => {
    const budget = createByteBudget(100);
    const controller = new AbortController();
    takeNow(budget, 80);
    const large = budget.acquire(50, controller.signal);
    const small = budget.acquire(10, controller.signal);
    const other = budget.acquire(15, open);
    const reason = new Error('stop');
    controller.abort(reason);
    await expect(large).rejects.toBe(reason);
    await expect(small).rejects.toBe(reason);
    await other;
    expect(budget.inFlight).toBe(95);
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
    expect(getEventListeners(open, 'abort')).toHaveLength(0);
    expect(() => budget.acquire(1, controller.signal)).toThrow(reason);
    expect(budget.inFlight).toBe(95);
  });

  test('giving back more than is in flight is a fault', () => {
    const budget = createByteBudget(100);
    takeNow(budget, 10);
    expect(() => budget.release(11)).toThrow(RangeError);
    expect(() => createByteBudget(0)).toThrow(RangeError);
    expect(() => createByteBudget(Number.NaN)).toThrow(RangeError);
  });

  test('whatever comes and goes: the limit holds, everybody gets through, in order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 150 }), { minLength: 1, maxLength: 60 }), async (sizes) => {
        const budget = createByteBudget(100);
        const held: number[] = [];
        const admitted: number[] = [];
        const finish = sizes.map(async (bytes, index) => {
          await budget.acquire(bytes, open);
          admitted.push(index);
          held.push(bytes);
          const inFlight = held.reduce((sum, one) => sum + one, 0);
          expect(inFlight <= 100 || held.filter((one) => one > 0).length === 1).toBe(true);
          await nextTurn();
          held.splice(held.indexOf(bytes), 1);
          budget.release(bytes);
        });
        await Promise.all(finish);
        expect(admitted).toEqual(sizes.map((_, index) => index));
        expect(budget.inFlight).toBe(0);
        expect(budget.peak).toBeLessThanOrEqual(Math.max(100, ...sizes));
      }),
      { numRuns: 100 },
    );
  });
});
