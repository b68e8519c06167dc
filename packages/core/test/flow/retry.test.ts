import { getEventListeners, setMaxListeners } from 'node:events';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { DatamigratoError, type ErrorDetails, isDatamigratoError } from '../../src/error/datamigrato-error.js';
import { defaultRetryPolicy, type RetryNotice, type RetryOptions, retrying } from '../../src/flow/retry.js';
import { createRetryBudget } from '../../src/flow/retry-budget.js';
import { createVirtualRuntime, type VirtualRuntime } from '../virtual-runtime.js';

// A busy machine needs several times what a quiet one does.
vi.setConfig({ testTimeout: 60_000 });

const transient = (details: Partial<ErrorDetails> = {}): DatamigratoError =>
  new DatamigratoError({
    code: 'DM_TEST_DOWN',
    category: 'transient',
    retry: 'safe',
    message: 'no answer',
    ...details,
  });

const openSignal = new AbortController().signal;
setMaxListeners(0, openSignal);

const optionsFor = (runtime: VirtualRuntime, more: Partial<RetryOptions> = {}): RetryOptions => ({
  runtime,
  signal: openSignal,
  where: 'store test',
  idempotent: true,
  ...more,
});

/** Fails with these errors in turn, then answers. */
const failingWith = (...errors: unknown[]): (() => Promise<string>) => {
  const left = [...errors];
  return async () => {
    if (left.length > 0) throw left.shift();
    return 'answer';
  };
};

const rejection = async (promise: Promise<unknown>): Promise<unknown> => {
  try {
    await promise;
  } catch (thrown) {
    return thrown;
  }
  throw new Error('it did not reject');
};

describe('what is tried again', () => {
  test('a call that succeeds is made once', async () => {
    const runtime = createVirtualRuntime(1);
    const attempts: number[] = [];
    const result = await runtime.run(
      retrying(async (attempt) => {
        attempts.push(attempt);
        return 5;
      }, optionsFor(runtime)),
    );
    expect(result).toBe(5);
    expect(attempts).toEqual([1]);
  });

  test('a transient failure, and every repetition is told with its wait', async () => {
    const runtime = createVirtualRuntime(1);
    const notices: RetryNotice[] = [];
    const first = transient();
    const second = transient({ retry: 'ambiguous' });
    const result = await runtime.run(
      retrying(failingWith(first, second), optionsFor(runtime, { onRetry: (notice) => notices.push(notice) })),
    );
    expect(result).toBe('answer');
    expect(notices.map(({ attempt, error, retry }) => ({ attempt, error, retry }))).toEqual([
      { attempt: 1, error: first, retry: 'safe' },
      { attempt: 2, error: second, retry: 'ambiguous' },
    ]);
    expect(runtime.monotonicNow()).toBeCloseTo((notices[0]?.delay ?? 0) + (notices[1]?.delay ?? 0), 6);
  });

  test.each(['usage', 'endpoint', 'record', 'internal'] as const)('not an error of category %s', async (category) => {
    const runtime = createVirtualRuntime(1);
    const error = new DatamigratoError({ code: 'DM_TEST_FINAL', category, message: 'no', retry: 'safe' });
    expect(await rejection(retrying(failingWith(error), optionsFor(runtime)))).toBe(error);
    expect(runtime.monotonicNow()).toBe(0);
  });

  test.each([[new Error('ECONNRESET')], ['text'], [undefined], [{ retryable: true }]])(
    'not the unknown %s',
    async (thrown) => {
      const runtime = createVirtualRuntime(1);
      expect(await rejection(retrying(failingWith(thrown), optionsFor(runtime)))).toBe(thrown);
    },
  );

  test('an ambiguous failure of a call that is not idempotent is final, a safe one is not', async () => {
    const runtime = createVirtualRuntime(1);
    const ambiguous = transient({ retry: 'ambiguous' });
    const options = optionsFor(runtime, { idempotent: false });
    expect(await rejection(retrying(failingWith(ambiguous), options))).toBe(ambiguous);
    expect(await runtime.run(retrying(failingWith(transient()), options))).toBe('answer');
  });

  test('a transient error that says no more counts as ambiguous', async () => {
    const runtime = createVirtualRuntime(1);
    const error = new DatamigratoError({ code: 'DM_TEST_DOWN', category: 'transient', message: 'no answer' });
    expect(await rejection(retrying(failingWith(error), optionsFor(runtime, { idempotent: false })))).toBe(error);
  });

  test('an error of another copy of core is recognised', async () => {
    const runtime = createVirtualRuntime(1);
    const foreign = Object.assign(Object.create({ [Symbol.for('datamigrato.error')]: true }) as object, {
      code: 'DM_TEST_DOWN',
      category: 'transient',
      retry: 'safe',
      message: 'no answer',
    });
    expect(await runtime.run(retrying(failingWith(foreign), optionsFor(runtime)))).toBe('answer');
  });
});

