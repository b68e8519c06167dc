import {
  BinaryValue,
  CounterValue,
  type DatamigratoError,
  DecimalValue,
  DoubleValue,
  DurationValue,
  decimalParts,
  documentEntries,
  Float32Value,
  fieldOf,
  InetValue,
  InstantValue,
  Int8Value,
  Int16Value,
  isArray,
  isDocument,
  isInt32,
  isInt64,
  LocalDateValue,
  LocalTimeValue,
  MapValue,
  SetValue,
  TimeuuidValue,
  TupleValue,
  UuidValue,
  type Value,
  VarintValue,
  VectorValue,
} from '@datamigrato/core';
import { types } from 'cassandra-driver';
import type { CqlType, UdtField } from './cql-type.js';
import { unsignedVint, varintBytes } from './integer-bytes.js';
import { kindProblem, nullProblem, rangeProblem, textProblem } from './value-problem.js';

/**
 * Turns a canonical value, never null, into the bytes of a cell.
 *
 * The driver passes bytes on as they are. Its own encoding is not used: it cuts 1.7 down to an integer, makes null of an empty list, and cannot write every instant.
 */
export type EncodeValue = (value: Value) => Buffer;

/** Compiles the encoding of values for a type. The column is named in errors, the value never. */
export function compileEncode(type: CqlType, column: string): EncodeValue {
  const wrongKind = (value: Value): DatamigratoError => kindProblem(type, column, value);
  const range = (why: string): DatamigratoError => rangeProblem(column, why);
  switch (type.name) {
    case 'ascii':
    case 'text':
      return encodeText(type, column);
    case 'boolean':
      return (value) => {
        if (typeof value !== 'boolean') throw wrongKind(value);
        return Buffer.from([value ? 1 : 0]);
      };
    case 'int':
      return (value) => {
        if (typeof value !== 'number' || !isInt32(value)) throw wrongKind(value);
        const bytes = Buffer.allocUnsafe(4);
        bytes.writeInt32BE(value);
        return bytes;
      };
    case 'tinyint':
      return (value) => {
        if (!(value instanceof Int8Value)) throw wrongKind(value);
        return Buffer.from([value.value]);
      };
    case 'smallint':
      return (value) => {
        if (!(value instanceof Int16Value)) throw wrongKind(value);
        const bytes = Buffer.allocUnsafe(2);
        bytes.writeInt16BE(value.value);
        return bytes;
      };
    case 'bigint':
      return (value) => {
        if (typeof value !== 'bigint' || !isInt64(value)) throw wrongKind(value);
        return int64Bytes(value);
      };
    case 'counter':
      return (value) => {
        if (!(value instanceof CounterValue)) throw wrongKind(value);
        return int64Bytes(value.value);
      };
    case 'varint':
      return (value) => {
        if (value instanceof VarintValue) return varintBytes(value.value);
        if (typeof value !== 'bigint' || isInt64(value)) throw wrongKind(value);
        return varintBytes(value);
      };
    case 'float':
      return (value) => {
        if (!(value instanceof Float32Value)) throw wrongKind(value);
        const bytes = Buffer.allocUnsafe(4);
        bytes.writeFloatBE(value.value);
        return bytes;
      };
    case 'double':
      return (value) => {
        const number = value instanceof DoubleValue ? value.value : value;
        if (typeof number !== 'number' || (value === number && isInt32(number))) throw wrongKind(value);
        const bytes = Buffer.allocUnsafe(8);
        bytes.writeDoubleBE(number);
        return bytes;
      };
    case 'decimal':
      return (value) => {
        if (!(value instanceof DecimalValue)) throw wrongKind(value);
        return decimalBytes(value, range);
      };
    case 'blob':
    case 'custom':
      return (value) => {
        if (!(value instanceof BinaryValue)) throw wrongKind(value);
        if (value.subtype !== 0) throw range(`bytes of subtype ${value.subtype}, which would read back as plain bytes`);
        return bufferOf(value.bytes);
      };
    case 'timestamp':
      return (value) => {
        if (!(value instanceof InstantValue)) throw wrongKind(value);
        if (value.nanoseconds !== 0) throw range('an instant with a part below the millisecond');
        const { epochMilliseconds } = value;
        if (typeof epochMilliseconds === 'number') return safeIntegerBytes(epochMilliseconds);
        if (!isInt64(epochMilliseconds)) throw range('an instant beyond 64 bits of milliseconds');
        return int64Bytes(epochMilliseconds);
      };
    case 'date':
      return (value) => {
        if (!(value instanceof LocalDateValue)) throw wrongKind(value);
        const days = value.epochDay + 2 ** 31;
        if (!Number.isInteger(days) || days < 0 || days > 0xffff_ffff) throw range('a date beyond 2^31 days from 1970');
        const bytes = Buffer.allocUnsafe(4);
        bytes.writeUInt32BE(days);
        return bytes;
      };
    case 'time':
      return (value) => {
        if (!(value instanceof LocalTimeValue)) throw wrongKind(value);
        return safeIntegerBytes(value.nanosecondOfDay);
      };
    case 'duration':
      return (value) => {
        if (!(value instanceof DurationValue)) throw wrongKind(value);
        return durationBytes(value, range);
      };
    case 'uuid':
      return (value) => {
        if (!(value instanceof UuidValue)) throw wrongKind(value);
        return bufferOf(value.bytes);
      };
    case 'timeuuid':
      return (value) => {
        if (!(value instanceof TimeuuidValue)) throw wrongKind(value);
        if ((value.bytes[6] ?? 0) >> 4 !== 1) throw range('a time UUID that is not of version 1');
        return bufferOf(value.bytes);
      };
    case 'inet':
      return (value) => {
        if (!(value instanceof InetValue)) throw wrongKind(value);
        return bufferOf(value.bytes);
      };
    case 'list':
      return encodeElements(type.element, column, (value) => {
        if (!isArray(value)) throw wrongKind(value);
        return value;
      });
    case 'set':
      return encodeElements(type.element, column, (value) => {
        if (!(value instanceof SetValue)) throw wrongKind(value);
        return value.elements;
      });
    case 'map':
      return encodeMap(type, column);
    case 'tuple':
      return encodeTuple(type, column);
    case 'vector':
      return encodeVector(type, column);
    case 'udt':
      return encodeUdt(type, column);
  }
}

