import type { CallOptions } from '@datamigrato/core';
import type { FirestoreDatabase } from './client.js';
import { partField, partPath, partsOfDocument, type SplitMark, splitFields } from './document-parts.js';
import type { NativeDocument } from './native-document.js';
import type { ProtoFields, ProtoValue } from './proto-value.js';
import { entityQuery } from './query.js';
import { fetchDocuments } from './scan.js';

/** A document as it was before it was stored in parts. Where some of them are not there it says so, and cannot be decoded. */
export async function joinParts(
  database: FirestoreDatabase,
  document: NativeDocument,
  call: CallOptions,
): Promise<NativeDocument> {
  const split = splitFields(document.fields);
  if (split.length === 0) return document;
  const fields: Record<string, ProtoValue> = { ...document.fields };
  for (const [name, mark] of split) {
    const value = joined(await fetchParts(database, document.path, mark, call), mark);
    if (value === undefined) return { ...document, incomplete: true };
    fields[name] = value;
  }
  return { ...document, fields };
}

async function fetchParts(
  database: FirestoreDatabase,
  path: string,
  mark: SplitMark,
  call: CallOptions,
): Promise<readonly ProtoValue[]> {
  const range = { from: partPath(path, mark, 0), to: partPath(path, mark, mark.count) };
  const query = entityQuery(database.documents, partsOfDocument(path), range, {});
  const found = await fetchDocuments(database, query, call, `${database.where}, reading the parts of a document`);
  return found.flatMap(({ fields }) => fields[partField] ?? []);
}

/** Parts put together by the kind of the first; undefined where they are not all there, or not of one kind. */
function joined(parts: readonly ProtoValue[], { count }: SplitMark): ProtoValue | undefined {
  const [first] = parts;
  if (first === undefined || parts.length !== count) return undefined;
  if (first.arrayValue !== undefined) {
    const lists = parts.map(({ arrayValue }) => arrayValue);
    return lists.includes(undefined)
      ? undefined
      : { arrayValue: { values: lists.flatMap((list) => list?.values ?? []) } };
  }
  if (first.mapValue !== undefined) {
    const maps = parts.map(({ mapValue }) => mapValue);
    if (maps.includes(undefined)) return undefined;
    const fields: ProtoFields = Object.fromEntries(maps.flatMap((map) => Object.entries(map?.fields ?? {})));
    return { mapValue: { fields } };
  }
  if (first.stringValue !== undefined) {
    const texts = parts.map(({ stringValue }) => stringValue);
    return texts.includes(undefined) ? undefined : { stringValue: texts.join('') };
  }
  const pieces = parts.flatMap(({ bytesValue }) => bytesValue ?? []);
  return pieces.length === count ? { bytesValue: Buffer.concat(pieces) } : undefined;
}
