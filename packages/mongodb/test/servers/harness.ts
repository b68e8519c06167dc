import {
  type CallOptions,
  type Endpoint,
  type EntityName,
  type EntitySchema,
  entityName,
  type Json,
  type Partition,
  type WriteMode,
  type WriteResult,
} from '@datamigrato/core';
import { describeWithServer, type MongodbAddress } from '@datamigrato/testbed';
import { type Document, MongoClient } from 'mongodb';
import { afterAll, beforeAll } from 'vitest';
import { mongodbConnector } from '../../src/index.js';

/** The servers that every test of this folder runs on; a genuine one as well where the environment names one. */
const serverNames = ['secantus', 'mongo-java', ...(process.env['MONGODB_URI'] ? (['mongodb'] as const) : [])] as const;

export type MongoServerName = (typeof serverNames)[number];

export const call: CallOptions = { signal: new AbortController().signal, deadline: 20_000 };

/** One database on one server: our endpoint, and the plain driver as the oracle. */
export interface TestDatabase {
  readonly name: MongoServerName;
  readonly url: string;
  readonly endpoint: Endpoint;
  /** The plain driver, which knows nothing of this package. */
  readonly oracle: MongoClient;
  readonly databaseName: string;
}

/** Runs tests on every server, each in a database of its own that is gone afterwards. */
export async function describeOnServers(
  title: string,
  databaseName: string,
  body: (database: () => TestDatabase, name: MongoServerName) => void,
): Promise<void> {
  for (const name of serverNames) {
    await describeWithServer(name, title, (address) => {
      let database: TestDatabase | undefined;
      beforeAll(async () => {
        database = await openDatabase(name, address, databaseName);
      });
      afterAll(async () => {
        await database?.oracle.db(databaseName).dropDatabase();
        await database?.oracle.close();
        await database?.endpoint.close();
      });
      body(() => {
        if (database === undefined) throw new Error('the database is open only while tests run');
        return database;
      }, name);
    });
  }
}

async function openDatabase(
  name: MongoServerName,
  address: MongodbAddress,
  databaseName: string,
): Promise<TestDatabase> {
  const oracle = new MongoClient(address.url);
  await oracle.connect();
  await oracle.db(databaseName).dropDatabase();
  return { name, url: address.url, endpoint: await openEndpoint(address.url, databaseName), oracle, databaseName };
}

/** Opens our endpoint on a database. */
export async function openEndpoint(clientUrl: string, databaseName: string, options: object = {}): Promise<Endpoint> {
  const configured = await mongodbConnector.configure({ clientUrl, databaseName, ...options });
  return await configured.open(call);
}

/** A schema as a plan would have it. */
export function schemaOf(entity: string, native?: Json): EntitySchema {
  const key = [{ name: '_id', role: 'partition' as const }];
  return { entity: entityName(entity), key, fields: [], origin: 'planned', ...(native !== undefined && { native }) };
}

/** The documents of a collection as the plain driver hands them out, byte for byte, in the order of `_id`. */
export async function rawDocuments(database: TestDatabase, collection: string): Promise<readonly Buffer[]> {
  const found: unknown[] = await database.oracle
    .db(database.databaseName)
    .collection(collection)
    .find({}, { raw: true })
    .sort({ _id: 1 })
    .toArray();
  return found.map((document) => Buffer.from(document as Uint8Array));
}

/** Inserts with the plain driver's command, which takes every `_id` as it is. */
export async function insert(
  database: TestDatabase,
  collection: string,
  documents: readonly Document[],
): Promise<void> {
  for (let start = 0; start < documents.length; start += 1000) {
    const some = documents.slice(start, start + 1000);
    const answer = await database.oracle.db(database.databaseName).command({ insert: collection, documents: some });
    if (answer['writeErrors'] !== undefined) throw new Error(JSON.stringify(answer['writeErrors']));
  }
}

/** Writes native records with our target. */
export async function write(
  database: TestDatabase,
  collection: string,
  records: readonly Uint8Array[],
  mode: WriteMode = 'replace',
): Promise<WriteResult> {
  return await database.endpoint.target().writeBatch(entityName(collection), records, { ...call, mode });
}

/** The partitions of a collection. */
export async function partitionsOf(
  database: TestDatabase,
  collection: string,
  targetCount: number,
): Promise<Partition[]> {
  const partitions: Partition[] = [];
  const entity: EntityName = entityName(collection);
  for await (const partition of database.endpoint.source().planPartitions(entity, { ...call, targetCount })) {
    partitions.push(partition);
  }
  return partitions;
}

/** A batch as our source gave it. */
export interface ReadBatch {
  readonly records: readonly Buffer[];
  readonly position: Json;
}

/** The batches of one partition. */
export async function batchesOf(
  database: TestDatabase,
  partition: Partition,
  options: { readonly batchRecords?: number; readonly batchBytes?: number; readonly after?: Json } = {},
): Promise<ReadBatch[]> {
  const batches: ReadBatch[] = [];
  const reading = { ...call, batchRecords: 1000, batchBytes: 1 << 20, ...options };
  for await (const batch of database.endpoint.source().readPartition(partition, reading)) {
    batches.push({
      records: batch.records.map((record) => Buffer.from(record as Uint8Array)),
      position: batch.position,
    });
  }
  return batches;
}

/** Documents as comparable text, sorted. */
export function hexes(documents: readonly Uint8Array[]): string[] {
  return documents.map((document) => Buffer.from(document).toString('hex')).sort();
}
