import { documentEntries } from './collection.js';
import { kindSymbol } from './kind.js';
import { isArray, isBoxed, isDocument, type Value } from './value.js';

/** Levels of documents, arrays and other collections inside one another that a value has: 0 for a scalar, 1 for an array of scalars. */
export function levelsOf(value: Value): number {
  const inside = valuesInside(value);
  return inside === undefined ? 0 : 1 + inside.reduce<number>((most, inner) => Math.max(most, levelsOf(inner)), 0);
}

/** What a collection holds, keys of maps included; undefined for any other value. */
export function valuesInside(value: Value): readonly Value[] | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (isArray(value)) return value;
  if (isDocument(value)) return documentEntries(value).map(([, inner]) => inner);
  if (!isBoxed(value)) return undefined;
  switch (value[kindSymbol]) {
    case 'set':
    case 'tuple':
      return value.elements;
    case 'map':
      return value.entries.flat();
    default:
      return undefined;
  }
}
