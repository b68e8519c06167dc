import { BSON } from 'mongodb';

/** A document as canonical Extended JSON with its names in order: equal texts are equal documents, of equal kinds. */
export function extendedText(document: BSON.Document): string {
  return sortedText(BSON.EJSON.serialize(document, { relaxed: false }));
}

/** JSON with the names of every object in order. */
export function sortedText(value: unknown): string {
  return JSON.stringify(value, (_name, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([left], [right]) => (left < right ? -1 : 1)))
      : inner,
  );
}
