import { documentEntries } from '../value/collection.js';
import { isArray, isDocument, type Value } from '../value/value.js';

/**
 * The names of a value's fields in the order in which they stand, at every depth that arrays and documents reach.
 *
 * Of two equal values, the texts are the same exactly where the order of all their fields is.
 */
export function fieldOrderText(value: Value): string {
  if (isArray(value)) return value.some(hasFields) ? `[${value.map(fieldOrderText).join(',')}]` : '';
  if (!isDocument(value)) return '';
  let text = '{';
  for (const [name, inner] of documentEntries(value)) text += `${name.length}:${name}${fieldOrderText(inner)}`;
  return `${text}}`;
}

function hasFields(value: Value): boolean {
  return isArray(value) ? value.some(hasFields) : isDocument(value);
}