function encodeText(type: CqlType, column: string): EncodeValue {
  const ascii = type.name === 'ascii';
  return (value) => {
    if (typeof value !== 'string') throw kindProblem(type, column, value);
    if (!value.isWellFormed()) throw textProblem(column, 'half of a surrogate pair');
    const bytes = Buffer.from(value);
    if (ascii && !isAscii(bytes)) throw textProblem(column, 'characters beyond ASCII');
    return bytes;
  };
}

function isAscii(bytes: Buffer): boolean {
  for (const byte of bytes) if (byte > 0x7f) return false;
  return true;
}

function encodeElements(element: CqlType, column: string, elementsOf: (value: Value) => readonly Value[]): EncodeValue {
  const encode = compileEncode(element, column);
  return (value) => {
    const elements = elementsOf(value);
    const parts = [int32Bytes(elements.length)];
    for (const inner of elements) {
      if (inner === null) throw nullProblem(column);
      const bytes = encode(inner);
      parts.push(int32Bytes(bytes.length), bytes);
    }
    return Buffer.concat(parts);
  };
}

function encodeMap(type: CqlType & { readonly name: 'map' }, column: string): EncodeValue {
  const encodeKey = compileEncode(type.key, column);
  const encodeItem = compileEncode(type.value, column);
  return (value) => {
    if (!(value instanceof MapValue)) throw kindProblem(type, column, value);
    const parts = [int32Bytes(value.entries.length)];
    for (const [key, item] of value.entries) {
      if (key === null || item === null) throw nullProblem(column);
      const keyBytes = encodeKey(key);
      const itemBytes = encodeItem(item);
      parts.push(int32Bytes(keyBytes.length), keyBytes, int32Bytes(itemBytes.length), itemBytes);
    }
    return Buffer.concat(parts);
  };
}

function encodeTuple(type: CqlType & { readonly name: 'tuple' }, column: string): EncodeValue {
  const encoders = type.elements.map((element) => compileEncode(element, column));
  return (value) => {
    if (!(value instanceof TupleValue)) throw kindProblem(type, column, value);
    if (value.elements.length !== encoders.length)
      throw rangeProblem(column, `a tuple of ${value.elements.length} elements, not ${encoders.length}`);
    return nullableParts(encoders, value.elements);
  };
}

