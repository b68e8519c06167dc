import {
  type CallOptions,
  type Endpoint,
  type EntitySchema,
  entityName,
  type Json,
  type Partition,
  type RecordBatch,
  type Target,
  type WriteMode,
  type WriteResult,
} from '@datamigrato/core';
import { type RealtimeServer, startRealtimeServer } from '@datamigrato/realtime-server';
import { afterAll } from 'vitest';
import type { RealtimeRecord } from '../../src/codec.js';
import { firebaseRealtimeConnector } from '../../src/index.js';
import type { Node } from '../../src/node.js';

export const call: CallOptions = { signal: new AbortController().signal, deadline: 20_000 };

/** An embedded server of the test file's own, which ends after its tests. */
export async function startOwnServer(): Promise<RealtimeServer> {
  const server = await startRealtimeServer();
  afterAll(() => server.stop());
  return server;
}

/** Where tests run: the emulator that the environment names, else an embedded server. */
export async function serverHost(): Promise<string> {
  const variable = process.env['FIREBASE_DATABASE_EMULATOR_HOST'];
  if (variable !== undefined) return variable;
  const server = await startOwnServer();
  return `${server.host}:${server.port}`;
}

/** One database: our endpoint, and plain HTTP as the oracle. */
export interface TestDatabase {
  readonly endpoint: Endpoint;
  readonly target: Target<unknown>;
  /** What stands at a path, exported. */
  read(path: string): Promise<Node>;
  write(path: string, node: unknown): Promise<void>;
}

/** Opens a database that nobody else uses. */
export async function openDatabase(host: string, namespace: string, options: object = {}): Promise<TestDatabase> {
  const configured = await firebaseRealtimeConnector.configure({
    referenceUrl: `https://${namespace}.firebaseio.com`,
    emulator: host,
    ...options,
  });
  const request = async (path: string, init: RequestInit): Promise<Node> => {
    const encoded = path.split('/').map(encodeURIComponent).join('/');
    const answer = await fetch(`http://${host}/${encoded}.json?ns=${namespace}&format=export`, {
      ...init,
      headers: { authorization: 'Bearer owner' },
    });
    if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
    return (await answer.json()) as Node;
  };
  await request('', { method: 'PUT', body: 'null' });
  const endpoint = await configured.open(call);
  return {
    endpoint,
    target: endpoint.target(),
    read: (path) => request(path, { method: 'GET' }),
    async write(path, node) {
      await request(path, { method: 'PUT', body: JSON.stringify(node) });
    },
  };
}

/** A schema as a plan would have it. */
export function schemaOf(entity: string, parts = 1, native?: Json): EntitySchema {
  const key = Array.from({ length: parts }, (_, index) => ({
    name: `key_${index}`,
    role: index === 0 ? ('partition' as const) : ('clustering' as const),
  }));
  return { entity: entityName(entity), key, fields: [], origin: 'planned', ...(native !== undefined && { native }) };
}

/** Writes records by key and fields with our target. */
export async function write(
  { target }: TestDatabase,
  entity: string,
  records: readonly { readonly key: readonly string[]; readonly fields: Readonly<Record<string, string | number>> }[],
  mode: WriteMode = 'replace',
): Promise<WriteResult> {
  const encoder = firebaseRealtimeConnector.codec.createEncoder(schemaOf(entity, records[0]?.key.length));
  const natives = records.map((record) => encoder.encode(record));
  return await target.writeBatch(entityName(entity), natives, { ...call, mode });
}

export async function partitionsOf(
  { endpoint }: TestDatabase,
  entity: string,
  targetCount: number,
): Promise<Partition[]> {
  return await collected(endpoint.source().planPartitions(entityName(entity), { ...call, targetCount }));
}

/** All that an iterable gives. */
export async function collected<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** The batches of a partition. */
export async function batchesOf(
  { endpoint }: TestDatabase,
  partition: Partition,
  options: { readonly batchRecords?: number; readonly batchBytes?: number; readonly after?: Json } = {},
): Promise<RecordBatch<RealtimeRecord>[]> {
  const reading = { ...call, batchRecords: 1000, batchBytes: 1 << 20, ...options };
  const batches: RecordBatch<RealtimeRecord>[] = [];
  for await (const batch of endpoint.source().readPartition(partition, reading))
    batches.push(batch as RecordBatch<RealtimeRecord>);
  return batches;
}

/** The keys of all records of an entity, partition by partition. */
export async function keysOf(database: TestDatabase, entity: string, targetCount = 1): Promise<string[]> {
  const keys: string[] = [];
  for (const partition of await partitionsOf(database, entity, targetCount)) {
    for (const { records } of await batchesOf(database, partition, { batchRecords: 100 }))
      keys.push(...records.map((record) => record.key.join('/')));
  }
  return keys;
}
