import type { ElementPlace } from './bson/element.js';
import type { DocumentSequence } from './document-sequence.js';

/**
 * Appends the statement `{ q: { _id: id }, u: document, upsert: true }`.
 *
 * The filter says `$eq` wherever the `_id` could be taken for more than a value, so that one such as `{ $gt: '' }` is never an operator.
 *
 * @param literal - Whether the document has top-level names that start with `$`. Servers refuse those in a replacement; the statement then says `u: [{ $replaceWith: { $literal: document } }]`.
 */
export function pushUpsert(sequence: DocumentSequence, document: Uint8Array, id: ElementPlace, literal: boolean): void {
  const query = queryBytes(document, id);
  const wrapping = literal ? literalHead(document.length) : replacementHead;
  const closing = literal ? literalTail : replacementTail;
  const size = Buffer.alloc(4);
  size.writeInt32LE(4 + query.length + wrapping.length + document.length + closing.length, 0);
  sequence.push(size, query, wrapping, document, closing);
}

/** Appends the statement `{ q: { _id: { $eq: id } }, limit: 1 }`, given a document that holds the `_id`. */
export function pushDelete(sequence: DocumentSequence, document: Uint8Array, id: ElementPlace): void {
  const query = queryBytes(document, id);
  const size = Buffer.alloc(4);
  size.writeInt32LE(4 + query.length + deleteTail.length, 0);
  sequence.push(size, query, deleteTail);
}

/** Types of an `_id` that a filter could take for more than a value: a document may hold operators, a regular expression matches, null stands for a missing field too. */
const ambiguousTypes: ReadonlySet<number> = new Set([0x03, 0x04, 0x06, 0x0a, 0x0b]);

/** `q: { _id: { $eq: id } }`, or `q: { _id: id }` where that says the same: some servers look only the latter up in the index. */
function queryBytes(document: Uint8Array, id: ElementPlace): Buffer {
  if (!ambiguousTypes.has(id.type)) return plainQueryBytes(document, id);
  const length = id.end - id.start;
  const condition = length + 10; // size, type, "$eq\0", value, end
  const filter = condition + 10; // size, type, "_id\0", condition, end
  const bytes = Buffer.allocUnsafe(filter + 3); // type, "q\0", filter
  bytes[0] = 0x03;
  bytes.write('q\0', 1, 'latin1');
  bytes.writeInt32LE(filter, 3);
  bytes[7] = 0x03;
  bytes.write('_id\0', 8, 'latin1');
  bytes.writeInt32LE(condition, 12);
  bytes[16] = id.type;
  bytes.write('$eq\0', 17, 'latin1');
  bytes.set(document.subarray(id.start, id.end), 21);
  bytes[21 + length] = 0;
  bytes[22 + length] = 0;
  return bytes;
}

/** `q: { _id: id }` */
function plainQueryBytes(document: Uint8Array, id: ElementPlace): Buffer {
  const length = id.end - id.start;
  const filter = length + 10; // size, type, "_id\0", value, end
  const bytes = Buffer.allocUnsafe(filter + 3); // type, "q\0", filter
  bytes[0] = 0x03;
  bytes.write('q\0', 1, 'latin1');
  bytes.writeInt32LE(filter, 3);
  bytes[7] = id.type;
  bytes.write('_id\0', 8, 'latin1');
  bytes.set(document.subarray(id.start, id.end), 12);
  bytes[12 + length] = 0;
  return bytes;
}

/** `u: ` before a document. */
const replacementHead = Buffer.from('\x03u\0', 'latin1');
/** `upsert: true` and the statement's end. */
const replacementTail = Buffer.from('\x08upsert\0\x01\0', 'latin1');

/** `u: [{ $replaceWith: { $literal: ` before a document of so many bytes. */
function literalHead(length: number): Buffer {
  const literal = length + 15; // size, type, "$literal\0", document, end
  const stage = literal + 19; // size, type, "$replaceWith\0", literal, end
  const array = stage + 8; // size, type, "0\0", stage, end
  const bytes = Buffer.from('\x04u\0....\x030\0....\x03$replaceWith\0....\x03$literal\0', 'latin1');
  bytes.writeInt32LE(array, 3);
  bytes.writeInt32LE(stage, 10);
  bytes.writeInt32LE(literal, 28);
  return bytes;
}

/** The ends of the documents that {@link literalHead} began, `upsert: true` and the statement's end. */
const literalTail = Buffer.from('\0\0\0\x08upsert\0\x01\0', 'latin1');

/** `limit: 1` and the statement's end. */
const deleteTail = Buffer.from('\x10limit\0\x01\0\0\0\0', 'latin1');
