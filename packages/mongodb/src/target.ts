import { createHash } from 'node:crypto';
import {
  type CallOptions,
  DatamigratoError,
  type EntityName,
  type EntityPreparation,
  type EntitySchema,
  type Json,
  type Target,
} from '@datamigrato/core';
import { EJSON } from 'bson';
import { type Document, MongoServerError } from 'mongodb';
import type { MongodbClient } from './client.js';
import { type CollectionFacts, catalogueJson, findCollection, listIndexes } from './collection.js';
import { codeOf } from './errors.js';
import { rawRequest, request } from './request.js';
import { BatchWriter } from './write-batch.js';

/** Code of the error for a collection that exists already. */
const namespaceExists = 48;

/** The side of MongoDB that is written to. */
export function createTarget(client: MongodbClient): Target<Uint8Array> {
  const writers = new Map<EntityName, BatchWriter>();
  return {
    planEntity: (schema, call) => planEntity(client, schema, call),
    prepareEntity: (schema, call) => prepareEntity(client, schema, call),
    writeBatch(entity, records, call) {
      const writer = writers.get(entity) ?? new BatchWriter(client, entity);
      writers.set(entity, writer);
      return writer.write(records, call);
    },
  };
}

async function planEntity(client: MongodbClient, schema: EntitySchema, call: CallOptions): Promise<EntityPreparation> {
  const facts = await findCollection(client, schema.entity, call);
  const existing = facts?.type === 'collection' ? await listIndexes(client, schema.entity, call) : [];
  const statements: string[] = [];
  if (facts === undefined) statements.push(`db.createCollection(${JSON.stringify(schema.entity)})`);
  for (const index of missingIndexes(client, schema, existing)) {
    const { key, ...options } = index;
    const text = [key, options].map((part) => EJSON.stringify(part, { relaxed: true })).join(', ');
    statements.push(`db.getCollection(${JSON.stringify(schema.entity)}).createIndex(${text})`);
  }
  return {
    exists: facts !== undefined,
    statements,
    conflicts: facts === undefined ? nameConflicts(client, schema.entity) : conflictsOf(facts),
    fingerprint: fingerprintOf(facts, existing),
  };
}

async function prepareEntity(client: MongodbClient, schema: EntitySchema, call: CallOptions): Promise<void> {
  const { entity } = schema;
  const facts = await findCollection(client, entity, call);
  const conflicts = facts === undefined ? nameConflicts(client, entity) : conflictsOf(facts);
  if (conflicts.length > 0) {
    throw new DatamigratoError({
      code: 'DM_MONGODB_TARGET_CONFLICT',
      category: 'endpoint',
      message: `The collection ${entity} of ${client.where} cannot be written to: ${conflicts.join('; ')}`,
      nextStep: 'choose another name for the target collection, or drop this one',
      context: { entity },
    });
  }
  if (facts === undefined) await createCollection(client, entity, call);
  const indexes = missingIndexes(client, schema, facts === undefined ? [] : await listIndexes(client, entity, call));
  if (indexes.length === 0) return;
  const command = { createIndexes: entity, indexes, writeConcern: { w: 'majority' } };
  await request(call, `${client.where}, creating the indexes of ${entity}`, (signal) =>
    client.database.command(command, { signal }),
  );
}

async function createCollection(client: MongodbClient, entity: EntityName, call: CallOptions): Promise<void> {
  const where = `${client.where}, creating ${entity}`;
  await request(call, where, async (signal) => {
    try {
      await rawRequest({ signal, deadline: call.deadline }, where, (inner) =>
        client.database.command({ create: entity, writeConcern: { w: 'majority' } }, { signal: inner }),
      );
    } catch (error) {
      // Someone else was faster, which is just as well.
      if (!(error instanceof MongoServerError) || codeOf(error) !== namespaceExists) throw error;
    }
  });
}

/** Most bytes of `database.collection`: https://www.mongodb.com/docs/manual/reference/limits/#mongodb-limit-Namespace-Length */
const namespaceBytes = 255;

/** Why no collection of this name can be made beside the name of its database, which the manifest cannot know. */
function nameConflicts({ database }: MongodbClient, entity: EntityName): readonly string[] {
  const bytes = Buffer.byteLength(`${database.databaseName}.${entity}`);
  return bytes <= namespaceBytes
    ? []
    : [`its name and that of the database have ${bytes} bytes together, and MongoDB takes ${namespaceBytes}`];
}

/** Why replacing documents by `_id` would not do what it says. */
function conflictsOf(facts: CollectionFacts): readonly string[] {
  const conflicts: string[] = [];
  if (facts.type === 'view') conflicts.push('it is a view');
  if (facts.type === 'timeseries') conflicts.push('it is a time-series collection, whose documents cannot be replaced');
  if (facts.capped) conflicts.push('it is capped, and would drop its oldest documents');
  if (facts.collated) conflicts.push('its collation makes different text keys equal');
  if (facts.name.startsWith('system.')) conflicts.push('it is a system collection');
  return conflicts;
}

/** The source's indexes that the target lacks, where the user wants them and the source is MongoDB. */
function missingIndexes(
  client: MongodbClient,
  schema: EntitySchema,
  existing: readonly Document[],
): readonly Document[] {
  if (!client.createIndexes) return [];
  const names = new Set(existing.map((index) => String(index['name'])));
  return nativeIndexes(schema.native).filter((index) => !names.has(String(index['name'])));
}

/** The indexes that the source of the schema left in it. */
function nativeIndexes(native: Json | undefined): readonly Document[] {
  if (typeof native !== 'object' || native === null || Array.isArray(native)) return [];
  const { store, indexes } = native as Readonly<Record<string, Json>>;
  if (store !== 'mongodb' || !Array.isArray(indexes)) return [];
  return indexes.map((index) => EJSON.deserialize(index as Document, { relaxed: false }) as Document);
}

function fingerprintOf(facts: CollectionFacts | undefined, indexes: readonly Document[]): string {
  if (facts === undefined) return 'absent';
  const state = JSON.stringify([facts.type, catalogueJson(facts.options), indexes.map(catalogueJson)]);
  return createHash('sha256').update(state).digest('hex').slice(0, 16);
}
