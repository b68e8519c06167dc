import { randomBytes } from 'node:crypto';
import {
  type CallOptions,
  type DataRecord,
  type Endpoint,
  type EntitySchema,
  entityName,
  type Json,
  type ReadOptions,
  type WriteMode,
  type WriteResult,
} from '@datamigrato/core';
import type { CassandraAddress } from '@datamigrato/testbed';
import { Client } from 'cassandra-driver';
import { afterAll, beforeAll } from 'vitest';
import { cassandraConnector } from '../src/index.js';

/** What every call of these tests is given. */
export const call: CallOptions = { signal: new AbortController().signal, deadline: 20_000 };

/** A keyspace of a test's own, reached by the plain driver as the oracle and by the connector. */
export interface TestKeyspace {
  readonly name: string;
  /** The plain driver, which checks what the connector did. */
  readonly oracle: Client;
  /** Opens the keyspace through the connector; closed after the tests. */
  open(options?: Record<string, unknown>): Promise<Endpoint>;
}

/** Makes a keyspace before the tests and drops it after them. */
export function testKeyspace(address: CassandraAddress, make = true): TestKeyspace {
  const name = `test_${randomBytes(6).toString('hex')}`;
  const oracle = new Client({
    contactPoints: [...address.contactPoints],
    protocolOptions: { port: address.port },
    localDataCenter: address.localDataCenter,
    encoding: { map: Map, useBigIntAsLong: true, useBigIntAsVarint: true },
  });
  const endpoints: Endpoint[] = [];
  beforeAll(async () => {
    await oracle.connect();
    if (!make) return;
    await oracle.execute(
      `CREATE KEYSPACE ${name} WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}`,
    );
  });
  afterAll(async () => {
    for (const endpoint of endpoints) await endpoint.close();
    await oracle.execute(`DROP KEYSPACE IF EXISTS ${name}`);
    await oracle.shutdown();
  });
  return {
    name,
    oracle,
    async open(options = {}) {
      const { contactPoints, port, localDataCenter } = address;
      const configured = await cassandraConnector.configure({
        contactPoints,
        port,
        localDataCenter,
        keyspaceName: name,
        ...options,
      });
      const endpoint = await configured.open(call);
      endpoints.push(endpoint);
      return endpoint;
    },
  };
}

/** Everything that an iterable gives. */
export async function collected<Item>(items: AsyncIterable<Item>): Promise<readonly Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** Options of a read: batches of at most so many records. */
export function reading(batchRecords = 1_000, after?: Json): ReadOptions {
  return { ...call, batchRecords, batchBytes: 1024 * 1024, ...(after !== undefined && { after }) };
}

/** Every record of a table through the connector, in the order of the scan. */
export async function readAll(endpoint: Endpoint, table: string, targetCount = 3): Promise<readonly DataRecord[]> {
  const source = endpoint.source();
  const schema = await source.inferSchema(entityName(table), { ...call, sampleSize: 0 });
  const decoder = endpoint.connector.codec.createDecoder(schema);
  const records: DataRecord[] = [];
  for await (const partition of source.planPartitions(schema.entity, { ...call, targetCount })) {
    for await (const batch of source.readPartition(partition, reading())) {
      records.push(...batch.records.map((native) => decoder.decode(native)));
    }
  }
  return records;
}

/** Prepares the table of a schema and writes records into it. */
export async function writeAll(
  endpoint: Endpoint,
  schema: EntitySchema,
  records: readonly DataRecord[],
  mode: WriteMode = 'replace',
): Promise<WriteResult> {
  const target = endpoint.target();
  await target.prepareEntity(schema, call);
  const encoder = endpoint.connector.codec.createEncoder(schema);
  return target.writeBatch(
    schema.entity,
    records.map((record) => encoder.encode(record)),
    { ...call, mode },
  );
}
