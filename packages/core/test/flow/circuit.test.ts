import { setMaxListeners } from 'node:events';
import { describe, expect, test, vi } from 'vitest';
import { DatamigratoError } from '../../src/error/datamigrato-error.js';
import { createCircuit } from '../../src/flow/circuit.js';
import { retrying } from '../../src/flow/retry.js';
import { createRetryBudget } from '../../src/flow/retry-budget.js';
import { createVirtualRuntime } from '../virtual-runtime.js';

vi.setConfig({ testTimeout: 60_000 });

const down = (): DatamigratoError =>
  new DatamigratoError({ code: 'DM_TEST_DOWN', category: 'transient', retry: 'safe', message: 'no answer' });

const forEver = (): number => Number.POSITIVE_INFINITY;

describe('a circuit', () => {
  test('opens after five failures in a row, not after five with an answer in between', () => {
    const circuit = createCircuit(createVirtualRuntime(1));
    const { signal } = new AbortController();
    for (let failure = 0; failure < 4; failure += 1) circuit.failed();
    circuit.answered();
    for (let failure = 0; failure < 4; failure += 1) circuit.failed();
    expect([circuit.isOpen, circuit.turn(signal, forEver)]).toEqual([false, undefined]);
    circuit.failed();
    expect(circuit.isOpen).toBe(true);
    circuit.answered();
    expect([circuit.isOpen, circuit.turn(signal, forEver)]).toEqual([false, undefined]);
  });

  test('while open gives one turn at a time, and all of them once the endpoint answers', async () => {
    const runtime = createVirtualRuntime(1);
    const circuit = createCircuit(runtime);
    const { signal } = new AbortController();
    setMaxListeners(0, signal);
    for (let failure = 0; failure < 5; failure += 1) circuit.failed();
    const given: number[] = [];
    const turns = Array.from({ length: 20 }, async (_, index) => {
      const turn = await circuit.turn(signal, forEver);
      given.push(index);
      return turn;
    });
    await runtime.advance(60_000);
    expect(given).toEqual([0]);
    const [first] = turns;
    circuit.failed();
    (await first)?.end();
    await runtime.advance(60_000);
    expect(given).toHaveLength(2);
    circuit.answered();
    await Promise.all(turns);
    expect(given).toHaveLength(20);
    expect(runtime.sleeping).toBe(0);
  });

  test('gives a turn without an answer once patience is at its end', async () => {
    const runtime = createVirtualRuntime(1);
    const circuit = createCircuit(runtime);
    const { signal } = new AbortController();
    for (let failure = 0; failure < 5; failure += 1) circuit.failed();
    const until = 10_000;
    const patience = (): number => until - runtime.monotonicNow();
    await runtime.run(Promise.resolve(circuit.turn(signal, patience)));
    await runtime.run(Promise.resolve(circuit.turn(signal, patience)));
    expect(runtime.monotonicNow()).toBe(until);
  });

  test('an aborted wait ends with its reason, leaves nothing behind, and the turn goes to another', async () => {
    const runtime = createVirtualRuntime(1);
    const circuit = createCircuit(runtime);
    for (let failure = 0; failure < 5; failure += 1) circuit.failed();
    const holder = await runtime.run(Promise.resolve(circuit.turn(new AbortController().signal, forEver)));
    const controller = new AbortController();
    const aborted = Promise.allSettled([circuit.turn(controller.signal, forEver)]);
    const other = Promise.resolve(circuit.turn(new AbortController().signal, forEver));
    await runtime.advance(1);
    controller.abort(new Error('enough'));
    expect(await aborted).toEqual([{ status: 'rejected', reason: new Error('enough') }]);
    holder?.end();
    (await runtime.run(other))?.end();
    expect(runtime.sleeping).toBe(0);
  });
});

describe('calls to an endpoint that is gone', () => {
  test('R-03 are made one at a time, and all go on as soon as it answers one', async () => {
    const runtime = createVirtualRuntime(7);
    const budget = createRetryBudget({ runtime, outage: 600_000 });
    const { signal } = new AbortController();
    setMaxListeners(0, signal);
    const backAt = 120_000;
    let underWay = 0;
    let calls = 0;
    let crowd = 0;
    const finished: number[] = [];
    const call = async (): Promise<void> => {
      underWay += 1;
      const isBack = runtime.monotonicNow() >= backAt;
      if (!isBack) calls += 1;
      if (!isBack && runtime.monotonicNow() > 10_000) crowd = Math.max(crowd, underWay);
      await runtime.sleep(20, signal);
      underWay -= 1;
      if (!isBack) throw down();
    };
    const work = Array.from({ length: 100 }, async () => {
      await retrying(call, { runtime, signal, where: 'store test', idempotent: true, budget });
      finished.push(runtime.monotonicNow());
    });
    await runtime.run(Promise.all(work));
    expect(crowd).toBe(1);
    // A hundred calls, each with its own waits of up to 15 s, would have asked more than a thousand times.
    expect(calls).toBeLessThan(350);
    // The longest wait of whoever asks, and then the longest of those that sleep by themselves.
    expect(Math.min(...finished) - backAt).toBeLessThan(5_100);
    expect(runtime.sleeping).toBe(0);
  });

  test('R-06 all end when the endpoint is gone for longer than it may be', async () => {
    const runtime = createVirtualRuntime(3);
    const budget = createRetryBudget({ runtime, outage: 60_000 });
    const { signal } = new AbortController();
    setMaxListeners(0, signal);
    const call = async (): Promise<void> => {
      await runtime.sleep(5, signal);
      throw down();
    };
    const work = Promise.allSettled(
      Array.from({ length: 30 }, () =>
        retrying(call, { runtime, signal, where: 'store test', idempotent: true, budget }),
      ),
    );
    const outcomes = await runtime.run(work);
    for (const outcome of outcomes)
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'DM_ENDPOINT_UNAVAILABLE' } });
    expect(runtime.monotonicNow()).toBeLessThan(60_000 + 1000);
  });

  test('R-06 an endpoint may be gone for as long as the budget says, however often a call fails meanwhile', async () => {
    const runtime = createVirtualRuntime(5);
    const budget = createRetryBudget({ runtime, outage: 7_200_000 });
    const { signal } = new AbortController();
    const backAt = 3_600_000;
    let calls = 0;
    const answer = await runtime.run(
      retrying(
        async () => {
          calls += 1;
          if (runtime.monotonicNow() < backAt) throw down();
          return 'back';
        },
        { runtime, signal, where: 'store test', idempotent: true, budget },
      ),
    );
    expect(answer).toBe('back');
    expect(calls).toBeGreaterThan(200);
  });

  test('a call that fails alone while others are answered has its own limits', async () => {
    const runtime = createVirtualRuntime(5);
    const budget = createRetryBudget({ runtime, outage: 7_200_000 });
    const { signal } = new AbortController();
    const alone = retrying(
      async () => {
        budget.answered();
        throw down();
      },
      { runtime, signal, where: 'store test', idempotent: true, budget },
    );
    await expect(runtime.run(alone)).rejects.toMatchObject({ code: 'DM_ENDPOINT_UNAVAILABLE' });
    expect(runtime.monotonicNow()).toBeLessThan(301_000);
  });
});
