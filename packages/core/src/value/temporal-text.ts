import { DurationValue, type InstantValue, instant, LocalDateValue, LocalTimeValue } from './temporal.js';

const latestDate = 8.64e15;
const dayMilliseconds = 86_400_000;
const nanosecondsPerSecond = 1_000_000_000;
const pairs = Array.from({ length: 100 }, (_, number) => String(number).padStart(2, '0'));
const triples = Array.from({ length: 1000 }, (_, number) => String(number).padStart(3, '0'));

/**
 * ISO 8601 in UTC with as many fraction digits as the value needs: 3, 6 or 9.
 *
 * An instant outside the years that a JavaScript date can show is its milliseconds since 1970 as decimal text, with six more digits behind a point where it has nanoseconds.
 */
export function instantText(value: InstantValue): string {
  const milliseconds = Number(value.epochMilliseconds);
  if (milliseconds > latestDate || milliseconds < -latestDate) {
    const far = BigInt(value.epochMilliseconds).toString();
    return value.nanoseconds === 0 ? far : `${far}.${String(value.nanoseconds).padStart(6, '0')}`;
  }
  const text = dateTimeText(milliseconds);
  if (value.nanoseconds === 0) return `${text}Z`;
  const fraction = String(value.nanoseconds).padStart(6, '0');
  return `${text}${fraction.endsWith('000') ? fraction.slice(0, 3) : fraction}Z`;
}

