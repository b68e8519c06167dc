import { setMaxListeners } from 'node:events';
import type { CallOptions, WriteMode } from '../connector/call-options.js';
import type { Endpoint } from '../connector/define-connector.js';
import type { WriteResult } from '../connector/target.js';
import { DatamigratoError, isDatamigratoError } from '../error/datamigrato-error.js';
import { withDeadline } from '../flow/deadline.js';
import type { Runtime } from '../flow/runtime.js';
import { compileMapping } from '../mapping/compile-mapping.js';
import { type PlannedMapping, planMapping } from '../mapping/plan-mapping.js';
import { encodeRecords } from '../pipeline/encode-records.js';
import { mapRecords } from '../pipeline/map-records.js';
import type { Rejection } from '../pipeline/rejection.js';
import { sizeBatches } from '../pipeline/size-batches.js';
import type { DataRecord, RecordKey } from '../record/data-record.js';
import { type EntityName, type EntitySchema, entityName } from '../schema/entity-schema.js';
import { createSchemaInference } from '../schema/infer.js';

/**
 * Reading and changing the records of any store, made once from what every connector already has.
 *
 * @example
 * ```ts
 * const store = createRecordStore(endpoint, runtime);
 * await store.createRecords('users', [{ key: [1], fields: { name: 'Ada' } }]);
 * for await (const record of store.readRecords('users')) console.log(record.key);
 * await store.deleteRecords('users', [[1]]);
 * ```
 */
export interface RecordStore {
  /** Writes records in batches. Makes the entity where it is missing. Resolves to how many were written, and what was refused by index. */
  createRecords(
    entity: string,
    records: Iterable<DataRecord>,
    options?: RecordCallOptions & { readonly mode?: WriteMode },
  ): Promise<CreatedRecords>;
  /** Every record, one after the other, in the store's own order. Leaving the loop frees what the reading holds. */
  readRecords(entity: string, options?: RecordCallOptions): AsyncIterable<DataRecord>;
  /** Deletes the records with these keys, or all records. */
  deleteRecords(entity: string, keys: readonly RecordKey[] | 'all', options?: RecordCallOptions): Promise<WriteResult>;
  /** Removes an entity with its records. */
  dropEntity(entity: string, options?: RecordCallOptions): Promise<void>;
  /** Removes the whole database that the endpoint's options name. */
  dropDatabase(options?: RecordCallOptions): Promise<void>;
}

/** Options of every call. */
export interface RecordCallOptions {
  readonly signal?: AbortSignal;
  /** Milliseconds for one request to the store. Default: 30,000. */
  readonly deadline?: number;
}

/** What became of records to be created. */
export interface CreatedRecords {
  readonly written: number;
  readonly unchanged: number;
  /** Records that were refused, by their place in the order in which they came. */
  readonly failures: readonly { readonly index: number; readonly error: DatamigratoError }[];
}