describe('how long it waits', () => {
  test('full jitter: every wait lies below a bound that doubles up to the maximum, for any seed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), async (seed) => {
        const runtime = createVirtualRuntime(seed);
        const delays: number[] = [];
        const options = optionsFor(runtime, {
          policy: { ...defaultRetryPolicy, unavailable: { failures: 30, elapsed: 1e9 } },
          onRetry: (notice) => delays.push(notice.delay),
        });
        await runtime.run(retrying(failingWith(...Array.from({ length: 29 }, () => transient())), options));
        expect(delays).toHaveLength(29);
        delays.forEach((delay, index) => {
          expect(delay).toBeGreaterThanOrEqual(0);
          expect(delay).toBeLessThan(Math.min(15_000, 100 * 2 ** index));
        });
      }),
      { numRuns: 50 },
    );
  });

  test('callers that failed together do not come back together', async () => {
    const runtime = createVirtualRuntime(7);
    const delays = new Set<number>();
    const options = optionsFor(runtime, { onRetry: (notice) => delays.add(notice.delay) });
    await runtime.run(Promise.all(Array.from({ length: 20 }, () => retrying(failingWith(transient()), options))));
    expect(delays.size).toBe(20);
  });

  test('never shorter than the store asked for', async () => {
    const runtime = createVirtualRuntime(1);
    const delays: number[] = [];
    const asking = transient({ retry: 'throttled', retryAfter: 4000 });
    await runtime.run(
      retrying(failingWith(asking), optionsFor(runtime, { onRetry: (notice) => delays.push(notice.delay) })),
    );
    expect(delays).toHaveLength(1);
    expect(delays[0]).toBeGreaterThanOrEqual(4000);
    expect(delays[0]).toBeLessThan(4100);
  });

  test('a store that asks for more time than is left is not waited for', async () => {
    const runtime = createVirtualRuntime(1);
    const asking = transient({ retry: 'throttled', retryAfter: 3_600_000 });
    const thrown = await rejection(retrying(failingWith(asking), optionsFor(runtime)));
    expect(thrown).toMatchObject({ code: 'DM_ENDPOINT_UNAVAILABLE', cause: asking });
    expect(runtime.monotonicNow()).toBe(0);
  });

  test('R-29 the clock on the wall changes nothing', async () => {
    const runtime = createVirtualRuntime(3);
    let failures = 0;
    const call = async (): Promise<string> => {
      runtime.jump(failures % 2 === 0 ? 3_600_000 : -7_200_000);
      failures += 1;
      if (failures <= 20) throw transient();
      return 'answer';
    };
    expect(await runtime.run(retrying(call, optionsFor(runtime)))).toBe('answer');
  });
});

