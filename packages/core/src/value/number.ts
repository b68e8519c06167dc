import { kindSymbol } from './kind.js';
import { requireInteger } from './require-integer.js';
import { isInt32, isInt64 } from './value.js';

/** An 8-bit signed integer. */
export class Int8Value {
  declare readonly [kindSymbol]: 'int8';
  readonly value: number;
  constructor(value: number) {
    requireInteger('an int8', value, -128, 127);
    this.value = value;
  }
}

/** A 16-bit signed integer. */
export class Int16Value {
  declare readonly [kindSymbol]: 'int16';
  readonly value: number;
  constructor(value: number) {
    requireInteger('an int16', value, -32768, 32767);
    this.value = value;
  }
}

/** An integer of any size whose value fits 64 bits; larger ones are a plain `bigint`. Make one with {@link varint}. */
export class VarintValue {
  declare readonly [kindSymbol]: 'varint';
  readonly value: bigint;
  constructor(value: bigint) {
    this.value = value;
  }
}

/** The current value of a counter, which a store adds to rather than overwrites. */
export class CounterValue {
  declare readonly [kindSymbol]: 'counter';
  readonly value: bigint;
  constructor(value: bigint) {
    if (!isInt64(value)) throw new RangeError('a counter has 64 bits');
    this.value = value;
  }
}

/** A 32-bit floating-point number. */
export class Float32Value {
  declare readonly [kindSymbol]: 'float32';
  readonly value: number;
  constructor(value: number) {
    this.value = Math.fround(value);
  }
}

/** A double that a plain `number` would not show as one: an integer of 32 bits, `-0`, `NaN` or an infinity. Make one with {@link double}. */
export class DoubleValue {
  declare readonly [kindSymbol]: 'double';
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

/**
 * A decimal number kept as its coefficient and exponent, so that `1.0` and `1.00` stay two values.
 *
 * `text` is the scientific form of IEEE 754-2008 (`1.00`, `1E+3`, `-0`, `NaN`, `Infinity`, `-Infinity`): equal texts mean equal values. Make one with {@link decimal}.
 */
export class DecimalValue {
  declare readonly [kindSymbol]: 'decimal';
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

for (const [type, kind] of [
  [Int8Value, 'int8'],
  [Int16Value, 'int16'],
  [VarintValue, 'varint'],
  [CounterValue, 'counter'],
  [Float32Value, 'float32'],
  [DoubleValue, 'double'],
  [DecimalValue, 'decimal'],
] as const) {
  Object.defineProperty(type.prototype, kindSymbol, { value: kind });
}

/** A double in its canonical form: a plain `number` where that already says double, a {@link DoubleValue} where it would not. */
export function double(value: number): number | DoubleValue {
  return isInt32(value) || !Number.isFinite(value) || value === 0 ? new DoubleValue(value) : value;
}

/** An integer of any size in its canonical form. */
export function varint(value: bigint): bigint | VarintValue {
  return isInt64(value) ? new VarintValue(value) : value;
}

const decimalPattern = /^([+-]?)(?:(\d+)(?:\.(\d*))?|\.(\d+))(?:[eE]([+-]?\d+))?$/;

/**
 * A decimal from its text, in any usual notation.
 *
 * @throws RangeError when the text is not a decimal number.
 */
export function decimal(text: string): DecimalValue {
  const special = /^([+-]?)(nan|inf(?:inity)?)$/i.exec(text);
  if (special) {
    if (special[2]?.toLowerCase() === 'nan') return new DecimalValue('NaN');
    return new DecimalValue(special[1] === '-' ? '-Infinity' : 'Infinity');
  }
  const match = decimalPattern.exec(text);
  if (!match) throw new RangeError('not a decimal number');
  const fraction = match[3] ?? match[4] ?? '';
  const digits = `${match[2] ?? ''}${fraction}`.replace(/^0+(?=\d)/, '');
  const exponent = Number(match[5] ?? '0') - fraction.length;
  if (!Number.isSafeInteger(exponent)) throw new RangeError('the exponent of a decimal is out of range');
  return new DecimalValue((match[1] === '-' ? '-' : '') + scientific(digits, exponent));
}

/** A decimal from a coefficient and a power of ten: `unscaled × 10^-scale`. */
export function decimalFromParts(unscaled: bigint, scale: number): DecimalValue {
  const negative = unscaled < 0n;
  return new DecimalValue((negative ? '-' : '') + scientific((negative ? -unscaled : unscaled).toString(), -scale));
}

/** The coefficient and scale of a finite decimal, or undefined for `NaN` and the infinities. A negative zero gives `0n`; its sign is in the text alone. */
export function decimalParts(value: DecimalValue): { readonly unscaled: bigint; readonly scale: number } | undefined {
  const match = decimalPattern.exec(value.text);
  if (!match) return undefined;
  const fraction = match[3] ?? match[4] ?? '';
  const unscaled = BigInt(`${match[2] ?? ''}${fraction}`);
  return { unscaled: match[1] === '-' ? -unscaled : unscaled, scale: fraction.length - Number(match[5] ?? '0') };
}

/** The to-scientific-string rule of the General Decimal Arithmetic specification, for a coefficient without sign. */
function scientific(digits: string, exponent: number): string {
  const adjusted = exponent + digits.length - 1;
  if (exponent <= 0 && adjusted >= -6) {
    if (exponent === 0) return digits;
    const point = digits.length + exponent;
    return point > 0 ? `${digits.slice(0, point)}.${digits.slice(point)}` : `0.${'0'.repeat(-point)}${digits}`;
  }
  const mantissa = digits.length > 1 ? `${digits[0]}.${digits.slice(1)}` : digits;
  return `${mantissa}E${adjusted < 0 ? '-' : '+'}${Math.abs(adjusted)}`;
}
