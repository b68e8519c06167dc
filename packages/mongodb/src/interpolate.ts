import {
  BinaryValue,
  type DecimalValue,
  DoubleValue,
  double,
  InstantValue,
  instant,
  kindOf,
  LogicalTimestampValue,
  ObjectIdValue,
  UuidValue,
  type Value,
} from '@datamigrato/core';

/**
 * Values that cut the way from one `_id` to another into equal parts, in order and each greater than `first` and at most `last`; undefined where the kind has no such arithmetic.
 *
 * Equal parts of the way are equal numbers of records only where ids are spread evenly; whoever uses the cuts has to look.
 */
export function interpolate(first: Value, last: Value, parts: number): readonly Value[] | undefined {
  const way = wayBetween(first, last);
  if (way === undefined) return undefined;
  const cuts: Value[] = [];
  let previous = way.start;
  for (let part = 1; part < parts; part += 1) {
    const point = way.start + ((way.end - way.start) * BigInt(part)) / BigInt(parts);
    if (point > previous) cuts.push(way.valueAt(point));
    previous = point;
  }
  return cuts;
}

/** The way between two values as integers. */
interface Way {
  readonly start: bigint;
  readonly end: bigint;
  valueAt(point: bigint): Value;
}

function wayBetween(first: Value, last: Value): Way | undefined {
  if (first instanceof ObjectIdValue && last instanceof ObjectIdValue) {
    return {
      start: integerOf(first.bytes),
      end: integerOf(last.bytes),
      valueAt: (point) => new ObjectIdValue(bytesOf(point, 12)),
    };
  }
  if (first instanceof UuidValue && last instanceof UuidValue) {
    return {
      start: integerOf(first.bytes),
      end: integerOf(last.bytes),
      valueAt: (point) => new UuidValue(bytesOf(point, 16)),
    };
  }
  if (first instanceof BinaryValue && last instanceof BinaryValue) return wayOfBinary(first, last);
  if (first instanceof InstantValue && last instanceof InstantValue) {
    if (typeof first.epochMilliseconds === 'bigint' || typeof last.epochMilliseconds === 'bigint') return undefined;
    return {
      start: BigInt(first.epochMilliseconds),
      end: BigInt(last.epochMilliseconds),
      valueAt: (point) => instant(Number(point)),
    };
  }
  if (first instanceof LogicalTimestampValue && last instanceof LogicalTimestampValue) {
    return {
      start: BigInt(first.seconds),
      end: BigInt(last.seconds),
      valueAt: (point) => new LogicalTimestampValue(Number(point), 0),
    };
  }
  const start = numberOf(first);
  const end = numberOf(last);
  return start === undefined || end === undefined ? undefined : wayOfNumbers(start, end);
}

/** Between binaries of one length, at most 16 bytes, and one subtype; servers compare length, subtype and bytes in turn. */
function wayOfBinary(first: BinaryValue, last: BinaryValue): Way | undefined {
  const length = first.bytes.length;
  if (last.bytes.length !== length || last.subtype !== first.subtype || length === 0 || length > 16) return undefined;
  return {
    start: integerOf(first.bytes),
    end: integerOf(last.bytes),
    valueAt: (point) => new BinaryValue(bytesOf(point, length), first.subtype),
  };
}

/** Between integers by whole numbers, else by fractions of the way; numbers compare by value whatever their type. */
function wayOfNumbers(start: number, end: number): Way | undefined {
  if (!Number.isFinite(start) || !Number.isFinite(end)) return undefined;
  const length = end - start;
  if (!Number.isFinite(length) || length <= 0) return undefined;
  if (length >= 1000 && Math.abs(start) < 2 ** 63 && Math.abs(end) < 2 ** 63) {
    return {
      start: BigInt(Math.floor(start)),
      end: BigInt(Math.floor(end)),
      valueAt: (point) => double(Number(point)),
    };
  }
  const steps = 2 ** 40;
  return { start: 0n, end: BigInt(steps), valueAt: (point) => double(start + (length * Number(point)) / steps) };
}

function numberOf(value: Value): number | undefined {
  switch (kindOf(value)) {
    case 'int32':
      return value as number;
    case 'int64':
      return Number(value as bigint);
    case 'double':
      return value instanceof DoubleValue ? value.value : (value as number);
    case 'decimal':
      return Number((value as DecimalValue).text);
    default:
      return undefined;
  }
}

function integerOf(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
}

function bytesOf(integer: bigint, length: number): Uint8Array {
  return Buffer.from(integer.toString(16).padStart(length * 2, '0'), 'hex');
}
