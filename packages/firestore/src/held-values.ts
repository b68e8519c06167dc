import {
  BinaryValue,
  GeoPointValue,
  InstantValue,
  ReferenceValue,
  type Value,
  type ValueKind,
  VectorValue,
} from '@datamigrato/core';
import { isReferable } from './document-id.js';

/** 0001-01-01T00:00:00Z and 9999-12-31T23:59:59.999Z. */
const firstMillisecond = -62_135_596_800_000;
const lastMillisecond = 253_402_300_799_999;

/** Most elements of a vector: <https://cloud.google.com/firestore/docs/vector-search> */
const vectorElements = 2_048;

/** Whether a value of a kind that Firestore has is one that it holds, for the kinds of which it does not hold all: <https://cloud.google.com/firestore/docs/concepts/data-types> */
export const holds = {
  string: (value) => typeof value === 'string' && value.isWellFormed(),
  binary: (value) => value instanceof BinaryValue && value.subtype === 0,
  instant: (value) => value instanceof InstantValue && holdsInstant(value),
  geoPoint: (value) =>
    value instanceof GeoPointValue && Math.abs(value.latitude) <= 90 && Math.abs(value.longitude) <= 180,
  reference: (value) => value instanceof ReferenceValue && isDocumentPath(value.path),
  vector: (value) =>
    value instanceof VectorValue &&
    value.elements instanceof Float64Array &&
    value.elements.length > 0 &&
    value.elements.length <= vectorElements,
} as const satisfies Partial<Record<ValueKind, (value: Value) => boolean>>;

function holdsInstant({ epochMilliseconds, nanoseconds }: InstantValue): boolean {
  const milliseconds = Number(epochMilliseconds);
  return nanoseconds % 1000 === 0 && milliseconds >= firstMillisecond && milliseconds <= lastMillisecond;
}

/** Whether a path is that of a document, in this database or with the name of another one. */
function isDocumentPath(path: string): boolean {
  const relative = path.replace(/^projects\/[^/]+\/databases\/[^/]+\/documents\//, '');
  return relative.split('/').length % 2 === 0 && path.split('/').every(isReferable) && path.isWellFormed();
}