const instantPattern = /^([+-]\d{6}|\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?Z$/;

/** The instant of a text that {@link instantText} writes, or with any other number of fraction digits up to 9; undefined for any other text. */
export function instantFromText(text: string): InstantValue | undefined {
  const usual = text.length === 24 ? usualMilliseconds(text) : Number.NaN;
  if (!Number.isNaN(usual)) return instant(usual);
  const match = instantPattern.exec(text);
  if (!match) {
    const far = /^(-?(?:0|[1-9]\d{0,30}))(?:\.(\d{6}))?$/.exec(text);
    return far ? instant(BigInt(far[1] as string), Number(far[2] ?? '0')) : undefined;
  }
  const fraction = (match[7] ?? '').padEnd(9, '0');
  const start = `${match[1]}-${match[2]}-${match[3]}`;
  const milliseconds = Date.parse(`${start}T${match[4]}:${match[5]}:${match[6]}.${fraction.slice(0, 3)}Z`);
  // A date such as 30 February is moved on to March by the platform, and 24:00 to the next day.
  if (Number.isNaN(milliseconds) || !dateTimeText(milliseconds).startsWith(`${start}T${match[4]}`)) return undefined;
  return instant(milliseconds, Number(fraction.slice(3)));
}

/** The milliseconds of a text like `2020-01-01T00:00:00.000Z` that is the usual text of its instant, else `NaN`. Several times faster than the pattern, which all other texts take. */
function usualMilliseconds(text: string): number {
  const milliseconds = Date.UTC(
    digits(text, 0, 4),
    digits(text, 5, 2) - 1,
    digits(text, 8, 2),
    digits(text, 11, 2),
    digits(text, 14, 2),
    digits(text, 17, 2),
    digits(text, 20, 3),
  );
  return Number.isNaN(milliseconds) || `${dateTimeText(milliseconds)}Z` !== text ? Number.NaN : milliseconds;
}

function digits(text: string, start: number, count: number): number {
  let number = 0;
  for (let index = start; index < start + count; index += 1) number = number * 10 + (text.charCodeAt(index) - 48);
  return number;
}

/** An ISO 8601 calendar date, or the days since 1970 as decimal text where a JavaScript date cannot show it. */
export function localDateText(epochDay: number): string {
  const milliseconds = epochDay * dayMilliseconds;
  if (milliseconds > latestDate || milliseconds < -latestDate) return String(epochDay);
  const text = dateTimeText(milliseconds);
  return text.slice(0, text.length - 13);
}

/** The date of a text that {@link localDateText} writes; undefined for any other text. */
export function localDateFromText(text: string): LocalDateValue | undefined {
  if (/^-?[1-9]\d{0,9}$|^0$/.test(text)) {
    const epochDay = Number(text);
    return epochDay >= -2147483648 && epochDay <= 2147483647 ? new LocalDateValue(epochDay) : undefined;
  }
  const midnight = instantFromText(`${text}T00:00:00Z`);
  return midnight === undefined ? undefined : new LocalDateValue(Number(midnight.epochMilliseconds) / dayMilliseconds);
}

/** `14:03:09`, with 3, 6 or 9 fraction digits where the time has some. */
export function localTimeText(nanosecondOfDay: number): string {
  const seconds = Math.floor(nanosecondOfDay / nanosecondsPerSecond);
  const nanoseconds = nanosecondOfDay % nanosecondsPerSecond;
  const text = timeText(seconds);
  if (nanoseconds === 0) return text;
  return `${text}.${String(nanoseconds)
    .padStart(9, '0')
    .replace(/(?:000){1,2}$/, '')}`;
}

/** The time of a text that {@link localTimeText} writes, or with any other number of fraction digits up to 9; undefined for any other text. */
export function localTimeFromText(text: string): LocalTimeValue | undefined {
  const match = /^([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(?:\.(\d{1,9}))?$/.exec(text);
  if (!match) return undefined;
  const seconds = Number(match[1]) * 3600 + Number(match[2]) * 60 + Number(match[3]);
  return new LocalTimeValue(seconds * nanosecondsPerSecond + Number((match[4] ?? '').padEnd(9, '0')));
}

/** An ISO 8601 duration of months, days and seconds, each with its own sign: `P14M-3DT1.5S`; `PT0S` for none. */
export function durationText(value: DurationValue): string {
  const date = `${value.months === 0 ? '' : `${value.months}M`}${value.days === 0 ? '' : `${value.days}D`}`;
  if (value.nanoseconds === 0n) return date === '' ? 'PT0S' : `P${date}`;
  const negative = value.nanoseconds < 0n;
  const digits = (negative ? -value.nanoseconds : value.nanoseconds).toString().padStart(10, '0');
  const fraction = digits.slice(-9).replace(/0+$/, '');
  return `P${date}T${negative ? '-' : ''}${digits.slice(0, -9)}${fraction === '' ? '' : `.${fraction}`}S`;
}

/** The duration of a text that {@link durationText} writes; undefined for any other text. */
export function durationFromText(text: string): DurationValue | undefined {
  const match = /^P(?:(-?\d{1,10})M)?(?:(-?\d{1,10})D)?(?:T(-?)(\d{1,10})(?:\.(\d{1,9}))?S)?$/.exec(text);
  if (!match || text === 'P') return undefined;
  const nanoseconds = BigInt(`${match[4] ?? '0'}${(match[5] ?? '').padEnd(9, '0')}`);
  try {
    return new DurationValue(
      Number(match[1] ?? '0') + 0,
      Number(match[2] ?? '0') + 0,
      match[3] === '-' ? -nanoseconds : nanoseconds,
    );
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** `1970-01-01T00:00:00.000`, with the six-digit years of ISO 8601 where four do not do. */
function dateTimeText(epochMilliseconds: number): string {
  const date = new Date(epochMilliseconds);
  const day = Math.floor(epochMilliseconds / dayMilliseconds);
  const ofDay = epochMilliseconds - day * dayMilliseconds;
  const milliseconds = ofDay % 1000;
  const dateText = `${yearText(date.getUTCFullYear())}-${pairs[date.getUTCMonth() + 1]}-${pairs[date.getUTCDate()]}`;
  return `${dateText}T${timeText((ofDay - milliseconds) / 1000)}.${triples[milliseconds]}`;
}

function yearText(year: number): string {
  if (year >= 1000 && year <= 9999) return String(year);
  if (year >= 0 && year <= 9999) return String(year).padStart(4, '0');
  return `${year < 0 ? '-' : '+'}${String(Math.abs(year)).padStart(6, '0')}`;
}

function timeText(secondOfDay: number): string {
  const minutes = Math.floor(secondOfDay / 60);
  return `${pairs[Math.floor(minutes / 60)]}:${pairs[minutes % 60]}:${pairs[secondOfDay % 60]}`;
}
