/**
 * Sizes by Firestore's own rules: <https://cloud.google.com/firestore/docs/storage-size>. The same numbers are close to what a value takes on the wire.
 */
export const scalarBytes = {
  null: 1,
  boolean: 1,
  number: 8,
  instant: 8,
  geoPoint: 16,
  /** A map or array itself: none; but a document. */
  document: 32,
} as const;

/** A text takes its bytes and one. */
export function textBytes(text: string): number {
  return Buffer.byteLength(text) + 1;
}

/** The name of a document takes the bytes of its collections and ids, one more for each, and 16. */
export function nameBytes(path: string): number {
  return Buffer.byteLength(path) + 17;
}

/** Bytes on the wire beside those of the value: tags and lengths of a field's entry, its name and its value. */
export const wireOverhead = 16;
