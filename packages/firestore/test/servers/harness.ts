import {
  type CallOptions,
  type DataRecord,
  type Endpoint,
  type EntitySchema,
  entityName,
  type Json,
  type Partition,
  type WriteMode,
  type WriteResult,
} from '@datamigrato/core';
import {
  describeWithServer,
  type FirestoreAddress,
  type FirestoreDocuments,
  firestoreDocuments,
} from '@datamigrato/testbed';
import { afterAll, beforeAll } from 'vitest';
import { firestoreConnector } from '../../src/index.js';
import type { NativeDocument } from '../../src/native-document.js';

export const call: CallOptions = { signal: new AbortController().signal, deadline: 60_000 };

/** One project of the emulator: our endpoint, and the plain interface as the oracle. */
export interface TestDatabase {
  readonly address: FirestoreAddress;
  readonly oracle: FirestoreDocuments;
  readonly endpoint: Endpoint;
}

/** Runs tests in a project of their own. */
export async function describeOnEmulator(
  title: string,
  project: string,
  body: (database: () => TestDatabase) => void,
): Promise<void> {
  await describeWithServer('firestore', title, (address) => {
    let database: TestDatabase | undefined;
    beforeAll(async () => {
      database = {
        address,
        oracle: firestoreDocuments(address, project),
        endpoint: await openEndpoint(address, project),
      };
      await database.oracle.clear();
    });
    afterAll(async () => {
      await database?.endpoint.close();
      await database?.oracle.clear();
    });
    body(() => {
      if (database === undefined) throw new Error('the database is open only while tests run');
      return database;
    });
  });
}

export async function openEndpoint(
  address: FirestoreAddress,
  projectId: string,
  options: object = {},
): Promise<Endpoint> {
  const emulator = `${address.host}:${address.port}`;
  const configured = await firestoreConnector.configure({ projectId, emulator, ...options });
  return await configured.open(call);
}

/** A schema as a plan would have it. */
export function schemaOf(entity: string, keys: readonly string[] = ['id']): EntitySchema {
  const key = keys.map((name) => ({ name, role: 'partition' as const }));
  return { entity: entityName(entity), key, fields: [], origin: 'planned' };
}

/** Encodes records and writes them as one batch. */
export async function write(
  { endpoint }: TestDatabase,
  entity: string,
  records: readonly DataRecord[],
  mode: WriteMode = 'replace',
): Promise<WriteResult> {
  const keys = records[0]?.key.map((_, index) => `k${index}`) ?? ['id'];
  const encoder = endpoint.connector.codec.createEncoder(schemaOf(entity, keys));
  const natives = records.map((record) => encoder.encode(record));
  return await endpoint.target().writeBatch(entityName(entity), natives, { ...call, mode });
}

export async function partitionsOf(
  { endpoint }: TestDatabase,
  entity: string,
  targetCount: number,
): Promise<Partition[]> {
  const partitions: Partition[] = [];
  for await (const partition of endpoint.source().planPartitions(entityName(entity), { ...call, targetCount }))
    partitions.push(partition);
  return partitions;
}

/** A batch as our source gave it. */
export interface ReadBatch {
  readonly paths: readonly string[];
  readonly records: readonly DataRecord[];
  readonly position: Json;
}

export async function batchesOf(
  { endpoint }: TestDatabase,
  partition: Partition,
  options: { readonly batchRecords?: number; readonly batchBytes?: number; readonly after?: Json } = {},
): Promise<ReadBatch[]> {
  const decoder = endpoint.connector.codec.createDecoder(schemaOf(partition.entity));
  const batches: ReadBatch[] = [];
  const reading = { ...call, batchRecords: 1000, batchBytes: 1 << 20, ...options };
  for await (const batch of endpoint.source().readPartition(partition, reading)) {
    const natives = batch.records as readonly NativeDocument[];
    batches.push({
      paths: natives.map(({ path }) => path),
      records: natives.map((native) => decoder.decode(native)),
      position: batch.position,
    });
  }
  return batches;
}

/** Every record of an entity, in the order of partitions. */
export async function recordsOf(
  database: TestDatabase,
  entity: string,
  targetCount = 1,
): Promise<readonly DataRecord[]> {
  const records: DataRecord[] = [];
  for (const partition of await partitionsOf(database, entity, targetCount))
    for (const batch of await batchesOf(database, partition)) records.push(...batch.records);
  return records;
}