/** The record store of an open endpoint. */
export function createRecordStore(endpoint: Endpoint, runtime: Runtime): RecordStore {
  const callOptions = (options?: RecordCallOptions): CallOptions => {
    const signal = AbortSignal.any(options?.signal === undefined ? [] : [options.signal]);
    // A call may be many requests at once, each of which listens; Node takes more than ten for a leak.
    setMaxListeners(0, signal);
    return { signal, deadline: options?.deadline ?? 30_000 };
  };
  const admin = () => {
    const found = endpoint.admin();
    if (found !== undefined) return found;
    throw new DatamigratoError({
      code: 'DM_ROLE_MISSING',
      category: 'usage',
      message: `The connector ${endpoint.connector.id} cannot delete or drop anything`,
      nextStep: 'use the store’s own tools',
    });
  };

  return {
    async createRecords(entity, records, options) {
      const call = callOptions(options);
      const name = entityName(entity);
      const list = [...records];
      const planned = await planRecords(endpoint, name, list, call);
      const target = endpoint.target();
      await target.prepareEntity(planned.targetSchema, call);
      const { manifest, codec } = endpoint.connector;
      const rejected: Rejection[] = [];
      const mapped = mapRecords(
        list,
        { restorer: undefined, filter: undefined, mapper: compileMapping(planned.mapping, manifest) },
        rejected,
      );
      const encoded = encodeRecords(mapped, codec.createEncoder(planned.targetSchema), rejected);
      const places = new Map(list.map((record, index) => [record, index]));
      const placeOf = (record: DataRecord | undefined): number =>
        record === undefined ? -1 : (places.get(record) ?? -1);
      const failures = rejected.map(({ record, error }) => ({ index: placeOf(record), error }));
      let written = 0;
      let unchanged = 0;
      for (const range of sizeBatches(encoded.sizes, manifest.limits)) {
        const natives = encoded.natives.slice(range.start, range.end);
        const result = await withDeadline(
          (signal) =>
            target.writeBatch(planned.targetSchema.entity, natives, {
              ...call,
              signal,
              mode: options?.mode ?? 'create',
            }),
          {
            runtime,
            deadline: call.deadline,
            signal: call.signal,
            what: `the answer of ${endpoint.description.id} to a write`,
          },
        );
        for (const failure of result.failures)
          failures.push({ index: placeOf(encoded.sources[range.start + failure.index]), error: failure.error });
        written += natives.length - result.failures.length - result.unchanged;
        unchanged += result.unchanged;
      }
      return { written, unchanged, failures: failures.sort((left, right) => left.index - right.index) };
    },
    async *readRecords(entity, options) {
      const call = callOptions(options);
      const name = entityName(entity);
      const source = endpoint.source();
      const schema = await source.inferSchema(name, { ...call, sampleSize: 100 });
      const decoder = endpoint.connector.codec.createDecoder(schema);
      for await (const partition of source.planPartitions(name, { ...call, targetCount: 1 })) {
        for await (const batch of source.readPartition(partition, {
          ...call,
          batchRecords: 1000,
          batchBytes: 1024 * 1024,
        })) {
          for (const native of batch.records) yield decoder.decode(native);
        }
      }
    },
    async deleteRecords(entity, keys, options) {
      const call = callOptions(options);
      const schema = await endpoint.source().inferSchema(entityName(entity), { ...call, sampleSize: 100 });
      return admin().deleteRecords(schema, keys, call);
    },
    dropEntity: async (entity, options) => admin().dropEntity(entityName(entity), callOptions(options)),
    dropDatabase: async (options) => admin().dropDatabase(callOptions(options)),
  };
}

/** How given records become what the entity takes: by its declared columns where it has some, else by what the records look like. */
async function planRecords(
  endpoint: Endpoint,
  entity: EntityName,
  records: readonly DataRecord[],
  call: CallOptions,
): Promise<PlannedMapping> {
  const { manifest } = endpoint.connector;
  const existing = await existingSchema(endpoint, entity, call);
  const width = records[0]?.key.length ?? existing?.key.length ?? 1;
  const key =
    existing?.key ??
    Array.from({ length: width }, (_, index) => ({
      name: width === 1 ? (manifest.keyField ?? 'id') : `key_${index + 1}`,
      role: index === 0 ? ('partition' as const) : ('clustering' as const),
    }));
  const inference = createSchemaInference({ entity, key: key.map(({ name, role }) => ({ name, role })) });
  for (const record of records) inference.observe(record, 0);
  return planMapping({
    schema: inference.finish({ complete: true }),
    source: manifest,
    target: manifest,
    entity,
    options: {},
    sameStore: true,
    ...(existing !== undefined && manifest.shape === 'table' && { existing }),
  });
}

async function existingSchema(
  endpoint: Endpoint,
  entity: EntityName,
  call: CallOptions,
): Promise<EntitySchema | undefined> {
  try {
    return await endpoint.source().inferSchema(entity, { ...call, sampleSize: 100 });
  } catch (error) {
    if (isDatamigratoError(error) && error.code === 'DM_ENTITY_MISSING') return undefined;
    throw error;
  }
}
