import type { CallOptions, WriteFailure } from '@datamigrato/core';
import type { FirestoreDatabase } from './client.js';
import { partsOfDocument } from './document-parts.js';
import { embeddedDocuments } from './embedding-codec.js';
import type { NativeDocument } from './native-document.js';
import { entityQuery } from './query.js';
import { fetchDocuments } from './scan.js';
import { documentWrite, type IndexedWrite, requestBytes, sendWrites } from './write-batch.js';

/** A document of a batch, by its index in it. */
export interface IndexedDocument {
  readonly index: number;
  readonly document: NativeDocument;
}

/** Most writes of one request. */
const writesAtOnce = 500;

/** Writes the parts of documents and what is embedded in them, ahead of the documents themselves. */
export async function writeParts(
  database: FirestoreDatabase,
  documents: readonly IndexedDocument[],
  call: CallOptions,
  where: string,
): Promise<readonly WriteFailure[]> {
  const failures = new Map<number, WriteFailure>();
  let waiting: IndexedWrite[] = [];
  let bytes = 0;
  const flush = async (): Promise<void> => {
    const result = await sendWrites(database, waiting, call, where);
    for (const failure of result.failures) failures.set(failure.index, failure);
    waiting = [];
    bytes = 0;
  };
  for (const { index, document } of documents) {
    for (const part of [...(document.parts ?? []), ...embeddedDocuments(document)]) {
      const size = part.bytes ?? 0;
      if (bytes + size > requestBytes || waiting.length === writesAtOnce) await flush();
      waiting.push({ index, write: documentWrite(database, part, 'replace') });
      bytes += size;
    }
  }
  await flush();
  return [...failures.values()];
}

/** Deletes the parts of documents but for those given, as an earlier value or a deleted document leaves them behind. */
export async function deleteOtherParts(
  database: FirestoreDatabase,
  documents: readonly Pick<NativeDocument, 'path' | 'parts'>[],
  call: CallOptions,
  where: string,
): Promise<void> {
  for (const { path, parts = [] } of documents) {
    const kept = new Set(parts.map((part) => `${database.documents}/${part.path}`));
    const query = entityQuery(database.documents, partsOfDocument(path), { from: null, to: null }, { namesOnly: true });
    const found = await fetchDocuments(database, query, call, where);
    const others = found.filter(({ name }) => !kept.has(name));
    const writes = others.map(({ name }, index) => ({ index, write: { delete: name } }));
    const { failures } = await sendWrites(database, writes, call, where);
    if (failures[0] !== undefined) throw failures[0].error;
  }
}
