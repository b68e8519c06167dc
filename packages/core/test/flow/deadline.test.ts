import { getEventListeners, setMaxListeners } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { withDeadline } from '../../src/flow/deadline.js';
import { retrying } from '../../src/flow/retry.js';
import { createVirtualRuntime } from '../virtual-runtime.js';

const never = <Result>(): Promise<Result> => new Promise(() => {});

describe('withDeadline', () => {
  test('a call that settles in time settles the same way, and leaves neither timer nor listener', async () => {
    const runtime = createVirtualRuntime(1);
    const { signal } = new AbortController();
    const options = { runtime, deadline: 100, signal, what: 'an answer' };
    expect(await withDeadline(async () => 5, options)).toBe(5);
    await expect(
      withDeadline(async () => {
        throw new RangeError('no');
      }, options),
    ).rejects.toThrow(RangeError);
    await nextTurn();
    expect(runtime.sleeping).toBe(0);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  test('a thousand calls under one signal pile nothing up', async () => {
    const runtime = createVirtualRuntime(1);
    const { signal } = new AbortController();
    setMaxListeners(0, signal);
    const calls = Array.from({ length: 1000 }, (_, index) =>
      withDeadline((inner) => runtime.sleep(index, inner), { runtime, deadline: 2000, signal, what: 'an answer' }),
    );
    expect(getEventListeners(signal, 'abort')).toHaveLength(1000);
    await runtime.run(Promise.all(calls));
    expect(runtime.sleeping).toBe(0);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  test('a call that never settles is over at the deadline, and hears of it', async () => {
    const runtime = createVirtualRuntime(1);
    const { signal } = new AbortController();
    let inner: AbortSignal | undefined;
    const call = (own: AbortSignal): Promise<void> => {
      inner = own;
      return never();
    };
    const pending = withDeadline(call, { runtime, deadline: 10_000, signal, what: 'the answer of store test' });
    await expect(runtime.run(pending)).rejects.toMatchObject({
      code: 'DM_DEADLINE_EXCEEDED',
      category: 'transient',
      retry: 'ambiguous',
      message: 'Waited 10000 ms for the answer of store test, in vain',
    });
    expect(runtime.monotonicNow()).toBe(10_000);
    expect(inner?.aborted).toBe(true);
    expect(inner?.reason).toMatchObject({ code: 'DM_DEADLINE_EXCEEDED' });
    expect(runtime.sleeping).toBe(0);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  test('abort ends it at once with the reason, though the call does not listen', async () => {
    const runtime = createVirtualRuntime(1);
    const controller = new AbortController();
    let inner: AbortSignal | undefined;
    const pending = withDeadline(
      (own) => {
        inner = own;
        return never<void>();
      },
      { runtime, deadline: 10_000, signal: controller.signal, what: 'an answer' },
    );
    const reason = new Error('stop');
    controller.abort(reason);
    await expect(pending).rejects.toBe(reason);
    expect(inner?.reason).toBe(reason);
    await nextTurn();
    expect(runtime.sleeping).toBe(0);
    expect(runtime.monotonicNow()).toBe(0);
  });

  test('an aborted signal means no call', async () => {
    const runtime = createVirtualRuntime(1);
    const reason = new Error('stop');
    let called = false;
    const call = async (): Promise<void> => {
      called = true;
    };
    const options = { runtime, deadline: 1, signal: AbortSignal.abort(reason), what: 'an answer' };
    await expect(withDeadline(call, options)).rejects.toBe(reason);
    expect(called).toBe(false);
  });

  test('a failure that comes after the deadline disturbs nobody', async () => {
    const runtime = createVirtualRuntime(1);
    const { signal } = new AbortController();
    const unhandled: unknown[] = [];
    const onUnhandled = (reason: unknown): void => {
      unhandled.push(reason);
    };
    process.on('unhandledRejection', onUnhandled);
    try {
      const late = withDeadline(
        async (inner) => {
          await runtime.sleep(50, signal);
          inner.throwIfAborted();
        },
        { runtime, deadline: 20, signal, what: 'an answer' },
      );
      await expect(runtime.run(late)).rejects.toMatchObject({ code: 'DM_DEADLINE_EXCEEDED' });
      await runtime.advance(100);
      await nextTurn();
      expect(unhandled).toEqual([]);
    } finally {
      process.off('unhandledRejection', onUnhandled);
    }
  });

  test('a throw instead of a rejection is a rejection', async () => {
    const runtime = createVirtualRuntime(1);
    const call = (): Promise<void> => {
      throw new TypeError('no');
    };
    await expect(
      withDeadline(call, { runtime, deadline: 1, signal: new AbortController().signal, what: 'x' }),
    ).rejects.toThrow(TypeError);
    await nextTurn();
    expect(runtime.sleeping).toBe(0);
  });

  test('R-05 a hanging endpoint is asked again and then given up', async () => {
    const runtime = createVirtualRuntime(5);
    const { signal } = new AbortController();
    let attempts = 0;
    const call = (): Promise<void> => {
      attempts += 1;
      return withDeadline(() => never(), { runtime, deadline: 10_000, signal, what: 'an answer' });
    };
    await expect(
      runtime.run(retrying(call, { runtime, signal, where: 'store test', idempotent: true })),
    ).rejects.toMatchObject({ code: 'DM_ENDPOINT_UNAVAILABLE', cause: { code: 'DM_DEADLINE_EXCEEDED' } });
    expect(attempts).toBeGreaterThan(10);
    expect(runtime.monotonicNow()).toBeLessThan(330_000);
  });
});
