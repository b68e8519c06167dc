import { type DecimalValue, decimal } from '@datamigrato/core';
import { Decimal128 } from 'bson';

/** The decimal that 16 bytes of IEEE 754-2008 decimal128 (binary integer coefficient) hold: coefficient and exponent as they are. */
export function readDecimal(bytes: Uint8Array): DecimalValue {
  return decimal(new Decimal128(bytes).toString());
}

/**
 * The 16 bytes of a decimal, or undefined where it has more than 34 digits or an exponent out of range.
 *
 * A value that would have to be written with another number of trailing zeros counts as out of range: `1E+6144` and `10E+6143` are two values.
 */
export function decimalBytes(value: DecimalValue): Uint8Array | undefined {
  let converted: Decimal128;
  try {
    converted = Decimal128.fromString(value.text);
  } catch {
    return undefined; // The one reason for which the driver refuses a well-formed decimal: it would have to round.
  }
  return decimal(converted.toString()).text === value.text ? converted.bytes : undefined;
}
