import { DatamigratoError, isDatamigratoError, type RetryClass } from '../error/datamigrato-error.js';
import type { RetryBudget } from './retry-budget.js';
import type { Runtime } from './runtime.js';

/** How often and how long one call is tried again. Times are milliseconds. */
export interface RetryPolicy {
  /** The wait before the first repetition is random, up to this; the bound doubles with each further one. */
  readonly baseDelay: number;
  /** The bound of the wait never exceeds this. */
  readonly maximumDelay: number;
  /** For failures that are not throttling. */
  readonly unavailable: RetryLimit;
  /** For throttling alone: a store that asks for less is there, and may be waited for much longer than one that is not. */
  readonly throttled: RetryLimit;
}

/** Where retrying one call ends, whichever comes first. */
export interface RetryLimit {
  /** Most failures of this sort. */
  readonly failures: number;
  /** Milliseconds since the first failure of this sort. */
  readonly elapsed: number;
}

/** The policy where none is given: 50 failures or 5 minutes of unavailability, 500 failures or 30 minutes of throttling. */
export const defaultRetryPolicy: RetryPolicy = {
  baseDelay: 100,
  maximumDelay: 15_000,
  unavailable: { failures: 50, elapsed: 300_000 },
  throttled: { failures: 500, elapsed: 1_800_000 },
};

/** What {@link retrying} needs. */
export interface RetryOptions {
  readonly runtime: Runtime;
  readonly signal: AbortSignal;
  /** What is being called, for messages, such as an endpoint's description. No secret. */
  readonly where: string;
  /** Whether repeating the call after it was applied changes nothing. Without it, an ambiguous failure is final. */
  readonly idempotent: boolean;
  readonly policy?: RetryPolicy;
  /** Shared by all calls to one endpoint. */
  readonly budget?: RetryBudget;
  /** Hears of every repetition before the wait for it. */
  readonly onRetry?: (notice: RetryNotice) => void;
}

/** A failure that will be followed by another attempt. */
export interface RetryNotice {
  /** The attempt that failed; the first is 1. */
  readonly attempt: number;
  /** Milliseconds until the next one. */
  readonly delay: number;
  readonly retry: RetryClass;
  readonly error: DatamigratoError;
}

/**
 * Calls until the call succeeds, fails for good, or a limit is reached.
 *
 * Only a `DatamigratoError` of category `transient` is followed by another attempt; anything unknown is final and thrown as it is.
 * Waits are exponential with full jitter, and never shorter than what the store asked for. While an endpoint counts as gone, the budget lets its calls through one at a time.
 *
 * @throws DatamigratoError `DM_ENDPOINT_UNAVAILABLE` at a limit, with the last failure as its cause.
 */
export async function retrying<Result>(
  call: (attempt: number) => Promise<Result>,
  options: RetryOptions,
): Promise<Result> {
  const { runtime, signal, budget } = options;
  const policy = options.policy ?? defaultRetryPolicy;
  const unavailable = new FailureCount(policy.unavailable, runtime);
  const throttled = new FailureCount(policy.throttled, runtime);
  for (let attempt = 1; ; attempt += 1) {
    signal.throwIfAborted();
    let error: DatamigratoError;
    const waiting = budget?.turn(signal);
    const turn = waiting && (await waiting);
    try {
      const result = await call(attempt);
      budget?.answered();
      return result;
    } catch (thrown) {
      signal.throwIfAborted();
      if (!isDatamigratoError(thrown)) throw thrown;
      if (thrown.category !== 'transient' || thrown.retry === undefined) {
        budget?.answered();
        throw thrown;
      }
      error = thrown;
      if (thrown.retry === 'throttled') budget?.answered();
      else budget?.failed();
    } finally {
      turn?.end();
    }
    const retry = error.retry ?? 'ambiguous';
    const isThrottled = retry === 'throttled';
    if (retry === 'ambiguous' && !options.idempotent) throw error;

    const failures = isThrottled ? throttled : unavailable;
    // While the endpoint is gone for all, no call is to blame for failing, and the budget alone decides.
    const isGone = !isThrottled && budget?.isGone === true;
    failures.add(isGone);
    const left = Math.min(
      isGone ? Number.POSITIVE_INFINITY : failures.left(),
      isThrottled || budget === undefined ? Number.POSITIVE_INFINITY : budget.left(),
    );
    const asked = error.retryAfter ?? 0;
    if (left <= 0 || asked > left) throw givenUp(options.where, error, failures, isThrottled);
    const bound = Math.min(policy.maximumDelay, policy.baseDelay * 2 ** Math.min(failures.count - 1, 40));
    const delay = Math.min(left, asked + runtime.random() * bound);
    options.onRetry?.({ attempt, delay, retry, error });
    await runtime.sleep(delay, signal);
  }
}

class FailureCount {
  count = 0;
  readonly #limit: RetryLimit;
  readonly #runtime: Runtime;
  #since = 0;
  /** Failures that the call itself has to answer for, and when the first of them was. */
  #own = 0;
  #ownSince = 0;
  constructor(limit: RetryLimit, runtime: Runtime) {
    this.#limit = limit;
    this.#runtime = runtime;
  }

  add(isExcused: boolean): void {
    const now = this.#runtime.monotonicNow();
    if (this.count === 0) this.#since = now;
    this.count += 1;
    if (isExcused) this.#own = 0;
    else {
      if (this.#own === 0) this.#ownSince = now;
      this.#own += 1;
    }
  }

  elapsed(): number {
    return this.#runtime.monotonicNow() - this.#since;
  }

  /** Milliseconds for which another attempt may still be made. */
  left(): number {
    const { failures, elapsed } = this.#limit;
    return this.#own >= failures ? 0 : elapsed - (this.#runtime.monotonicNow() - this.#ownSince);
  }
}

function givenUp(
  where: string,
  error: DatamigratoError,
  failures: FailureCount,
  isThrottled: boolean,
): DatamigratoError {
  const seconds = Math.round(failures.elapsed() / 1000);
  const times = failures.count === 1 ? 'once' : `${failures.count} times`;
  return new DatamigratoError({
    code: 'DM_ENDPOINT_UNAVAILABLE',
    category: 'endpoint',
    message: isThrottled
      ? `${where} asked for less ${times} within ${seconds} s: ${error.message}`
      : `${where} failed ${times} within ${seconds} s: ${error.message}`,
    nextStep: isThrottled
      ? 'lower `--max-rate` or raise the limits of the store, then run the same command again'
      : 'check that the store is up and reachable from here, then run the same command again',
    context: {
      failures: failures.count,
      milliseconds: Math.round(failures.elapsed()),
      lastCode: error.code,
      throttled: isThrottled,
    },
    cause: error,
  });
}
