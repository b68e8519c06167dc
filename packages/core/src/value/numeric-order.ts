import { type DecimalValue, decimalParts } from './number.js';

/** What a number of any kind amounts to. */
export type Numeric = number | bigint | DecimalValue;

/** A finite number as `coefficient × 10^exponent`. */
interface Scaled {
  readonly coefficient: bigint;
  readonly exponent: number;
}

/** Numbers by their exact value, whatever they are held in. `NaN` comes before all others, `0` and `-0` are the same here. */
export function compareNumeric(a: Numeric, b: Numeric): number {
  const left = simplified(a);
  const right = simplified(b);
  if (typeof left !== 'object' && typeof right !== 'object') {
    if (left < right) return -1;
    if (left > right) return 1;
    return Number(Number.isNaN(right)) - Number(Number.isNaN(left));
  }
  if (typeof left === 'number' && !Number.isFinite(left)) return left === Number.POSITIVE_INFINITY ? 1 : -1;
  if (typeof right === 'number' && !Number.isFinite(right)) return right === Number.POSITIVE_INFINITY ? -1 : 1;
  return compareScaled(scaled(left), scaled(right));
}

/** A decimal's infinities and `NaN` as numbers, all else as it is. */
function simplified(value: Numeric): Numeric {
  if (typeof value !== 'object') return value;
  switch (value.text) {
    case 'NaN':
    case 'Infinity':
    case '-Infinity':
      return Number(value.text);
    default:
      return value;
  }
}

function scaled(value: Numeric): Scaled {
  if (typeof value === 'bigint') return { coefficient: value, exponent: 0 };
  if (typeof value === 'number') return scaledDouble(value);
  const parts = decimalParts(value);
  if (parts === undefined) throw new TypeError('a decimal whose text is not canonical');
  return { coefficient: parts.unscaled, exponent: -parts.scale };
}

/** The exact decimal expansion of a finite double: `m × 2^-k` is `m × 5^k × 10^-k`. */
function scaledDouble(value: number): Scaled {
  if (Number.isInteger(value)) return { coefficient: BigInt(value), exponent: 0 };
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, value);
  const biased = (bits.getUint16(0) >> 4) & 0x7ff;
  const fraction = bits.getBigUint64(0) & 0xfffffffffffffn;
  const mantissa = biased === 0 ? fraction : fraction | 0x10000000000000n;
  const power = 1075 - Math.max(biased, 1);
  const coefficient = mantissa * 5n ** BigInt(power);
  return { coefficient: value < 0 ? -coefficient : coefficient, exponent: -power };
}

function compareScaled(a: Scaled, b: Scaled): number {
  const signA = signOf(a.coefficient);
  const signB = signOf(b.coefficient);
  if (signA !== signB) return signA - signB;
  if (signA === 0) return 0;
  const digitsA = digitsOf(a.coefficient);
  const digitsB = digitsOf(b.coefficient);
  // The place of the first digit decides before anything is scaled, so that an exponent of a billion costs nothing.
  const magnitude = digitsA + a.exponent - (digitsB + b.exponent);
  if (magnitude !== 0) return signA * Math.sign(magnitude);
  const left = a.exponent > b.exponent ? a.coefficient * 10n ** BigInt(a.exponent - b.exponent) : a.coefficient;
  const right = b.exponent > a.exponent ? b.coefficient * 10n ** BigInt(b.exponent - a.exponent) : b.coefficient;
  return left < right ? -1 : left > right ? 1 : 0;
}

function signOf(value: bigint): number {
  return value === 0n ? 0 : value < 0n ? -1 : 1;
}

function digitsOf(value: bigint): number {
  return value.toString().length - (value < 0n ? 1 : 0);
}
