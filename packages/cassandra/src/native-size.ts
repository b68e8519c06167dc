import { types } from 'cassandra-driver';
import { MapEntries } from './map-entries.js';

/** Bytes that a value of the driver takes in memory, roughly. */
export function nativeSize(value: unknown): number {
  switch (typeof value) {
    case 'string':
      return 16 + value.length;
    case 'object':
      return value === null ? 8 : objectSize(value);
    default:
      return 8;
  }
}

function objectSize(value: object): number {
  if (value instanceof Uint8Array) return 16 + value.byteLength;
  if (Array.isArray(value)) return sizeOfAll(value);
  if (value instanceof MapEntries) return sizeOfAll(value.entries.flat());
  if (value instanceof types.Tuple) return sizeOfAll(value.elements);
  if (value instanceof types.Vector) return 16 + 8 * value.length;
  if (value instanceof Map) return sizeOfAll([...value].flat());
  if (value instanceof Set) return sizeOfAll(value);
  // A user-defined type's value is a plain object; everything else here is one of the driver's small classes.
  return Object.getPrototypeOf(value) === Object.prototype ? sizeOfAll(Object.values(value)) : 32;
}

function sizeOfAll(values: Iterable<unknown>): number {
  let bytes = 16;
  for (const value of values) bytes += nativeSize(value);
  return bytes;
}
