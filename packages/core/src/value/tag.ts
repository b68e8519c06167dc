import { DatamigratoError } from '../error/datamigrato-error.js';
import { scalarText } from './scalar-text.js';
import { hasTagField, tagField } from './tag-field.js';
import { base64, structureText, wrapperDetail } from './text-writer.js';
import { isArray, isBoxed, isDocument, kindOf, type PlainDocument, type Value } from './value.js';
import { WrapperFault, WrapperReader } from './wrapper-reader.js';

/**
 * A value as a wrapper that any document store can hold: `{ '@dm': kind, v: text }`, with a number `t` for the subtype of a binary and the bits of a vector.
 *
 * It is the wrapper of typed JSON text, in which `v` is always a string: the arrays that the text has there are written as JSON, so that a store without nested arrays, nulls or empty arrays keeps them.
 *
 * @throws DM_VALUE_TOO_DEEP beyond 1,000 levels.
 */
export function tagValue(value: Value): PlainDocument {
  const detail = wrapperDetail(value);
  const document = { [tagField]: kindOf(value), v: tagText(value) };
  return detail === undefined ? document : { ...document, t: detail };
}

function tagText(value: Value): string {
  const scalar = scalarText(value);
  if (scalar !== undefined) return scalar;
  if (isArray(value) || isDocument(value)) return structureText(value, 0);
  if (!isBoxed(value)) throw new TypeError('a value of no kind');
  return 'bytes' in value ? base64(value.bytes) : structureText(value, 0);
}

/**
 * Puts values in the place of their wrappers, at every depth. A value without wrappers is returned as it is; none is ever changed.
 *
 * @throws DM_TAG_INVALID for a document that has a field `@dm` and is no wrapper: one of a user would itself have been wrapped.
 */
export function untagValue(value: Value): Value {
  if (typeof value !== 'object' || value === null) return value;
  try {
    return new WrapperReader('shared').read(value, 0);
  } catch (error) {
    if (error instanceof WrapperFault) throw invalid(error);
    throw error;
  }
}

/** The value in a wrapper, or undefined where the value is not a well-formed wrapper. */
export function taggedValue(value: Value): Value | undefined {
  if (!isTagged(value)) return undefined;
  try {
    return new WrapperReader('shared').read(value, 0);
  } catch (error) {
    if (error instanceof WrapperFault) return undefined;
    throw error;
  }
}

/** Whether a value is a document with the field that marks wrappers. */
export function isTagged(value: Value): boolean {
  return isDocument(value) && hasTagField(value);
}

function invalid(fault: WrapperFault): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_TAG_INVALID',
    category: 'record',
    message: `a document with a field "${tagField}" cannot be read at ${fault.path}: ${fault.message}`,
    nextStep: `Restore the document as it was written, or rename its field "${tagField}".`,
    context: { path: fault.path },
  });
}
