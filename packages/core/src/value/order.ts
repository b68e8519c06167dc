import { documentEntries } from './collection.js';
import { kindSymbol, type ValueKind } from './kind.js';
import { decimalParts } from './number.js';
import { compareNumeric, type Numeric } from './numeric-order.js';
import { type BoxedValue, type DocumentValue, isArray, isBoxed, isDocument, kindOf, type Value } from './value.js';

/** Where the values of a kind stand among those of other kinds. Numbers share one place: they are sorted by what they amount to. */
const ranks: Readonly<Record<ValueKind, number>> = {
  minKey: 0,
  undefined: 1,
  null: 2,
  boolean: 3,
  int8: 10,
  int16: 10,
  int32: 10,
  int64: 10,
  varint: 10,
  counter: 10,
  float32: 10,
  double: 10,
  decimal: 10,
  string: 20,
  symbol: 21,
  reference: 22,
  code: 23,
  regularExpression: 24,
  instant: 30,
  localDate: 31,
  localTime: 32,
  duration: 33,
  logicalTimestamp: 34,
  uuid: 40,
  timeuuid: 41,
  objectId: 42,
  pointer: 43,
  inet: 44,
  binary: 45,
  geoPoint: 50,
  vector: 51,
  array: 60,
  tuple: 61,
  set: 62,
  map: 63,
  document: 64,
  maxKey: 99,
};

/** Among numbers that amount to the same. */
const numericRanks: Readonly<Partial<Record<ValueKind, number>>> = {
  int8: 1,
  int16: 2,
  int32: 3,
  int64: 4,
  varint: 5,
  counter: 6,
  float32: 7,
  double: 8,
  decimal: 9,
};

/**
 * A total order of all values: negative, zero or positive as the first is smaller, the same or larger. It is zero exactly where `valuesEqual` is true.
 *
 * Numbers of all kinds are sorted by their exact numeric value (`NaN` before all), then by kind; strings by code point, which is the order of their UTF-8 bytes;
 * arrays and tuples by their elements; sets, maps and documents by their elements, keys or names in order. Values of other kinds are sorted by kind first.
 */
export function compareValues(a: Value, b: Value): number {
  if (typeof a === 'string' && typeof b === 'string') return compareStrings(a, b);
  const kindA = kindOf(a);
  const kindB = kindOf(b);
  const rank = ranks[kindA] - ranks[kindB];
  if (rank !== 0) return rank;
  const left = numericOf(a);
  if (left !== undefined) return compareNumbers(left, kindA, numericOf(b) as Numeric, kindB);
  if (isArray(a)) return compareElements(a, b as typeof a);
  if (isDocument(a)) return compareEntries(documentEntries(a), documentEntries(b as DocumentValue));
  if (isBoxed(a)) return compareBoxed(a, b as BoxedValue);
  return a === b ? 0 : a === false ? -1 : 1;
}

/** {@link compareValues} of two boxed values of the same kind. */
export function compareBoxed(a: BoxedValue, b: BoxedValue): number {
  switch (a[kindSymbol]) {
    case 'instant': {
      const other = b as typeof a;
      return compareScalars(a.epochMilliseconds, other.epochMilliseconds) || a.nanoseconds - other.nanoseconds;
    }
    case 'localDate':
      return a.epochDay - (b as typeof a).epochDay;
    case 'localTime':
      return a.nanosecondOfDay - (b as typeof a).nanosecondOfDay;
    case 'duration': {
      const other = b as typeof a;
      return a.months - other.months || a.days - other.days || compareScalars(a.nanoseconds, other.nanoseconds);
    }
    case 'uuid':
    case 'objectId':
      return Buffer.compare(a.bytes, (b as typeof a).bytes);
    case 'timeuuid':
      return compareTimeuuids(a.bytes, (b as typeof a).bytes);
    case 'inet': {
      const other = b as typeof a;
      return a.bytes.length - other.bytes.length || Buffer.compare(a.bytes, other.bytes);
    }
    case 'binary': {
      const other = b as typeof a;
      return Buffer.compare(a.bytes, other.bytes) || a.subtype - other.subtype;
    }
    case 'symbol':
      return compareStrings(a.text, (b as typeof a).text);
    case 'reference':
      return compareStrings(a.path, (b as typeof a).path);
    case 'regularExpression': {
      const other = b as typeof a;
      return compareStrings(a.pattern, other.pattern) || compareStrings(a.options, other.options);
    }
    case 'logicalTimestamp': {
      const other = b as typeof a;
      return a.seconds - other.seconds || a.ordinal - other.ordinal;
    }
    case 'pointer': {
      const other = b as typeof a;
      return compareStrings(a.namespace, other.namespace) || Buffer.compare(a.id.bytes, other.id.bytes);
    }
    default:
      return compareComposed(a, b);
  }
}

