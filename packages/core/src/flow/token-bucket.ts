import type { Runtime } from './runtime.js';

/**
 * A rate that may only grow slowly, for stores that split their load in the background.
 *
 * The usual rule is `{ initialRate: 500, growth: 1.5, every: 300_000 }`: start with 500 a second, half as much again every five minutes.
 */
export interface Ramp {
  /** Records a second at first. */
  readonly initialRate: number;
  /** Factor of each step. */
  readonly growth: number;
  /** Milliseconds of a step, counted from the first record. */
  readonly every: number;
}

/** Records a second, kept on average: an overdraft must be earned back before the next one. */
export interface TokenBucket {
  /** Milliseconds until `take` may be called; 0 where it may be now. */
  wait(): number;
  /** Takes any number of records, more than a second's worth too. */
  take(records: number): void;
}

/** What makes a {@link TokenBucket}. */
export interface TokenBucketOptions {
  readonly runtime: Runtime;
  readonly maximumRate?: number;
  readonly ramp?: Ramp;
}

/** Milliseconds of unused rate that are kept for later. */
const burst = 100;

/** An overdraft this small, in records, comes from rounding; waiting for it would not move the clock. */
const rounding = 1e-6;

/** A bucket of the given rate, or undefined where neither a rate nor a ramp bounds anything. */
export function createTokenBucket(options: TokenBucketOptions): TokenBucket | undefined {
  const { runtime, ramp, maximumRate = Number.POSITIVE_INFINITY } = options;
  if (!(maximumRate > 0)) throw new RangeError('a rate is more than nothing');
  if (maximumRate === Number.POSITIVE_INFINITY && !ramp) return undefined;
  if (ramp && !(ramp.initialRate > 0 && ramp.growth >= 1 && ramp.every > 0)) {
    throw new RangeError('a ramp starts above nothing and never goes down');
  }
  let startedAt: number | undefined;
  let filledAt = runtime.monotonicNow();
  let tokens = 0;

  /** Records a millisecond. */
  const rateAt = (now: number): number => {
    if (!ramp) return maximumRate / 1000;
    const steps = startedAt === undefined ? 0 : Math.floor((now - startedAt) / ramp.every);
    return Math.min(maximumRate, ramp.initialRate * ramp.growth ** steps) / 1000;
  };
  const fill = (): number => {
    const now = runtime.monotonicNow();
    // The rate of the past, not of now: a step of the ramp holds from its beginning on.
    const rate = rateAt(filledAt);
    tokens = Math.min(burst * rate, tokens + (now - filledAt) * rate);
    filledAt = now;
    return now;
  };
  return {
    wait() {
      const now = fill();
      return tokens >= -rounding ? 0 : -tokens / rateAt(now);
    },
    take(records) {
      const now = fill();
      startedAt ??= now;
      tokens -= records;
    },
  };
}
