import {
  BinaryValue,
  CounterValue,
  DatamigratoError,
  DurationValue,
  decimalFromParts,
  documentFrom,
  double,
  Float32Value,
  InetValue,
  Int8Value,
  Int16Value,
  instant,
  isIntegerName,
  LocalDateValue,
  LocalTimeValue,
  MapValue,
  SetValue,
  setField,
  TimeuuidValue,
  TupleValue,
  UuidValue,
  type Value,
  VectorValue,
  varint,
} from '@datamigrato/core';
import { types } from 'cassandra-driver';
import type { CqlType, UdtField } from './cql-type.js';
import { MapEntries } from './map-entries.js';

/** Turns what the driver decoded, never null, into a canonical value. */
export type DecodeValue = (native: unknown) => Value;

/** Compiles the decoding of a type's values. The column is named in errors. */
export function compileDecode(type: CqlType, column: string): DecodeValue {
  switch (type.name) {
    case 'ascii':
    case 'text':
      return (native) => native as string;
    case 'boolean':
      return (native) => native as boolean;
    case 'int':
      return (native) => native as number;
    case 'tinyint':
      return (native) => new Int8Value(native as number);
    case 'smallint':
      return (native) => new Int16Value(native as number);
    case 'bigint':
      return bigintFrom;
    case 'varint':
      return (native) => varint(bigintFrom(native));
    case 'counter':
      return (native) => new CounterValue(bigintFrom(native));
    case 'float':
      return (native) => new Float32Value(native as number);
    case 'double':
      return (native) => double(native as number);
    case 'decimal':
      return (native) => decimalFromBytes(types.BigDecimal.toBuffer(native as types.BigDecimal));
    case 'blob':
    case 'custom':
      return (native) => new BinaryValue(native as Buffer);
    case 'timestamp':
      return (native) => instantFrom(native, column);
    case 'date':
      return (native) => new LocalDateValue((native as types.LocalDate).toBuffer().readUInt32BE(0) - 2 ** 31);
    case 'time':
      return (native) => new LocalTimeValue((native as types.LocalTime).getTotalNanoseconds().toNumber());
    case 'duration':
      return durationFrom;
    case 'uuid':
      return (native) => new UuidValue((native as types.Uuid).getBuffer());
    case 'timeuuid':
      return (native) => new TimeuuidValue((native as types.Uuid).getBuffer());
    case 'inet':
      return (native) => new InetValue((native as types.InetAddress).getBuffer());
    case 'list':
      return elementsFrom(compileDecode(type.element, column));
    case 'set': {
      const elements = elementsFrom(compileDecode(type.element, column));
      return (native) => new SetValue(elements(native));
    }
    case 'map':
      return mapFrom(type, column);
    case 'tuple':
      return tupleFrom(type.elements.map((element) => compileDecode(element, column)));
    case 'vector':
      return vectorFrom(type.element, column);
    case 'udt':
      return documentFromUdt(type.fields, column);
  }
}

/** A 64-bit or larger integer, in whichever form the driver was told to hand it out. */
function bigintFrom(native: unknown): bigint {
  return typeof native === 'bigint' ? native : BigInt((native as types.Long | types.Integer).toString());
}

/** A decimal from its bytes on the wire: the scale, then the coefficient as two's complement. */
function decimalFromBytes(bytes: Buffer): Value {
  const unscaled = BigInt(`0x${bytes.toString('hex', 4)}`);
  return decimalFromParts(BigInt.asIntN((bytes.length - 4) * 8, unscaled), bytes.readInt32BE(0));
}

/** Whether a 64-bit number is safe as a JavaScript number, by the upper half of its bytes. */
const safeHigh = 2 ** 21;

function instantFrom(native: unknown, column: string): Value {
  if (native instanceof Uint8Array) {
    const bytes = native as Buffer;
    const high = bytes.readInt32BE(0);
    if (high < safeHigh && high > -safeHigh) return instant(high * 2 ** 32 + bytes.readUInt32BE(4));
    return instant(bytes.readBigInt64BE(0));
  }
  const milliseconds = (native as Date).getTime();
  if (!Number.isNaN(milliseconds)) return instant(milliseconds);
  throw new DatamigratoError({
    code: 'DM_CASSANDRA_VALUE_RANGE',
    category: 'record',
    message: `The column ${JSON.stringify(column)} has a timestamp inside a collection that the driver cannot read: its year is beyond ±271,821`,
    nextStep: 'correct the value in the source',
    context: { column },
  });
}

