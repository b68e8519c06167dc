import type { PlainDocument } from './value.js';

/** The field that marks a wrapper: a document that stands for a value of the kind that the field names. */
export const tagField = '@dm';

/** Whether a document of a user could be taken for a wrapper, so that it must be wrapped itself. */
export function hasTagField(document: PlainDocument): boolean {
  return Object.hasOwn(document, tagField);
}
