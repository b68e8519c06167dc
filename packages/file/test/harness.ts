import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type DatamigratoError,
  type DataRecord,
  type Endpoint,
  type EntityName,
  type EntitySchema,
  entityName,
  isDatamigratoError,
  type Json,
  type KeyField,
  type Partition,
  type WriteMode,
  type WriteResult,
} from '@datamigrato/core';
import { onTestFinished } from 'vitest';
import { type FileOptionsInput, fileConnector } from '../src/index.js';

export const call = { signal: new AbortController().signal, deadline: 30_000 };

/** A folder of the running test alone. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'datamigrato-file-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Opens a path; closed when the test ends. */
export async function openFile(path: string, options: Omit<FileOptionsInput, 'path'> = {}): Promise<Endpoint> {
  const endpoint = await openDoomed(path, options);
  onTestFinished(() => endpoint.close());
  return endpoint;
}

/** Opens a path for a test that makes closing fail. */
export async function openDoomed(path: string, options: Omit<FileOptionsInput, 'path'> = {}): Promise<Endpoint> {
  return (await fileConnector.configure({ path, ...options })).open(call);
}

/** What reading an entity gave, in order. */
export interface ReadOutcome {
  readonly schema: EntitySchema;
  readonly records: readonly DataRecord[];
  readonly failures: readonly DatamigratoError[];
  readonly partitions: readonly Partition[];
}

/** How an entity is read. */
export interface ReadChoice {
  readonly batchRecords?: number;
  readonly batchBytes?: number;
  readonly targetCount?: number;
}

/** Reads an entity to its end: the way core does, partition by partition. */
export async function readAll(endpoint: Endpoint, entity: string, choice: ReadChoice = {}): Promise<ReadOutcome> {
  const source = endpoint.source();
  const name = entityName(entity);
  const schema = await source.inferSchema(name, { ...call, sampleSize: 100 });
  const partitions: Partition[] = [];
  const records: DataRecord[] = [];
  const failures: DatamigratoError[] = [];
  for await (const partition of source.planPartitions(name, { ...call, targetCount: choice.targetCount ?? 1 })) {
    partitions.push(partition);
    for (const { record, failure } of await readPart(endpoint, schema, partition, choice)) {
      if (record !== undefined) records.push(record);
      if (failure !== undefined) failures.push(failure);
    }
  }
  return { schema, records, failures, partitions };
}

/** One record of a partition, decoded or failed, with the position after its batch. */
export interface PartRecord {
  readonly record?: DataRecord;
  readonly failure?: DatamigratoError;
  readonly position: Json;
}

/** Reads a partition, after a position or from its beginning. */
export async function readPart(
  endpoint: Endpoint,
  schema: EntitySchema,
  partition: Partition,
  choice: ReadChoice & { readonly after?: Json } = {},
): Promise<readonly PartRecord[]> {
  const decoder = endpoint.connector.codec.createDecoder(schema);
  const found: PartRecord[] = [];
  const reading = endpoint.source().readPartition(partition, {
    ...call,
    batchRecords: choice.batchRecords ?? 1000,
    batchBytes: choice.batchBytes ?? 1024 * 1024,
    ...(choice.after === undefined ? {} : { after: choice.after }),
  });
  for await (const batch of reading) {
    for (const native of batch.records) {
      try {
        found.push({ record: decoder.decode(native), position: batch.position });
      } catch (thrown) {
        if (!isDatamigratoError(thrown) || thrown.category !== 'record') throw thrown;
        found.push({ failure: thrown, position: batch.position });
      }
    }
  }
  return found;
}

/** A planned schema with these key fields, for writing. */
export function schemaOf(entity: string, keyNames: readonly string[] = ['_id']): EntitySchema {
  const key = keyNames.map((name, index): KeyField => ({ name, role: index === 0 ? 'partition' : 'clustering' }));
  return { entity: entityName(entity), key, fields: [], origin: 'planned' };
}

/** Writes records as one batch, in an entity that is made where it is missing. */
export async function writeRecords(
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

/** The error that a promise rejects with. */
export async function failureOf(promise: Promise<unknown>): Promise<DatamigratoError> {
  try {
    await promise;
  } catch (thrown) {
    if (isDatamigratoError(thrown)) return thrown;
    throw thrown;
  }
  throw new Error('it did not fail');
}

/** The names of the entities, with the reasons of those that are passed over. */
export async function listed(endpoint: Endpoint): Promise<Readonly<Record<string, string | undefined>>> {
  const found: (readonly [string, string | undefined])[] = [];
  for await (const { entity, excluded } of endpoint.source().listEntities(call)) found.push([entity, excluded]);
  return Object.fromEntries(found);
}

export function named(entity: string): EntityName {
  return entityName(entity);
}