function compareComposed(a: BoxedValue, b: BoxedValue): number {
  switch (a[kindSymbol]) {
    case 'code': {
      const other = b as typeof a;
      return compareStrings(a.source, other.source) || compareValues(a.scope, other.scope);
    }
    case 'geoPoint': {
      const other = b as typeof a;
      return compareDoubles(a.latitude, other.latitude) || compareDoubles(a.longitude, other.longitude);
    }
    case 'vector':
      return compareVectors(a.elements, (b as typeof a).elements);
    case 'tuple':
      return compareElements(a.elements, (b as typeof a).elements);
    case 'set':
      return compareElements(sortedElements(a.elements), sortedElements((b as typeof a).elements));
    case 'map':
    case 'document':
      return compareEntries(a.entries, (b as typeof a).entries);
    case 'minKey':
    case 'maxKey':
    case 'undefined':
      return 0;
    default:
      return compareNumbers(numericOf(a) as Numeric, a[kindSymbol], numericOf(b) as Numeric, kindOf(b));
  }
}

/** Elements in the order of {@link compareValues}, in an array of their own. */
export function sortedElements(elements: readonly Value[]): readonly Value[] {
  return elements.toSorted(compareValues);
}

/** Entries in the order of their keys, in an array of their own. */
export function sortedEntries<Key extends Value>(
  entries: readonly (readonly [Key, Value])[],
): readonly (readonly [Key, Value])[] {
  return entries.toSorted((a, b) => compareValues(a[0], b[0]) || compareValues(a[1], b[1]));
}

/** Strings by code point. A surrogate that stands alone counts as the code point of its own number. */
export function compareStrings(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  let index = 0;
  while (index < length && a.charCodeAt(index) === b.charCodeAt(index)) index += 1;
  if (index === length) return a.length - b.length;
  // A difference in the second half of a pair is one between two code points that start a unit earlier.
  if (index > 0 && (a.charCodeAt(index - 1) & 0xfc00) === 0xd800) {
    const order = (a.codePointAt(index - 1) as number) - (b.codePointAt(index - 1) as number);
    if (order !== 0) return order;
  }
  return (a.codePointAt(index) as number) - (b.codePointAt(index) as number);
}

function compareElements(a: readonly Value[], b: readonly Value[]): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index += 1) {
    const order = compareValues(a[index] as Value, b[index] as Value);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function compareEntries(a: readonly (readonly [Value, Value])[], b: readonly (readonly [Value, Value])[]): number {
  const left = sortedEntries(a);
  const right = sortedEntries(b);
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index += 1) {
    const [keyA, valueA] = left[index] as readonly [Value, Value];
    const [keyB, valueB] = right[index] as readonly [Value, Value];
    const order = compareValues(keyA, keyB) || compareValues(valueA, valueB);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

function compareVectors(a: Float32Array | Float64Array, b: Float32Array | Float64Array): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index += 1) {
    const order = compareDoubles(a[index] as number, b[index] as number);
    if (order !== 0) return order;
  }
  return a.length - b.length || a.BYTES_PER_ELEMENT - b.BYTES_PER_ELEMENT;
}

/** By time first, as a store sorts them, then by the remaining bytes. */
function compareTimeuuids(a: Uint8Array, b: Uint8Array): number {
  for (const index of [6, 7, 4, 5, 0, 1, 2, 3]) {
    const order = (a[index] as number) - (b[index] as number);
    if (order !== 0) return order;
  }
  return Buffer.compare(a, b);
}

/** What a value of a numeric kind amounts to, or undefined for every other kind. */
export function numericOf(value: Value): Numeric | undefined {
  if (typeof value === 'number' || typeof value === 'bigint') return value;
  if (!isBoxed(value)) return undefined;
  if (value[kindSymbol] === 'decimal') return value;
  return 'value' in value ? value.value : undefined;
}

function compareNumbers(a: Numeric, kindA: ValueKind, b: Numeric, kindB: ValueKind): number {
  const order = compareNumeric(a, b) || (numericRanks[kindA] as number) - (numericRanks[kindB] as number);
  if (order !== 0) return order;
  if (typeof a === 'number' && typeof b === 'number') return Number(Object.is(b, -0)) - Number(Object.is(a, -0));
  if (typeof a !== 'object' || typeof b !== 'object' || a.text === b.text) return 0;
  // Two decimals of one value: the negative zero first, then the one with more digits behind the point last.
  const sign = Number(b.text.startsWith('-')) - Number(a.text.startsWith('-'));
  return sign || (decimalParts(a)?.scale ?? 0) - (decimalParts(b)?.scale ?? 0);
}

function compareDoubles(a: number, b: number): number {
  return compareNumbers(a, 'double', b, 'double');
}

function compareScalars(a: number | bigint, b: number | bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
