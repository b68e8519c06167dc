import {
  type CallOptions,
  DatamigratoError,
  type EntityName,
  type EntityPreparation,
  type EntitySchema,
  type Target,
} from '@datamigrato/core';
import type { FirestoreDatabase } from './client.js';
import { parseEntityPath } from './entity-path.js';
import { status } from './errors.js';
import type { NativeDocument } from './native-document.js';
import { entityQuery } from './query.js';
import { fetchDocuments } from './scan.js';
import { documentWrite, sendWrites } from './write-batch.js';
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
    async writeBatch(entity, records, call) {
      await ramp?.(records.length, call.signal);
      const writes = records.map((record, index) => ({ index, write: documentWrite(database, record, call.mode) }));
      const unchangedCode = call.mode === 'skip' ? status.alreadyExists : undefined;
      return await sendWrites(database, writes, call, `${database.where}, writing ${entity}`, unchangedCode);
    },
  };
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
