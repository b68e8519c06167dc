import { doubleFromText, doubleText, float32FromText, float32Text } from './float-text.js';
import { hexadecimal, ObjectIdValue, TimeuuidValue, UuidValue, uuidBytes, uuidText } from './identifier.js';
import { inetFromText, inetText } from './inet-text.js';
import { kindSymbol, type ValueKind } from './kind.js';
import { GeoPointValue, InetValue, ReferenceValue } from './location.js';
import { CounterValue, decimal, double, Float32Value, Int8Value, Int16Value, varint } from './number.js';
import { LogicalTimestampValue, maxKey, minKey, SymbolValue, undefinedValue } from './special.js';
import {
  durationFromText,
  durationText,
  instantFromText,
  instantText,
  localDateFromText,
  localDateText,
  localTimeFromText,
  localTimeText,
} from './temporal-text.js';
import { type BoxedValue, isBoxed, isInt32, isInt64, type Value } from './value.js';

/** The plain text of a value that one text can tell, together with its kind; undefined for binaries, regular expressions, code, pointers and everything that holds other values. */
export function scalarText(value: Value): string | undefined {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
      return doubleText(value);
    case 'bigint':
      return value.toString();
    case 'boolean':
      return value ? 'true' : 'false';
    default:
      if (value === null) return 'null';
      return isBoxed(value) ? boxedScalarText(value) : undefined;
  }
}

/** {@link scalarText} for a boxed value. */
export function boxedScalarText(value: BoxedValue): string | undefined {
  switch (value[kindSymbol]) {
    case 'int8':
    case 'int16':
      return String(value.value);
    case 'varint':
    case 'counter':
      return value.value.toString();
    case 'float32':
      return float32Text(value.value);
    case 'double':
      return doubleText(value.value);
    case 'decimal':
    case 'symbol':
      return value.text;
    case 'instant':
      return instantText(value);
    case 'localDate':
      return localDateText(value.epochDay);
    case 'localTime':
      return localTimeText(value.nanosecondOfDay);
    case 'duration':
      return durationText(value);
    case 'uuid':
    case 'timeuuid':
      return uuidText(value);
    case 'objectId':
      return hexadecimal(value.bytes);
    case 'logicalTimestamp':
      return `${value.seconds}:${value.ordinal}`;
    case 'geoPoint':
      return `${doubleText(value.latitude)},${doubleText(value.longitude)}`;
    case 'reference':
      return value.path;
    case 'inet':
      return inetText(value.bytes);
    case 'minKey':
    case 'maxKey':
    case 'undefined':
      return value[kindSymbol];
    default:
      return undefined;
  }
}

/** The value of a kind that a text of {@link scalarText} tells; undefined where the text is no such value, or the kind has no such text. */
export function scalarFromText(kind: ValueKind, text: string): Value | undefined {
  switch (kind) {
    case 'string':
      return text;
    case 'null':
      return text === 'null' ? null : undefined;
    case 'boolean':
      return text === 'true' || text === 'false' ? text === 'true' : undefined;
    case 'int8':
    case 'int16':
    case 'int32':
    case 'int64':
    case 'counter':
    case 'varint': {
      const integer = integerFromText(text);
      return integer === undefined ? undefined : integerOfKind(kind, integer);
    }
    case 'float32': {
      const value = float32FromText(text);
      return value === undefined ? undefined : new Float32Value(value);
    }
    case 'double': {
      const value = doubleFromText(text);
      return value === undefined ? undefined : double(value);
    }
    case 'decimal':
      return decimalFromText(text);
    case 'instant':
      return instantFromText(text);
    case 'localDate':
      return localDateFromText(text);
    case 'localTime':
      return localTimeFromText(text);
    case 'duration':
      return durationFromText(text);
    case 'reference':
      return new ReferenceValue(text);
    case 'symbol':
      return new SymbolValue(text);
    default:
      return otherScalarFromText(kind, text);
  }
}

/** An integer as a value of an integer kind, or undefined where that kind is too small for it. */
export function integerOfKind(
  kind: 'int8' | 'int16' | 'int32' | 'int64' | 'counter' | 'varint',
  integer: bigint,
): Value | undefined {
  if (kind === 'varint') return varint(integer);
  if (!isInt64(integer)) return undefined;
  if (kind === 'int64') return integer;
  if (kind === 'counter') return new CounterValue(integer);
  const value = Number(integer);
  if (!isInt32(value)) return undefined;
  if (kind === 'int32') return value;
  if (kind === 'int16') return value === (value << 16) >> 16 ? new Int16Value(value) : undefined;
  return value === (value << 24) >> 24 ? new Int8Value(value) : undefined;
}

function integerFromText(text: string): bigint | undefined {
  return /^(?:0|-?[1-9]\d*)$/.test(text) ? BigInt(text) : undefined;
}

function decimalFromText(text: string): Value | undefined {
  try {
    return decimal(text);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function otherScalarFromText(kind: ValueKind, text: string): Value | undefined {
  switch (kind) {
    case 'uuid':
    case 'timeuuid': {
      const bytes = uuidBytes(text);
      if (bytes === undefined) return undefined;
      return kind === 'uuid' ? new UuidValue(bytes) : new TimeuuidValue(bytes);
    }
    case 'objectId':
      return /^[0-9a-fA-F]{24}$/.test(text) ? new ObjectIdValue(Buffer.from(text, 'hex')) : undefined;
    case 'logicalTimestamp': {
      const match = /^(\d{1,10}):(\d{1,10})$/.exec(text);
      if (!match) return undefined;
      const [seconds, ordinal] = [Number(match[1]), Number(match[2])];
      return seconds <= 4294967295 && ordinal <= 4294967295 ? new LogicalTimestampValue(seconds, ordinal) : undefined;
    }
    case 'geoPoint': {
      const [latitude, longitude, ...rest] = text.split(',').map(doubleFromText);
      if (latitude === undefined || longitude === undefined || rest.length > 0) return undefined;
      return new GeoPointValue(latitude, longitude);
    }
    case 'inet': {
      const bytes = inetFromText(text);
      return bytes === undefined ? undefined : new InetValue(bytes);
    }
    case 'minKey':
      return text === kind ? minKey : undefined;
    case 'maxKey':
      return text === kind ? maxKey : undefined;
    case 'undefined':
      return text === kind ? undefinedValue : undefined;
    default:
      return undefined;
  }
}
