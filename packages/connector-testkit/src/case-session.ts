import {
  type CallOptions,
  type ConfiguredEndpoint,
  type DataRecord,
  type Endpoint,
  type EntitySchema,
  isDatamigratoError,
  type Json,
  type Partition,
  type ReadOptions,
  type WriteMode,
  type WriteResult,
} from '@datamigrato/core';
import { plannedEntity } from './data/planned-entity.js';
import { expectThat, keyText } from './expectation.js';
import type { ConformanceHarness, Oracle, Place, PlaceNeed } from './harness.js';

/** What every call is given, unless a case is about exactly that. */
export const call: CallOptions = { signal: new AbortController().signal, deadline: 30_000 };

/** A place and an endpoint that is open on it, for as long as a case runs. */
export interface CaseSession {
  readonly harness: ConformanceHarness;
  readonly place: Place;
  readonly oracle: Oracle;
  readonly endpoint: Endpoint;
}

/** Runs the body of a case in a place, with an open endpoint; both are closed afterwards. */
export async function inPlace(
  harness: ConformanceHarness,
  body: (session: CaseSession) => Promise<void>,
  need: PlaceNeed = { own: false },
): Promise<void> {
  await inSeededPlace(harness, async () => undefined, body, need);
}

/** The same with what is stored before the endpoint is opened: a store that shows one moment shows that one. */
export async function inSeededPlace<Seeded>(
  harness: ConformanceHarness,
  seed: (oracle: Oracle) => Promise<Seeded>,
  body: (session: CaseSession, seeded: Seeded) => Promise<void>,
  need: PlaceNeed = { own: false },
): Promise<void> {
  await using place = await harness.openPlace(need);
  const seeded = await seed(place.oracle);
  await using endpoint = await openEndpoint(harness, place.options);
  await body({ harness, place, oracle: place.oracle, endpoint }, seeded);
}

/** The endpoint of raw options, not yet open. */
export function configured(harness: ConformanceHarness, options: unknown): Promise<ConfiguredEndpoint> {
  return harness.connector.configure(options);
}

/** Opens an endpoint. */
export async function openEndpoint(
  harness: ConformanceHarness,
  options: unknown,
  given: CallOptions = call,
): Promise<Endpoint> {
  return (await configured(harness, options)).open(given);
}

/** Everything that an iterable gives. */
export async function collected<Item>(items: AsyncIterable<Item>): Promise<readonly Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** The partitions of an entity. */
export function partitionsOf(
  endpoint: Endpoint,
  { entity }: EntitySchema,
  targetCount: number,
): Promise<readonly Partition[]> {
  return collected(endpoint.source().planPartitions(entity, { ...call, targetCount }));
}

/** The partition that has the most records; a store may cut off others that have none, such as one for each kind of key. */
export async function fullestPartition(endpoint: Endpoint, schema: EntitySchema): Promise<Partition> {
  let fullest: Partition | undefined;
  let most = -1;
  for (const partition of await partitionsOf(endpoint, schema, 1)) {
    let count = 0;
    for await (const { records } of endpoint.source().readPartition(partition, readOptions())) count += records.length;
    if (count > most) [fullest, most] = [partition, count];
  }
  expectThat(fullest !== undefined, 'there is no partition');
  return fullest;
}

/** One batch, decoded, with its position as it would come out of a checkpoint. */
export interface DecodedBatch {
  readonly records: readonly DataRecord[];
  readonly position: Json;
}

/** How a partition is read. */
export interface Reading {
  readonly batchRecords?: number;
  readonly batchBytes?: number;
  readonly after?: Json;
}

/** The options of a reading. */
export function readOptions({ batchRecords = 1000, batchBytes = 1 << 20, after }: Reading = {}): ReadOptions {
  return { ...call, batchRecords, batchBytes, ...(after !== undefined && { after }) };
}

