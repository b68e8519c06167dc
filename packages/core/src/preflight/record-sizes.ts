import type { DataRecord } from '../record/data-record.js';
import { valueSize } from '../schema/value-size.js';
import { maximumDepth } from '../value/depth.js';
import { levelsOf, valuesInside } from '../value/levels.js';
import type { Value } from '../value/value.js';

/** The bytes of a record's key and fields, roughly. */
export function recordSize({ key, fields }: DataRecord): number {
  return valueSize(key, maximumDepth) + valueSize(fields, maximumDepth);
}

/** The bytes of the largest value that holds no others, roughly. */
export function largestField({ fields }: DataRecord): number {
  return largestIn(fields);
}

/** The bytes of the largest part of a key, roughly. */
export function largestKeyPart({ key }: DataRecord): number {
  return key.reduce<number>((largest, part) => Math.max(largest, valueSize(part, maximumDepth)), 0);
}

/** Levels of documents and arrays inside one another, the record itself being the first. */
export function depthOf({ fields }: DataRecord): number {
  return levelsOf(fields);
}

function largestIn(value: Value): number {
  const inside = valuesInside(value);
  if (inside === undefined) return valueSize(value, 0);
  return inside.reduce<number>((largest, inner) => Math.max(largest, largestIn(inner)), 0);
}
