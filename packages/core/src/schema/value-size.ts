import { documentEntries } from '../value/collection.js';
import { kindSymbol } from '../value/kind.js';
import { type BoxedValue, isArray, isBoxed, isInt32, type Value } from '../value/value.js';

/**
 * The bytes of a value, roughly: those of its content, without type marks and punctuation.
 *
 * Looks so many levels deep; what lies deeper counts nothing.
 */
export function valueSize(value: Value, levels: number): number {
  if (levels < 0) return 0;
  if (isArray(value)) return elementsSize(value, levels - 1);
  if (typeof value !== 'object' || value === null) return plainSize(value);
  if (!isBoxed(value)) return entriesSize(documentEntries(value), levels - 1);
  switch (value[kindSymbol]) {
    case 'document':
    case 'map':
      return entriesSize(value.entries, levels - 1);
    case 'set':
    case 'tuple':
      return elementsSize(value.elements, levels - 1);
    default:
      return boxedSize(value);
  }
}

/** The bytes of a value that plain JavaScript shows as it is. */
export function plainSize(value: null | string | number | bigint | boolean): number {
  switch (typeof value) {
    case 'string':
      return Buffer.byteLength(value);
    case 'number':
      return isInt32(value) ? 4 : 8;
    case 'bigint':
      return bigintSize(value);
    case 'boolean':
      return 1;
    default:
      return 0;
  }
}

/** The bytes of a boxed value that holds no other values. */
export function boxedSize(value: BoxedValue): number {
  switch (value[kindSymbol]) {
    case 'int8':
      return 1;
    case 'int16':
      return 2;
    case 'varint':
      return bigintSize(value.value);
    case 'float32':
    case 'localDate':
      return 4;
    case 'double':
    case 'counter':
    case 'localTime':
    case 'logicalTimestamp':
      return 8;
    case 'instant':
      return value.nanoseconds === 0 ? 8 : 12;
    case 'duration':
    case 'geoPoint':
      return 16;
    case 'binary':
    case 'uuid':
    case 'timeuuid':
    case 'objectId':
    case 'inet':
      return value.bytes.byteLength;
    case 'vector':
      return value.elements.byteLength;
    case 'decimal':
    case 'symbol':
      return Buffer.byteLength(value.text);
    case 'regularExpression':
      return Buffer.byteLength(value.pattern) + value.options.length;
    case 'code':
      return Buffer.byteLength(value.source);
    case 'pointer':
      return Buffer.byteLength(value.namespace) + 12;
    case 'reference':
      return Buffer.byteLength(value.path);
    default:
      return 0;
  }
}

function bigintSize(value: bigint): number {
  return BigInt.asIntN(64, value) === value ? 8 : Math.ceil(value.toString(16).length / 2);
}

function elementsSize(elements: readonly Value[], levels: number): number {
  let bytes = 0;
  for (const element of elements) bytes += valueSize(element, levels);
  return bytes;
}

function entriesSize(entries: readonly (readonly [Value, Value])[], levels: number): number {
  let bytes = 0;
  for (const [key, value] of entries) bytes += valueSize(key, levels) + valueSize(value, levels);
  return bytes;
}