describe('where it ends', () => {
  const always = (error: DatamigratoError) => async (): Promise<never> => {
    throw error;
  };

  test('after so many failures, with the last one as the cause', async () => {
    const runtime = createVirtualRuntime(1);
    const error = transient();
    const policy = { ...defaultRetryPolicy, unavailable: { failures: 3, elapsed: 1e9 } };
    const notices: RetryNotice[] = [];
    const thrown = await rejection(
      runtime.run(retrying(always(error), optionsFor(runtime, { policy, onRetry: (notice) => notices.push(notice) }))),
    );
    expect(notices).toHaveLength(2);
    expect(isDatamigratoError(thrown) && thrown).toMatchObject({
      code: 'DM_ENDPOINT_UNAVAILABLE',
      category: 'endpoint',
      cause: error,
      context: { failures: 3, lastCode: 'DM_TEST_DOWN', throttled: false },
    });
    expect(String(thrown)).toContain('store test failed 3 times');
  });

  test('after so much time, with a last attempt at its very end', async () => {
    const runtime = createVirtualRuntime(1);
    const times: number[] = [];
    const call = async (): Promise<never> => {
      times.push(runtime.monotonicNow());
      throw transient();
    };
    const policy = { ...defaultRetryPolicy, unavailable: { failures: 1000, elapsed: 60_000 } };
    await rejection(runtime.run(retrying(call, optionsFor(runtime, { policy }))));
    expect(times.at(-1)).toBeCloseTo(60_000, 6);
  });

  test('throttling has a limit of its own and uses up nothing of the other', async () => {
    const runtime = createVirtualRuntime(1);
    const busy = Array.from({ length: 100 }, () => transient({ retry: 'throttled' }));
    const policy = { ...defaultRetryPolicy, unavailable: { failures: 2, elapsed: 1000 } };
    const budget = createRetryBudget({ runtime, outage: 1000 });
    const call = failingWith(...busy, transient());
    expect(await runtime.run(retrying(call, optionsFor(runtime, { policy, budget })))).toBe('answer');
    expect(runtime.monotonicNow()).toBeGreaterThan(60_000);

    const error = await rejection(
      runtime.run(retrying(always(transient({ retry: 'throttled' })), optionsFor(runtime, { policy, budget }))),
    );
    expect(error).toMatchObject({ code: 'DM_ENDPOINT_UNAVAILABLE', context: { throttled: true } });
  });

  test('an endpoint that is gone longer than the budget ends all its calls at about that time', async () => {
    const runtime = createVirtualRuntime(1);
    const budget = createRetryBudget({ runtime, outage: 120_000 });
    const calls = Array.from({ length: 8 }, () =>
      rejection(retrying(always(transient()), optionsFor(runtime, { budget }))),
    );
    const errors = await runtime.run(Promise.all(calls));
    for (const error of errors) expect(error).toMatchObject({ code: 'DM_ENDPOINT_UNAVAILABLE' });
    expect(runtime.monotonicNow()).toBeCloseTo(120_000, 3);
    // Whoever comes later does not wait at all.
    const late = runtime.monotonicNow();
    await rejection(runtime.run(retrying(always(transient()), optionsFor(runtime, { budget }))));
    expect(runtime.monotonicNow()).toBe(late);
  });

  test('an answer ends the outage: a thousand short ones use up nothing', async () => {
    const runtime = createVirtualRuntime(1);
    const budget = createRetryBudget({ runtime, outage: 10_000 });
    for (let round = 0; round < 1000; round += 1) {
      await runtime.run(retrying(failingWith(transient(), transient()), optionsFor(runtime, { budget })));
    }
    expect(runtime.monotonicNow()).toBeGreaterThan(100_000);
    expect(budget.left()).toBe(10_000);
  });

  test('a refusal is an answer as well', async () => {
    const runtime = createVirtualRuntime(1);
    const budget = createRetryBudget({ runtime });
    budget.failed();
    await runtime.advance(1000);
    expect(budget.left()).toBe(299_000);
    const refusal = new DatamigratoError({ code: 'DM_TEST_FINAL', category: 'record', message: 'too large' });
    await rejection(retrying(failingWith(refusal), optionsFor(runtime, { budget })));
    expect(budget.left()).toBe(300_000);
  });
});

describe('abort', () => {
  test('ends the wait at once with the reason of the signal, and leaves nothing behind', async () => {
    const runtime = createVirtualRuntime(1);
    const controller = new AbortController();
    const pending = rejection(
      retrying(
        async () => {
          throw transient({ retryAfter: 1000 });
        },
        optionsFor(runtime, { signal: controller.signal }),
      ),
    );
    await runtime.advance(10);
    expect(runtime.sleeping).toBe(1);
    const reason = new Error('stop');
    controller.abort(reason);
    expect(await pending).toBe(reason);
    expect(runtime.sleeping).toBe(0);
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
  });

  test('before the first attempt means no attempt', async () => {
    const runtime = createVirtualRuntime(1);
    let called = false;
    const call = async (): Promise<void> => {
      called = true;
    };
    const reason = new Error('stop');
    expect(await rejection(retrying(call, optionsFor(runtime, { signal: AbortSignal.abort(reason) })))).toBe(reason);
    expect(called).toBe(false);
  });

  test('during an attempt wins over the failure that it causes', async () => {
    const runtime = createVirtualRuntime(1);
    const controller = new AbortController();
    const reason = new Error('stop');
    const call = async (): Promise<never> => {
      controller.abort(reason);
      throw transient();
    };
    expect(await rejection(retrying(call, optionsFor(runtime, { signal: controller.signal })))).toBe(reason);
  });
});
