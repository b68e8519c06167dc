import { ByteWriter } from './byte-writer.js';
import type { Value } from './value.js';

const writer = new ByteWriter();

/**
 * A value's canonical bytes: the same for equal values, and different for any two that are not equal.
 *
 * The order of a document's fields, a set's elements and a map's entries does not matter, since it is not data.
 *
 * @throws DM_VALUE_TOO_DEEP beyond 1,000 levels.
 */
export function canonicalBytes(value: Value): Uint8Array {
  writer.reset(0);
  writer.value(value, 0);
  return new Uint8Array(writer.written());
}
