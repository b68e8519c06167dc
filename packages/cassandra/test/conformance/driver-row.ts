import {
  BinaryValue,
  CounterValue,
  DurationValue,
  decimalFromParts,
  documentFrom,
  double,
  Float32Value,
  InetValue,
  Int8Value,
  Int16Value,
  instant,
  LocalDateValue,
  LocalTimeValue,
  MapValue,
  SetValue,
  TimeuuidValue,
  TupleValue,
  UuidValue,
  type Value,
  type ValueType,
  VectorValue,
  varint,
} from '@datamigrato/core';
import type { types } from 'cassandra-driver';

/** A column as it is selected: in a form from which the driver loses nothing. */
export function selected(name: string, { kind }: ValueType): string {
  const column = `"${name.replaceAll('"', '""')}"`;
  // A JavaScript date holds a part of a timestamp's range only, and the driver's decimal has no way to tell its scale.
  if (kind === 'instant') return `to_unix_timestamp(${column})`;
  return kind === 'decimal' ? `decimal_as_blob(${column})` : column;
}

/** What the plain driver read from a {@link selected} column, as the value that it stands for. */
export function valueOfDriver(read: unknown, type: ValueType): Value {
  const inner = (part: unknown, partType: ValueType | undefined): Value =>
    part === null || part === undefined || partType === undefined ? null : valueOfDriver(part, partType);
  switch (type.kind) {
    case 'boolean':
    case 'string':
    case 'int32':
    case 'int64':
      return read as Value;
    case 'int8':
      return new Int8Value(read as number);
    case 'int16':
      return new Int16Value(read as number);
    case 'varint':
      return varint(read as bigint);
    case 'counter':
      return new CounterValue(read as bigint);
    case 'float32':
      return new Float32Value(read as number);
    case 'double':
      return double(read as number);
    case 'decimal':
      return decimalOfBytes(read as Buffer);
    case 'binary':
      return new BinaryValue(read as Buffer);
    case 'instant':
      return instant(read as bigint);
    case 'localDate':
      return new LocalDateValue((read as types.LocalDate).toBuffer().readUInt32BE() - 2 ** 31);
    case 'localTime':
      return new LocalTimeValue(Number((read as types.LocalTime).toBuffer().readBigInt64BE()));
    case 'duration': {
      const { months, days, nanoseconds } = read as {
        readonly months: number;
        readonly days: number;
        readonly nanoseconds: types.Long;
      };
      return new DurationValue(months, days, BigInt(nanoseconds.toString()));
    }
    case 'uuid':
      return new UuidValue((read as types.Uuid).getBuffer());
    case 'timeuuid':
      return new TimeuuidValue((read as types.Uuid).getBuffer());
    case 'inet':
      return new InetValue((read as types.InetAddress).getBuffer());
    case 'vector':
      return new VectorValue(Float32Array.from(read as Iterable<number>));
    case 'array':
      return (read as readonly unknown[]).map((element) => inner(element, type.element));
    case 'set':
      return new SetValue((read as readonly unknown[]).map((element) => inner(element, type.element)));
    case 'map':
      return new MapValue(
        [...(read as ReadonlyMap<unknown, unknown>)].map(([key, value]) => [
          inner(key, type.key),
          inner(value, type.value),
        ]),
      );
    case 'tuple': {
      const { elements } = read as types.Tuple;
      return new TupleValue((type.elements ?? []).map((element, index) => inner(elements[index], element)));
    }
    case 'document': {
      const fields = read as Readonly<Record<string, unknown>>;
      const there = (type.fields ?? []).filter(({ name }) => fields[name] !== null && fields[name] !== undefined);
      return documentFrom(there.map((field) => [field.name, inner(fields[field.name], field.type)] as const)) as Value;
    }
    default:
      throw new TypeError(`no column is of kind ${type.kind}`);
  }
}

/** A scale of 32 bits, then the digits as an integer in two's complement. */
function decimalOfBytes(bytes: Buffer): Value {
  const digits = bytes.subarray(4).toString('hex');
  const bits = digits.length * 4;
  return decimalFromParts(BigInt.asIntN(bits, BigInt(`0x${digits}`)), bytes.readInt32BE());
}
