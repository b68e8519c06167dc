import { isOrdered } from './collection.js';
import type { DocumentValue } from './value.js';

/** The field that marks a wrapper: a document that stands for a value of the kind that the field names. */
export const tagField = '@dm';

/** Whether a document has the field that marks wrappers, so that one of a user must be wrapped itself. */
export function hasTagField(document: DocumentValue): boolean {
  return isOrdered(document)
    ? document.entries.some((entry) => entry[0] === tagField)
    : Object.hasOwn(document, tagField);
}
