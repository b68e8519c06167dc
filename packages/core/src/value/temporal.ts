import { kindSymbol } from './kind.js';
import { requireInteger } from './require-integer.js';
import { isInt64 } from './value.js';

/**
 * A point in time, in UTC, to the nanosecond.
 *
 * `epochMilliseconds` is a `number` where that is a safe integer and a `bigint` beyond it; use {@link instant} to get that right. `nanoseconds` is the part below the millisecond, 0 to 999,999.
 */
export class InstantValue {
  declare readonly [kindSymbol]: 'instant';
  readonly epochMilliseconds: number | bigint;
  readonly nanoseconds: number;
  constructor(epochMilliseconds: number | bigint, nanoseconds: number = 0) {
    if (typeof epochMilliseconds === 'number' && !Number.isInteger(epochMilliseconds)) {
      throw new RangeError('the milliseconds of an instant are an integer');
    }
    requireInteger('the nanoseconds of an instant', nanoseconds, 0, 999_999);
    this.epochMilliseconds = epochMilliseconds;
    this.nanoseconds = nanoseconds;
  }
}

/** A calendar date without time or zone, as days since 1970-01-01 (negative before), a 32-bit integer. */
export class LocalDateValue {
  declare readonly [kindSymbol]: 'localDate';
  readonly epochDay: number;
  constructor(epochDay: number) {
    requireInteger('the day of a local date', epochDay, -2147483648, 2147483647);
    this.epochDay = epochDay;
  }
}

/** A time of day without date or zone, as nanoseconds since midnight, 0 to 86,399,999,999,999. */
export class LocalTimeValue {
  declare readonly [kindSymbol]: 'localTime';
  readonly nanosecondOfDay: number;
  constructor(nanosecondOfDay: number) {
    requireInteger('the nanosecond of a local time', nanosecondOfDay, 0, 86_399_999_999_999);
    this.nanosecondOfDay = nanosecondOfDay;
  }
}

/** A span of calendar months, days (32-bit integers) and nanoseconds (64 bits), which do not convert into one another. */
export class DurationValue {
  declare readonly [kindSymbol]: 'duration';
  readonly months: number;
  readonly days: number;
  readonly nanoseconds: bigint;
  constructor(months: number, days: number, nanoseconds: bigint) {
    requireInteger('the months of a duration', months, -2147483648, 2147483647);
    requireInteger('the days of a duration', days, -2147483648, 2147483647);
    if (!isInt64(nanoseconds)) throw new RangeError('the nanoseconds of a duration have 64 bits');
    this.months = months;
    this.days = days;
    this.nanoseconds = nanoseconds;
  }
}

for (const [type, kind] of [
  [InstantValue, 'instant'],
  [LocalDateValue, 'localDate'],
  [LocalTimeValue, 'localTime'],
  [DurationValue, 'duration'],
] as const) {
  Object.defineProperty(type.prototype, kindSymbol, { value: kind });
}

/** An instant in its canonical form, from milliseconds since 1970-01-01T00:00:00Z and the nanoseconds below the millisecond. */
export function instant(epochMilliseconds: number | bigint, nanoseconds = 0): InstantValue {
  if (typeof epochMilliseconds === 'bigint') {
    const narrow = Number(epochMilliseconds);
    return new InstantValue(Number.isSafeInteger(narrow) ? narrow : epochMilliseconds, nanoseconds);
  }
  if (!Number.isSafeInteger(epochMilliseconds)) throw new RangeError('milliseconds beyond 2^53 must be a bigint');
  return new InstantValue(epochMilliseconds === 0 ? 0 : epochMilliseconds, nanoseconds);
}
