import {
  BinaryValue,
  DurationValue,
  documentEntries,
  hexadecimal,
  InetValue,
  InstantValue,
  isArray,
  isBoxed,
  isDocument,
  kindOf,
  LocalDateValue,
  LocalTimeValue,
  MapValue,
  SetValue,
  TimeuuidValue,
  TupleValue,
  UuidValue,
  uuidText,
  type Value,
  VectorValue,
} from '@datamigrato/core';

/** A value as a person would write it in CQL. */
export function cqlLiteral(value: Value): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return `'${value.replaceAll("'", "''")}'`;
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  if (typeof value === 'number') return kindOf(value) === 'int32' ? String(value) : floatLiteral(value);
  if (isArray(value)) return `[${value.map(cqlLiteral).join(', ')}]`;
  if (isDocument(value)) {
    const fields = documentEntries(value).map(([name, inner]) => `"${name}": ${cqlLiteral(inner)}`);
    return `{${fields.join(', ')}}`;
  }
  if (value instanceof BinaryValue) return `0x${Buffer.from(value.bytes).toString('hex')}`;
  if (value instanceof InstantValue) return String(value.epochMilliseconds);
  // Days are counted from the middle of an unsigned number.
  if (value instanceof LocalDateValue) return String(value.epochDay + 2 ** 31);
  if (value instanceof LocalTimeValue) return String(value.nanosecondOfDay);
  if (value instanceof DurationValue) return durationLiteral(value);
  if (value instanceof UuidValue || value instanceof TimeuuidValue) return uuidText(value);
  if (value instanceof InetValue) return `'${inetText(value.bytes)}'`;
  if (value instanceof VectorValue) return `[${Array.from(value.elements, floatLiteral).join(', ')}]`;
  if (value instanceof SetValue) return `{${value.elements.map(cqlLiteral).join(', ')}}`;
  if (value instanceof TupleValue) return `(${value.elements.map(cqlLiteral).join(', ')})`;
  if (value instanceof MapValue)
    return `{${value.entries.map(([key, inner]) => `${cqlLiteral(key)}: ${cqlLiteral(inner)}`).join(', ')}}`;
  if (isBoxed(value) && 'value' in value)
    return typeof value.value === 'number' && /^(double|float32)$/.test(kindOf(value))
      ? floatLiteral(value.value)
      : String(value.value);
  if (isBoxed(value) && 'text' in value) return value.text;
  throw new TypeError(`no CQL for a value of kind ${kindOf(value)}`);
}

function floatLiteral(value: number): string {
  if (Object.is(value, -0)) return '-0.0';
  return Number.isInteger(value) && Math.abs(value) < 1e20 ? value.toFixed(1) : String(value);
}

function durationLiteral({ months, days, nanoseconds }: DurationValue): string {
  const size = (part: number | bigint): string => String(part).replace('-', '');
  const sign = months < 0 || days < 0 || nanoseconds < 0n ? '-' : '';
  return `${sign}${size(months)}mo${size(days)}d${size(nanoseconds)}ns`;
}

function inetText(bytes: Uint8Array): string {
  if (bytes.byteLength === 4) return bytes.join('.');
  return (hexadecimal(bytes).match(/.{4}/g) ?? []).join(':');
}
