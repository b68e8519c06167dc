import {
  type Connector,
  compareValues,
  DatamigratoError,
  type DataRecord,
  defineConnector,
  type EntityName,
  type EntitySchema,
  type KindSupport,
  type Manifest,
  recordExists,
  type ValueKind,
  valueKinds,
  valueToText,
} from '../src/index.js';
import { createSchemaInference } from '../src/schema/infer.js';

/** A store in memory, with the faults that a test plants. */
export interface MemoryStore {
  readonly entities: Map<string, MemoryEntity>;
  /** Called before every batch write; may throw, or name records to refuse. */
  onWrite?: (
    entity: string,
    records: readonly DataRecord[],
  ) => readonly { readonly index: number; readonly error: DatamigratoError }[] | undefined | Promise<void>;
  /** Called before every batch read. */
  onRead?: (entity: string, offset: number) => void;
  /** Records that are acknowledged and not kept. */
  ignores?: (record: DataRecord) => boolean;
  writes: number;
}

interface MemoryEntity {
  schema: EntitySchema | undefined;
  readonly records: Map<string, DataRecord>;
}

export function createMemoryStore(entities: Readonly<Record<string, readonly DataRecord[]>> = {}): MemoryStore {
  return {
    entities: new Map(
      Object.entries(entities).map(([name, records]) => [
        name,
        { schema: undefined, records: new Map(records.map((record) => [valueToText(record.key), record])) },
      ]),
    ),
    writes: 0,
  };
}

const everyKindExact = Object.fromEntries(valueKinds.map((kind) => [kind, { fidelity: 'exact', as: kind }])) as Record<
  ValueKind,
  KindSupport
>;

export const documentManifest: Manifest = {
  shape: 'document',
  values: everyKindExact,
  keyKinds: valueKinds.filter((kind) => kind !== 'array'),
  keyField: '_id',
  compositeKeys: false,
  limits: {
    batchRecords: 100,
    batchBytes: 1 << 20,
    recordBytes: null,
    fieldBytes: null,
    keyBytes: null,
    depth: null,
    concurrentWrites: 4,
  },
  names: { fieldBytes: null, entityBytes: null, entityPattern: null, emptyField: true },
  writeModes: ['replace', 'create', 'skip'],
  readConsistency: 'snapshot',
  idempotentWrites: true,
  keepsFieldOrder: true,
};

const asText = (...kinds: ValueKind[]): Partial<Record<ValueKind, KindSupport>> =>
  Object.fromEntries(kinds.map((kind) => [kind, { fidelity: 'widened', as: 'string' }]));
const unsupported = (...kinds: ValueKind[]): Partial<Record<ValueKind, KindSupport>> =>
  Object.fromEntries(kinds.map((kind) => [kind, { fidelity: 'unsupported', as: 'string' }]));

export const tableManifest: Manifest = {
  ...documentManifest,
  shape: 'table',
  values: {
    ...everyKindExact,
    ...asText('objectId', 'localDate'),
    ...unsupported(
      'regularExpression',
      'code',
      'symbol',
      'pointer',
      'minKey',
      'maxKey',
      'undefined',
      'logicalTimestamp',
    ),
  },
  keyKinds: ['string', 'int32', 'int64', 'uuid'],
  keyField: 'id',
  compositeKeys: true,
  keepsFieldOrder: false,
  names: { fieldBytes: null, entityBytes: 48, entityPattern: '^[A-Za-z0-9_]+$', emptyField: false },
  table: {
    columnKinds: [
      'boolean',
      'int8',
      'int16',
      'int32',
      'int64',
      'varint',
      'float32',
      'double',
      'decimal',
      'string',
      'binary',
      'instant',
      'uuid',
      'array',
      'set',
      'map',
    ],
    overflowField: 'dm_rest',
  },
};

/** A document store that lacks kinds, as some do: identifiers and dates become strings, sets arrays. */
export const plainDocumentManifest: Manifest = {
  ...documentManifest,
  values: {
    ...everyKindExact,
    ...asText('objectId', 'uuid', 'timeuuid', 'localDate', 'decimal'),
    set: { fidelity: 'widened', as: 'array' },
    map: { fidelity: 'widened', as: 'document' },
    int8: { fidelity: 'widened', as: 'int32' },
    ...unsupported('regularExpression', 'code'),
  },
};

