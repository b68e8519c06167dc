import {
  type CallOptions,
  DatamigratoError,
  type EntityName,
  type EntityPreparation,
  type EntitySchema,
  type Target,
  type WriteOptions,
  type WriteResult,
} from '@datamigrato/core';
import type { FirestoreDatabase } from './client.js';
import { type EmbeddedCollections, embeddedIn } from './embedded-collections.js';
import { embeddedDocuments } from './embedding-codec.js';
import { type EntityPath, parseEntityPath } from './entity-path.js';
import { status } from './errors.js';
import type { NativeDocument } from './native-document.js';
import { entityQuery } from './query.js';
import { fetchDocuments } from './scan.js';
import { documentWrite, sendWrites } from './write-batch.js';
import { deleteOtherEmbedded, findOccupied, lookForEmbedded } from './write-embedding.js';
import { deleteOtherParts, type IndexedDocument, writeParts } from './write-parts.js';
import { createWriteRamp } from './write-ramp.js';

/** The side of Firestore that is written to. */
export function createTarget(database: FirestoreDatabase): Target<NativeDocument> {
  const ramp = database.rampUp ? createWriteRamp() : undefined;
  return {
    planEntity: (schema, call) => planEntity(database, schema, call),
    async prepareEntity(schema, call) {
      call.signal.throwIfAborted();
      requireFittingKey(schema);
    },
    async writeBatch(name, records, call) {
      const documents = records.map((document, index) => ({ index, document }));
      const writes = records.reduce((sum, document) => sum + 1 + embeddedDocuments(document).length, 0);
      await ramp?.(writes, call.signal);
      const where = `${database.where}, writing ${name}`;
      const entity = parseEntityPath(name);
      const embedded = embeddedIn(entity, database.embed);
      return embedded.size === 0
        ? await writeDocuments(database, documents, call, where)
        : await writeWithEmbedded(database, documents, { entity, embedded }, call, where);
    },
  };
}

/** Records are acknowledged once all their documents are: what is embedded is written first, and what an earlier record left of it is deleted last. */
async function writeWithEmbedded(
  database: FirestoreDatabase,
  documents: readonly IndexedDocument[],
  { entity, embedded }: { readonly entity: EntityPath; readonly embedded: EmbeddedCollections },
  call: WriteOptions,
  where: string,
): Promise<WriteResult> {
  const records = documents.map(({ document }) => document);
  const there = await lookForEmbedded(database, entity, embedded, records, call, where);
  const occupied = await findOccupied(database, entity, documents, there, call.mode);
  const writing = documents.filter(({ index }) => !occupied.indexes.has(index));
  const result = await writeDocuments(database, writing, call, where);
  const lost = new Set(result.failures.map(({ index }) => index));
  if (call.mode === 'replace') {
    const written = writing.filter(({ index }) => !lost.has(index)).map(({ document }) => document);
    await deleteOtherEmbedded(database, written, there);
  }
  const failures = [...occupied.failures, ...result.failures].sort((left, right) => left.index - right.index);
  return { failures, unchanged: result.unchanged + occupied.unchanged };
}

async function writeDocuments(
  database: FirestoreDatabase,
  documents: readonly IndexedDocument[],
  call: WriteOptions,
  where: string,
): Promise<WriteResult> {
  const several = documents.filter(({ document }) => document.parts !== undefined || document.embedded !== undefined);
  const failed = several.length === 0 ? [] : await writeParts(database, several, call, where);
  const without = new Set(failed.map(({ index }) => index));
  const writes = documents
    .filter(({ index }) => !without.has(index))
    .map(({ index, document }) => ({ index, write: documentWrite(database, document, call.mode) }));
  const unchangedCode = call.mode === 'skip' ? status.alreadyExists : undefined;
  const result = await sendWrites(database, writes, call, where, unchangedCode);
  if (several.length === 0) return result;
  const failures = [...failed, ...result.failures].sort((left, right) => left.index - right.index);
  // What a replaced document leaves is of no use to the new one; one that was kept still needs its own.
  if (call.mode === 'replace') {
    const lost = new Set(failures.map(({ index }) => index));
    const written = several
      .filter(({ index, document }) => document.parts !== undefined && !lost.has(index))
      .map(({ document }) => document);
    await deleteOtherParts(database, written, call, where);
  }
  return { ...result, failures };
}

/** Collections come into being with their first document, so there is nothing to make. */
async function planEntity(
  database: FirestoreDatabase,
  schema: EntitySchema,
  call: CallOptions,
): Promise<EntityPreparation> {
  const conflict = keyConflict(schema);
  const exists = conflict === undefined && (await hasDocuments(database, schema.entity, call));
  return {
    exists,
    statements: [],
    conflicts: conflict === undefined ? [] : [conflict],
    // Whether there are documents by now says nothing about whether others can be written.
    fingerprint: 'schemaless',
  };
}

async function hasDocuments(database: FirestoreDatabase, entity: EntityName, call: CallOptions): Promise<boolean> {
  const query = entityQuery(
    database.documents,
    parseEntityPath(entity),
    { from: null, to: null },
    { limit: 1, namesOnly: true },
  );
  return (await fetchDocuments(database, query, call, `${database.where}, looking at ${entity}`)).length > 0;
}

function requireFittingKey(schema: EntitySchema): void {
  const conflict = keyConflict(schema);
  if (conflict === undefined) return;
  throw new DatamigratoError({
    code: 'DM_FIRESTORE_TARGET_CONFLICT',
    category: 'endpoint',
    message: `Records cannot be written to ${schema.entity}: ${conflict}`,
    nextStep: 'name a path with one `*` fewer than the key has parts, such as `rooms/*/messages` for a key of two',
    context: { entity: schema.entity },
  });
}

function keyConflict(schema: EntitySchema): string | undefined {
  const { keyParts } = parseEntityPath(schema.entity);
  if (keyParts === schema.key.length) return undefined;
  return `its path takes keys of ${keyParts} ${keyParts === 1 ? 'part' : 'parts'}, and those of the records have ${schema.key.length}`;
}
