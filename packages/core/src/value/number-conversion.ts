import type { Conversion } from './conversion.js';
import { doubleText, float32Text } from './float-text.js';
import { kindSymbol, type ValueKind } from './kind.js';
import { type DecimalValue, decimal, double, Float32Value } from './number.js';
import { integerOfKind } from './scalar-text.js';
import { isBoxed, kindOf, type Value } from './value.js';

/** The integer in a value of an integer kind, or undefined. */
export function integerIn(value: Value): bigint | undefined {
  if (typeof value === 'bigint') return value;
  switch (kindOf(value)) {
    case 'int8':
    case 'int16':
    case 'int32':
    case 'varint':
    case 'counter':
      return BigInt(isBoxed(value) && 'value' in value ? value.value : (value as number));
    default:
      return undefined;
  }
}

/** The floating-point number in a `double` or `float32`, or undefined. */
export function floatIn(value: Value): number | undefined {
  if (typeof value === 'number') return kindOf(value) === 'double' ? value : undefined;
  if (!isBoxed(value)) return undefined;
  return value[kindSymbol] === 'double' || value[kindSymbol] === 'float32' ? value.value : undefined;
}

/** A value of a numeric kind as another numeric kind; undefined where either is not numeric, or the number does not fit. */
export function convertNumber(value: Value, to: ValueKind): Conversion | undefined {
  const integer = integerIn(value);
  if (integer !== undefined) return convertInteger(integer, to);
  const float = floatIn(value);
  if (float !== undefined) return convertFloat(float, kindOf(value) === 'float32', to);
  return isBoxed(value) && value[kindSymbol] === 'decimal' ? convertDecimal(value, to) : undefined;
}

function convertInteger(integer: bigint, to: ValueKind): Conversion | undefined {
  switch (to) {
    case 'double': {
      const number = Number(integer);
      return Number.isFinite(number) ? { value: double(number), exact: BigInt(number) === integer } : undefined;
    }
    case 'float32': {
      const number = Math.fround(Number(integer));
      return Number.isFinite(number)
        ? { value: new Float32Value(number), exact: BigInt(number) === integer }
        : undefined;
    }
    case 'decimal':
      return { value: decimal(integer.toString()), exact: true };
    default:
      return integerConversion(integer, to);
  }
}

function convertFloat(float: number, narrow: boolean, to: ValueKind): Conversion | undefined {
  switch (to) {
    case 'double':
      return { value: double(float), exact: true };
    case 'float32': {
      const number = Math.fround(float);
      if (Number.isFinite(float) && !Number.isFinite(number)) return undefined;
      return { value: new Float32Value(number), exact: Object.is(number, float) };
    }
    case 'decimal':
      return { value: decimal(narrow ? float32Text(float) : doubleText(float)), exact: true };
    default:
      return Number.isInteger(float) && !Object.is(float, -0) ? integerConversion(BigInt(float), to) : undefined;
  }
}

/** A decimal has digits that no other kind keeps: it is exact only where the other number's usual text has the same ones. */
function convertDecimal(value: DecimalValue, to: ValueKind): Conversion | undefined {
  if (to === 'double' || to === 'float32') {
    const number = to === 'double' ? Number(value.text) : Math.fround(Number(value.text));
    if (!Number.isFinite(number) && /\d/.test(value.text)) return undefined;
    const back = decimal(to === 'double' ? doubleText(number) : float32Text(number));
    return { value: to === 'double' ? double(number) : new Float32Value(number), exact: back.text === value.text };
  }
  return /^(?:0|-?[1-9]\d*)$/.test(value.text) ? integerConversion(BigInt(value.text), to) : undefined;
}

function integerConversion(integer: bigint, to: ValueKind): Conversion | undefined {
  switch (to) {
    case 'int8':
    case 'int16':
    case 'int32':
    case 'int64':
    case 'varint':
    case 'counter': {
      const value = integerOfKind(to, integer);
      return value === undefined ? undefined : { value, exact: true };
    }
    default:
      return undefined;
  }
}