/** A connector for memory stores with the manifest of the store to be played. */
export function memoryConnector(id: string, manifest: Manifest): Connector {
  return defineConnector<{ readonly store: MemoryStore }, MemoryStore, DataRecord>({
    specVersion: 1,
    id,
    version: '1.0.0',
    schemes: [id],
    manifest,
    options: {
      '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value: value as { store: MemoryStore } }) },
    },
    parseUrl: () => ({ options: {} }),
    describe: () => ({ id: `${id}:test`, notices: [] }),
    open: async (options) => options.store,
    close: async () => {},
    codec: {
      createDecoder: () => ({
        decode(native) {
          const poison = Object.hasOwn(native.fields, 'poison');
          if (poison)
            throw new DatamigratoError({ code: 'DM_TEST_POISON', category: 'record', message: 'a poisoned record' });
          return native;
        },
        identify: (native) => valueToText(native.key),
      }),
      createEncoder: () => ({ encode: (record) => record, sizeOf: (native) => valueToText(native.fields).length }),
    },
    source: (store) => ({
      async *listEntities() {
        for (const name of store.entities.keys()) yield { entity: name as EntityName };
      },
      async inferSchema(entity, call) {
        const found = required(store, entity);
        if (found.schema !== undefined) return { ...found.schema, origin: 'declared' };
        const inference = createSchemaInference({
          entity,
          key: [{ name: manifest.keyField ?? 'key', role: 'partition' }],
        });
        let seen = 0;
        for (const record of found.records.values()) {
          if (seen >= call.sampleSize) break;
          inference.observe(record, valueToText(record.fields).length);
          seen += 1;
        }
        return inference.finish({ complete: seen === found.records.size });
      },
      async *planPartitions(entity, call) {
        const { size } = required(store, entity).records;
        const step = Math.max(1, Math.ceil(size / call.targetCount));
        for (let start = 0; start < size; start += step)
          yield {
            entity,
            id: `${start}-${Math.min(size, start + step)}`,
            range: [start, Math.min(size, start + step)],
          };
      },
      async *readPartition(partition, options) {
        const [start, end] = partition.range as [number, number];
        const sorted = [...required(store, partition.entity).records.values()].sort((left, right) =>
          compareValues(left.key, right.key),
        );
        let offset = options.after === undefined ? start : (options.after as number);
        while (offset < end) {
          options.signal.throwIfAborted();
          store.onRead?.(partition.entity, offset);
          const records = sorted.slice(offset, Math.min(end, offset + options.batchRecords));
          offset += records.length;
          yield { records, position: offset, bytes: records.length * 100 };
        }
      },
    }),
    target: (store) => ({
      async planEntity(schema) {
        const found = store.entities.get(schema.entity);
        return {
          exists: found !== undefined,
          statements: found === undefined ? [`CREATE ${schema.entity}`] : [],
          conflicts: [],
          fingerprint: found === undefined ? 'absent' : JSON.stringify(found.schema ?? null),
        };
      },
      async prepareEntity(schema) {
        if (!store.entities.has(schema.entity))
          store.entities.set(schema.entity, {
            schema: manifest.shape === 'table' ? schema : undefined,
            records: new Map(),
          });
      },
      async writeBatch(entity, records, options) {
        store.writes += 1;
        const failures = (await store.onWrite?.(entity, records)) ?? [];
        const refused = new Set(failures.map((failure) => failure.index));
        const found = required(store, entity);
        const more = [...failures];
        for (const [index, record] of records.entries()) {
          if (refused.has(index) || store.ignores?.(record)) continue;
          const key = valueToText(record.key);
          const there = found.records.has(key);
          if (there && options.mode === 'create') more.push({ index, error: recordExists() });
          else if (!there || options.mode === 'replace') found.records.set(key, record);
        }
        return { failures: more, unchanged: 0 };
      },
    }),
    admin: (store) => ({
      countRecords: async (entity) => ({ value: required(store, entity).records.size, exact: true }),
      async deleteRecords(schema, keys) {
        const found = required(store, schema.entity);
        if (keys === 'all') found.records.clear();
        else for (const key of keys) found.records.delete(valueToText(key));
        return { failures: [], unchanged: 0 };
      },
      async dropEntity(entity) {
        store.entities.delete(entity);
      },
      async dropDatabase() {
        store.entities.clear();
      },
    }),
  });
}

function required(store: MemoryStore, entity: string): MemoryEntity {
  const found = store.entities.get(entity);
  if (found !== undefined) return found;
  throw new DatamigratoError({ code: 'DM_ENTITY_MISSING', category: 'endpoint', message: `there is no ${entity}` });
}