function durationFrom(native: unknown): Value {
  // The driver's declarations leave these out; its documentation has them.
  const { months, days, nanoseconds } = native as types.Duration & {
    readonly months: number;
    readonly days: number;
    readonly nanoseconds: types.Long;
  };
  return new DurationValue(months, days, BigInt(nanoseconds.toString()));
}

function elementsFrom(decode: DecodeValue): (native: unknown) => readonly Value[] {
  return (native) => {
    const source: readonly unknown[] = Array.isArray(native) ? native : [...(native as Iterable<unknown>)];
    const elements = new Array<Value>(source.length);
    for (let index = 0; index < source.length; index += 1) elements[index] = decode(source[index]);
    return elements;
  };
}

function mapFrom(type: CqlType & { readonly name: 'map' }, column: string): DecodeValue {
  const decodeKey = compileDecode(type.key, column);
  const decodeItem = compileDecode(type.value, column);
  const textKeys = type.key.name === 'text' || type.key.name === 'ascii';
  return (native) => {
    let pairs: Iterable<readonly [unknown, unknown]>;
    if (native instanceof MapEntries) pairs = native.entries;
    else if (native instanceof Map) pairs = native;
    else if (textKeys) pairs = Object.entries(native as Record<string, unknown>);
    else throw clientCannotReadMaps(column);
    const entries: (readonly [Value, Value])[] = [];
    for (const [key, item] of pairs) entries.push([decodeKey(key), item === null ? null : decodeItem(item)]);
    return new MapValue(entries);
  };
}

function clientCannotReadMaps(column: string): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_OPTIONS_INVALID',
    category: 'usage',
    message: `The client that was handed in reads the map in column ${JSON.stringify(column)} as an object, whose keys lose their type`,
    nextStep: 'make the client with `encoding: { map: Map }`',
    context: { column },
  });
}

function tupleFrom(decoders: readonly DecodeValue[]): DecodeValue {
  return (native) => {
    const source = (native as types.Tuple).elements as readonly unknown[];
    return new TupleValue(
      decoders.map((decode, index) => {
        const element = source[index];
        return element === null || element === undefined ? null : decode(element);
      }),
    );
  };
}

function vectorFrom(element: CqlType, column: string): DecodeValue {
  const numbers = (native: unknown): ArrayLike<unknown> => (native as types.Vector).elements;
  if (element.name === 'float')
    return (native) => new VectorValue(Float32Array.from(numbers(native) as ArrayLike<number>));
  if (element.name === 'double')
    return (native) => new VectorValue(Float64Array.from(numbers(native) as ArrayLike<number>));
  const decode = elementsFrom(compileDecode(element, column));
  return (native) => decode(Array.from(numbers(native)));
}

/** A user-defined type's value: fields that are null are missing, since the server does not tell the two apart. */
function documentFromUdt(fields: readonly UdtField[], column: string): DecodeValue {
  const compiled = fields.map((field) => ({ name: field.name, decode: compileDecode(field.type, column) }));
  const integerNames = fields.some((field) => isIntegerName(field.name));
  return (native) => {
    const source = native as Readonly<Record<string, unknown>>;
    if (integerNames) {
      const entries: (readonly [string, Value])[] = [];
      for (const { name, decode } of compiled) {
        const item = Object.hasOwn(source, name) ? source[name] : null;
        if (item !== null && item !== undefined) entries.push([name, decode(item)]);
      }
      return documentFrom(entries);
    }
    const document: Record<string, Value> = {};
    for (const { name, decode } of compiled) {
      const item = Object.hasOwn(source, name) ? source[name] : null;
      if (item !== null && item !== undefined) setField(document, name, decode(item));
    }
    return document;
  };
}