function encodeUdt(type: CqlType & { readonly name: 'udt' }, column: string): EncodeValue {
  const fields: readonly UdtField[] = type.fields;
  const encoders = fields.map((field) => compileEncode(field.type, column));
  const names = new Set(fields.map((field) => field.name));
  return (value) => {
    if (!isDocument(value)) throw kindProblem(type, column, value);
    for (const [name] of documentEntries(value)) {
      if (!names.has(name)) throw rangeProblem(column, 'a document with a field that its type does not have');
    }
    return nullableParts(
      encoders,
      fields.map((field) => fieldOf(value, field.name) ?? null),
    );
  };
}

function nullableParts(encoders: readonly EncodeValue[], values: readonly Value[]): Buffer {
  const parts: Buffer[] = [];
  for (let index = 0; index < encoders.length; index += 1) {
    const value = values[index];
    if (value === null || value === undefined) {
      parts.push(int32Bytes(-1));
      continue;
    }
    const bytes = (encoders[index] as EncodeValue)(value);
    parts.push(int32Bytes(bytes.length), bytes);
  }
  return Buffer.concat(parts);
}

function encodeVector(type: CqlType & { readonly name: 'vector' }, column: string): EncodeValue {
  const { dimensions } = type;
  const lengthProblem = (length: number): DatamigratoError =>
    rangeProblem(column, `a vector of ${length} elements, not ${dimensions}`);
  if (type.element.name === 'float' || type.element.name === 'double') {
    const size = type.element.name === 'float' ? 4 : 8;
    return (value) => {
      if (!(value instanceof VectorValue) || value.elements.BYTES_PER_ELEMENT !== size)
        throw kindProblem(type, column, value);
      const { elements } = value;
      if (elements.length !== dimensions) throw lengthProblem(elements.length);
      const bytes = Buffer.allocUnsafe(dimensions * size);
      for (let index = 0; index < dimensions; index += 1) {
        if (size === 4) bytes.writeFloatBE(elements[index] as number, index * 4);
        else bytes.writeDoubleBE(elements[index] as number, index * 8);
      }
      return bytes;
    };
  }
  const encode = compileEncode(type.element, column);
  const fixed = hasFixedSize(type.element);
  return (value) => {
    if (!isArray(value)) throw kindProblem(type, column, value);
    if (value.length !== dimensions) throw lengthProblem(value.length);
    const parts: Buffer[] = [];
    for (const inner of value) {
      if (inner === null) throw nullProblem(column);
      const bytes = encode(inner);
      if (!fixed) parts.push(unsignedVint(bytes.length));
      parts.push(bytes);
    }
    return Buffer.concat(parts);
  };
}

/** Whether values of a type stand in a vector without their length, which is so for some types of one size only. */
function hasFixedSize(type: CqlType): boolean {
  switch (type.name) {
    case 'bigint':
    case 'boolean':
    case 'double':
    case 'float':
    case 'int':
    case 'timestamp':
    case 'timeuuid':
    case 'uuid':
      return true;
    case 'vector':
      return hasFixedSize(type.element);
    default:
      return false;
  }
}

function int32Bytes(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function int64Bytes(value: bigint): Buffer {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeBigInt64BE(value);
  return bytes;
}

function safeIntegerBytes(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(8);
  const high = Math.floor(value / 2 ** 32);
  bytes.writeInt32BE(high);
  bytes.writeUInt32BE(value - high * 2 ** 32, 4);
  return bytes;
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function decimalBytes(value: DecimalValue, range: (why: string) => DatamigratoError): Buffer {
  const parts = decimalParts(value);
  if (parts === undefined) throw range('a decimal that is not a number or infinite');
  if (parts.unscaled === 0n && value.text.startsWith('-')) throw range('a decimal that is a negative zero');
  if (!isInt32(parts.scale)) throw range('a decimal whose scale has more than 32 bits');
  return Buffer.concat([int32Bytes(parts.scale), varintBytes(parts.unscaled)]);
}

function durationBytes(value: DurationValue, range: (why: string) => DatamigratoError): Buffer {
  const { months, days, nanoseconds } = value;
  if (!isInt32(months) || !isInt32(days) || !isInt64(nanoseconds))
    throw range('a duration whose parts have too many bits');
  const negative = months < 0 || days < 0 || nanoseconds < 0n;
  if (negative && (months > 0 || days > 0 || nanoseconds > 0n)) throw range('a duration whose parts differ in sign');
  return new types.Duration(months, days, types.Long.fromString(nanoseconds.toString())).toBuffer();
}
