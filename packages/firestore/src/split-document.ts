import { createHash } from 'node:crypto';
import {
  BinaryValue,
  type DocumentValue,
  documentEntries,
  documentFrom,
  fieldOf,
  isArray,
  isDocument,
  type Value,
  valueToText,
} from '@datamigrato/core';
import { partField, partPath, wrappedMark } from './document-parts.js';
import { encodeDocument } from './encode-document.js';
import type { FieldEncoder } from './encode-value.js';
import type { NativeDocument } from './native-document.js';

/** Bytes of a part, by Firestore's count, that it is filled up to: below the limit, and on the wire below what the emulator takes in one request. */
const partBytes = 768 * 1024;

/** A document with the value of a field in parts; undefined where the field has no value that can be cut. */
export function splitDocument(
  encoder: FieldEncoder,
  path: string,
  document: DocumentValue,
  field: string,
): NativeDocument | undefined {
  const value = fieldOf(document, field);
  const slices = value === undefined ? undefined : slicesOf(encoder, value);
  if (value === undefined || slices === undefined) return undefined;
  const digest = createHash('sha256').update(valueToText(value)).digest('hex').slice(0, 32);
  const mark = wrappedMark({ digest, count: slices.length });
  const entries = documentEntries(document).map(([name, own]) => [name, name === field ? mark : own] as const);
  const rest = encodeDocument(encoder, path, documentFrom(entries));
  const parts = slices.map((slice, index) =>
    encodeDocument(encoder, partPath(path, { digest }, index), { [partField]: slice }),
  );
  const bytes = parts.reduce((sum, part) => sum + (part.bytes ?? 0), rest.bytes ?? 0);
  return { ...rest, parts, bytes };
}

/** A value in order and in pieces of its own kind. */
function slicesOf(encoder: FieldEncoder, value: Value): readonly Value[] | undefined {
  if (typeof value === 'string') return textSlices(value);
  if (value === null || typeof value !== 'object') return undefined;
  if (value instanceof BinaryValue) {
    const slices: BinaryValue[] = [];
    for (let start = 0; start < value.bytes.byteLength; start += partBytes)
      slices.push(new BinaryValue(value.bytes.subarray(start, start + partBytes), value.subtype));
    return slices.length === 0 ? undefined : slices;
  }
  const sizeOf = (piece: Value): number => {
    encoder.encode({ [partField]: piece });
    return encoder.size;
  };
  if (isArray(value)) return filled(value, (element) => sizeOf([element]));
  if (!isDocument(value)) return undefined;
  const slices = filled(documentEntries(value), (entry) => sizeOf(documentFrom([entry])));
  return slices?.map((entries) => documentFrom(entries));
}

/** Items in runs that are as long as their sizes allow; undefined for none. */
function filled<Item>(
  items: readonly Item[],
  sizeOf: (item: Item) => number,
): readonly (readonly Item[])[] | undefined {
  const runs: Item[][] = [];
  let size = Infinity;
  for (const item of items) {
    const bytes = sizeOf(item);
    if (size + bytes > partBytes) {
      runs.push([]);
      size = 0;
    }
    runs.at(-1)?.push(item);
    size += bytes;
  }
  return runs.length === 0 ? undefined : runs;
}

/** A text takes at most three bytes for each of its units; no pair of surrogates is cut. */
function textSlices(text: string): readonly string[] | undefined {
  const slices: string[] = [];
  const most = Math.floor(partBytes / 3);
  for (let start = 0; start < text.length; ) {
    let end = Math.min(start + most, text.length);
    if (end < text.length && (text.charCodeAt(end - 1) & 0xfc00) === 0xd800) end -= 1;
    slices.push(text.slice(start, end));
    start = end;
  }
  return slices.length === 0 ? undefined : slices;
}
