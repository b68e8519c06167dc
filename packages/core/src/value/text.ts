import { DatamigratoError } from '../error/datamigrato-error.js';
import { needsWrapper, writeText } from './text-writer.js';
import type { Value } from './value.js';
import { parseJson, WrapperFault, WrapperReader } from './wrapper-reader.js';

/**
 * The typed JSON text of a value: one line that a person can read and {@link valueFromText} turns into an equal value.
 *
 * What JSON has stands as JSON: null, booleans, strings, 32-bit integers, doubles with a fraction or beyond 32 bits, arrays, documents.
 * Everything else is a wrapper `{"@dm":kind,"v":…}`: `v` is the value's plain text (`{"@dm":"int64","v":"5"}`), base64 for a binary (its subtype as `t`), and an array for what has parts:
 * elements, `[key,value]` pairs, `[name,value]` pairs of a document whose order or names a plain one would not show, `[pattern,options]`, `[source,scope]`, `[namespace,id]`, numbers of a vector (its bits as `t`).
 * A document's fields keep their order, so that equal documents may have two texts; see `canonicalBytes` for a form without order.
 *
 * @throws DM_VALUE_TOO_DEEP beyond 1,000 levels.
 */
export function valueToText(value: Value): string {
  return needsWrapper(value, 0) ? writeText(value, 0) : JSON.stringify(value);
}

/**
 * The value of a typed JSON text.
 *
 * A number without a wrapper is read as JSON reads it: an integer of 32 bits as `int32`, any other number as `double`.
 *
 * @throws DM_TEXT_INVALID, with the path in its context, for what is no JSON, for a malformed wrapper, a number beyond the doubles and more than 1,000 levels.
 */
export function valueFromText(text: string): Value {
  const parsed = parseJson(text);
  if (parsed === undefined) throw invalid('$', 'it is not JSON');
  try {
    return new WrapperReader('fresh').read(parsed, 0);
  } catch (error) {
    if (error instanceof WrapperFault) throw invalid(error.path, error.message);
    throw error;
  }
}

function invalid(path: string, reason: string): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_TEXT_INVALID',
    category: 'usage',
    message: `the typed JSON text cannot be read at ${path}: ${reason}`,
    nextStep: 'Restore the text as it was written, or write plain JSON without "@dm" fields.',
    context: { path },
  });
}
