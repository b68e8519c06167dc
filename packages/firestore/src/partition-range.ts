import { DatamigratoError, type Json } from '@datamigrato/core';
import type { NameRange } from './query.js';

/** What a partition reads: a range of documents, or the missing parents of an entity. */
export type PartitionRange = NameRange | 'missing-parents';

/** The range that a partition was planned with. */
export function rangeFromJson(json: Json): PartitionRange {
  if (json === 'missing-parents') return json;
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw unknownPosition();
  const { from, to } = json as Readonly<Record<string, Json>>;
  if (!isBound(from) || !isBound(to)) throw unknownPosition();
  return { from, to };
}

/** The path in a position. */
export function pathFromJson(json: Json): string {
  if (typeof json !== 'string') throw unknownPosition();
  return json;
}

function isBound(value: Json | undefined): value is string | null {
  return value === null || typeof value === 'string';
}

function unknownPosition(): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_FIRESTORE_POSITION',
    category: 'usage',
    message: 'A stored position or partition is not one of this version of the Firestore connector',
    nextStep: 'start the migration over; what it wrote is recognised and not doubled',
  });
}