/** Reads a partition to its end and decodes it. */
export async function batchesOf(
  endpoint: Endpoint,
  schema: EntitySchema,
  partition: Partition,
  reading: Reading = {},
): Promise<readonly DecodedBatch[]> {
  const found = await endpoint.source().inferSchema(schema.entity, { ...call, sampleSize: 1000 });
  const decoder = endpoint.connector.codec.createDecoder(found);
  const batches: DecodedBatch[] = [];
  for await (const batch of endpoint.source().readPartition(partition, readOptions(reading))) {
    batches.push({
      records: batch.records.map((native) => decoder.decode(native)),
      position: JSON.parse(JSON.stringify(batch.position)) as Json,
    });
  }
  return batches;
}

/** Reads all of an entity, partition by partition. */
export async function readEntity(
  endpoint: Endpoint,
  schema: EntitySchema,
  targetCount = 1,
  reading: Reading = {},
): Promise<readonly DataRecord[]> {
  const records: DataRecord[] = [];
  for (const partition of await partitionsOf(endpoint, schema, targetCount)) {
    for (const batch of await batchesOf(endpoint, schema, partition, reading)) records.push(...batch.records);
  }
  return records;
}

/** What became of records that were to be written. */
export interface Written {
  readonly acknowledged: readonly DataRecord[];
  /** Refused alone: by the encoder, or by the store and reported by index. */
  readonly refused: readonly DataRecord[];
  readonly result: WriteResult;
}

/** Makes the entity where it is missing, encodes records and writes them as one batch. */
export async function write(
  endpoint: Endpoint,
  schema: EntitySchema,
  records: readonly DataRecord[],
  mode: WriteMode = 'replace',
): Promise<Written> {
  const target = endpoint.target();
  await target.prepareEntity(schema, call);
  const encoder = endpoint.connector.codec.createEncoder(schema);
  const refused: DataRecord[] = [];
  const encoded: DataRecord[] = [];
  const natives: unknown[] = [];
  for (const record of records) {
    try {
      natives.push(encoder.encode(record));
      encoded.push(record);
    } catch (thrown) {
      expectThat(
        isDatamigratoError(thrown) && thrown.category === 'record',
        `encoding the record ${keyText(record.key).slice(0, 100)} failed with something else than a record's error: ${String(thrown).slice(0, 200)}`,
      );
      refused.push(record);
    }
  }
  const result = await target.writeBatch(schema.entity, natives, { ...call, mode });
  const failed = new Set<number>();
  for (const { index } of result.failures) {
    expectThat(
      Number.isInteger(index) && index >= 0 && index < natives.length,
      `a failure names the index ${index} of a batch of ${natives.length} records`,
    );
    expectThat(!failed.has(index), `two failures name the index ${index}`);
    failed.add(index);
  }
  return {
    acknowledged: encoded.filter((_, index) => !failed.has(index)),
    refused: [...refused, ...encoded.filter((_, index) => failed.has(index))],
    result,
  };
}

/** Writes records of which none may be refused. */
export async function writeAll(
  endpoint: Endpoint,
  schema: EntitySchema,
  records: readonly DataRecord[],
  mode: WriteMode = 'replace',
): Promise<WriteResult> {
  const { refused, result } = await write(endpoint, schema, records, mode);
  const [failure] = result.failures;
  expectThat(
    refused.length === 0,
    `${refused.length} of ${records.length} ordinary records were refused${failure === undefined ? '' : `: ${failure.error.code} ${failure.error.message}`}`,
  );
  return result;
}

/** Opens an endpoint and looks at its store once: some connectors connect only then. */
export async function firstLook(harness: ConformanceHarness, options: unknown, given: CallOptions): Promise<void> {
  await using endpoint = await openEndpoint(harness, options, given);
  if (harness.connector.capabilities.source) await collected(endpoint.source().listEntities(given));
  else await endpoint.target().prepareEntity(plannedEntity(harness.connector.manifest), given);
}
