import {
  type Admin,
  type CallOptions,
  type CountOptions,
  type EntityName,
  type EntitySchema,
  isDatamigratoError,
  type RecordCount,
  type RecordKey,
  type WriteFailure,
  type WriteResult,
} from '@datamigrato/core';
import type { FirestoreDatabase } from './client.js';
import { pathOfRecord } from './codec.js';
import { topCollections } from './collections.js';
import { countDocuments } from './count.js';
import { partsOfEntity } from './document-parts.js';
import { embeddedEntities, embeddedIn } from './embedded-collections.js';
import { countEmbedding } from './embedding-reader.js';
import { type EntityPath, keyOfPath, parseEntityPath } from './entity-path.js';
import { status } from './errors.js';
import { mayHaveDescendants, missingParents, pathsBelow } from './missing-parents.js';
import { entityQuery, rootCollection } from './query.js';
import { fetchDocuments, scan } from './scan.js';
import { type IndexedWrite, sendWrites } from './write-batch.js';
import { deleteOtherEmbedded, lookForEmbedded } from './write-embedding.js';
import { deleteOtherParts } from './write-parts.js';

/** Most writes of one request. */
const writesAtOnce = 500;

const everything = { from: null, to: null } as const;

/** What counts, deletes and drops. */
export function createAdmin(database: FirestoreDatabase): Admin {
  return {
    countRecords: (entity, call) => countRecords(database, entity, call),
    deleteRecords: (schema, keys, call) =>
      keys === 'all' ? deleteAll(database, schema.entity, call) : deleteByKey(database, schema, keys, call),
    async dropEntity(entity, call) {
      await deleteAll(database, entity, call);
    },
    dropDatabase: (call) => dropDatabase(database, call),
  };
}

/** Counts as records are read: a group of collections by the names in it, and missing parents with the others unless they are left out. */
async function countRecords(database: FirestoreDatabase, name: EntityName, call: CountOptions): Promise<RecordCount> {
  const entity = parseEntityPath(name);
  const where = `${database.where}, counting ${name}`;
  const isOne = entity.keyParts === 1;
  const embedded = embeddedIn(entity, database.embed);
  if (embedded.size > 0 && call.estimate !== true)
    return { value: await countEmbedding(database, entity, embedded, call), exact: true };
  if (isOne || call.estimate === true) {
    const value = await countDocuments(database, entityQuery(database.documents, entity, everything, {}), call, where);
    if (call.estimate === true) return { value, exact: false };
    return { value: value + (await countMissing(database, entity, call, value)), exact: true };
  }
  let value = 0;
  for await (const paths of entityPaths(database, entity, name, call)) value += paths.length;
  return { value: value + (await countMissing(database, entity, call)), exact: true };
}

async function countMissing(
  database: FirestoreDatabase,
  entity: EntityPath,
  call: CallOptions,
  known?: number,
): Promise<number> {
  if (!database.missingParents) return 0;
  if (entity.keyParts === 1 && !(await mayHaveDescendants(database, rootCollection(entity), call, known))) return 0;
  let count = 0;
  for await (const { paths } of missingParents(database, entity, call)) count += paths.length;
  return count;
}

/** The paths of an entity's documents, as they come. */
async function* entityPaths(
  database: FirestoreDatabase,
  entity: EntityPath,
  name: EntityName,
  call: CallOptions,
): AsyncGenerator<readonly string[]> {
  const prefix = database.documents.length + 1;
  const query = (after: string | undefined) =>
    entityQuery(database.documents, entity, everything, { after, namesOnly: true });
  for await (const { documents } of scan(database, query, call, `${database.where}, reading the names in ${name}`)) {
    const paths = documents.map((document) => document.name.slice(prefix));
    yield paths.filter((path) => keyOfPath(entity, path) !== undefined);
  }
}

/** Deletes the documents of an entity and what is embedded in them; those in other sub-collections are other entities', and stay. */
async function deleteAll(database: FirestoreDatabase, name: EntityName, call: CallOptions): Promise<WriteResult> {
  const entity = parseEntityPath(name);
  for (const each of [entity, ...embeddedEntities(entity, embeddedIn(entity, database.embed))]) {
    await deletePaths(database, entityPaths(database, each, name, call), call, name);
    await deletePaths(database, entityPaths(database, partsOfEntity(each), name, call), call, name);
  }
  return { failures: [], unchanged: 0 };
}

async function dropDatabase(database: FirestoreDatabase, call: CallOptions): Promise<void> {
  for (const collection of await topCollections(database, call)) {
    await deletePaths(database, pathsBelow(database, collection, call), call, collection);
  }
}

async function deletePaths(
  database: FirestoreDatabase,
  pages: AsyncIterable<readonly string[]>,
  call: CallOptions,
  what: string,
): Promise<void> {
  let waiting: string[] = [];
  const flush = async (): Promise<void> => {
    const writes = waiting.map((path, index) => ({ index, write: { delete: `${database.documents}/${path}` } }));
    waiting = [];
    const where = `${database.where}, deleting from ${what}`;
    const { failures } = await sendWrites(database, writes, call, where);
    if (failures[0] !== undefined) throw failures[0].error;
  };
  for await (const paths of pages) {
    for (const path of paths) {
      waiting.push(path);
      if (waiting.length === writesAtOnce) await flush();
    }
  }
  await flush();
}

async function deleteByKey(
  database: FirestoreDatabase,
  schema: EntitySchema,
  keys: readonly RecordKey[],
  call: CallOptions,
): Promise<WriteResult> {
  const entity = parseEntityPath(schema.entity);
  const where = `${database.where}, deleting from ${schema.entity}`;
  const failures: WriteFailure[] = [];
  const writes = new Map<string, IndexedWrite>();
  let unchanged = 0;
  for (const [index, key] of keys.entries()) {
    try {
      const path = pathOfRecord(entity, key);
      // The service refuses a document twice in one request.
      if (writes.has(path)) unchanged += 1;
      else
        writes.set(path, {
          index,
          write: { delete: `${database.documents}/${path}`, currentDocument: { exists: true } },
        });
    } catch (error) {
      if (!isDatamigratoError(error) || error.category !== 'record') throw error;
      failures.push({ index, error });
    }
  }
  const items = [...writes.values()];
  for (let start = 0; start < items.length; start += writesAtOnce) {
    const result = await sendWrites(database, items.slice(start, start + writesAtOnce), call, where, status.notFound);
    for (const failure of result.failures) failures.push(failure);
    unchanged += result.unchanged;
  }
  const kept = new Set(failures.map(({ index }) => index));
  const deleted = [...writes].filter(([, { index }]) => !kept.has(index)).map(([path]) => ({ path }));
  const embedded = embeddedIn(entity, database.embed);
  if (embedded.size > 0)
    await deleteOtherEmbedded(
      database,
      deleted,
      await lookForEmbedded(database, entity, embedded, deleted, call, where),
    );
  if (items.length > 0 && (await hasParts(database, entity, call, where))) {
    await deleteOtherParts(database, deleted, call, where);
  }
  return { failures: failures.sort((left, right) => left.index - right.index), unchanged };
}

async function hasParts(
  database: FirestoreDatabase,
  entity: EntityPath,
  call: CallOptions,
  where: string,
): Promise<boolean> {
  const query = entityQuery(database.documents, partsOfEntity(entity), everything, { limit: 1, namesOnly: true });
  return (await fetchDocuments(database, query, call, where)).length > 0;
}
