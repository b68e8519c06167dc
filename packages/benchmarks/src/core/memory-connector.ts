import {
  type Connector,
  DatamigratoError,
  defineConnector,
  type EntityName,
  type KindSupport,
  type Manifest,
  type ValueKind,
  valueKinds,
} from '@datamigrato/core';
import { bytesOfRow, createMemoryDecoder, createMemoryEncoder, type MemoryRow, memorySchema } from './memory-rows.js';

const everyKindExact = Object.fromEntries(valueKinds.map((kind) => [kind, { fidelity: 'exact', as: kind }])) as Record<
  ValueKind,
  KindSupport
>;

const manifest: Manifest = {
  shape: 'document',
  values: everyKindExact,
  keyKinds: valueKinds.filter((kind) => kind !== 'array'),
  keyField: '_id',
  compositeKeys: false,
  limits: {
    batchRecords: 1000,
    batchBytes: 1024 * 1024,
    recordBytes: null,
    fieldBytes: null,
    keyBytes: null,
    depth: null,
    concurrentWrites: 4,
  },
  names: { fieldBytes: null, entityBytes: null, entityPattern: null, emptyField: true },
  writeModes: ['replace'],
  readConsistency: 'snapshot',
  idempotentWrites: true,
  keepsFieldOrder: true,
};

/** What a memory store holds: rows to be read, or the number of those that were written and dropped. */
export interface MemoryStore {
  readonly rows: readonly MemoryRow[];
  written: number;
}

/** A connector that costs nothing itself: reading hands out slices of an array, writing counts. What is left is core. */
export function memoryConnector(id: string): Connector {
  return defineConnector<MemoryStore, MemoryStore, MemoryRow>({
    specVersion: 1,
    id,
    version: '1.0.0',
    schemes: [id],
    manifest: id === 'rows' ? { ...manifest, keyField: 'id', keepsFieldOrder: false } : manifest,
    options: {
      '~standard': { version: 1, vendor: 'benchmarks', validate: (value) => ({ value: value as MemoryStore }) },
    },
    codec: { createDecoder: createMemoryDecoder, createEncoder: createMemoryEncoder },
    parseUrl: () => ({ options: {} }),
    describe: () => ({ id: `${id}:memory`, notices: [] }),
    open: async (store) => store,
    close: async () => {},
    source: (store) => ({
      async *listEntities() {
        yield { entity: 'records' as EntityName };
      },
      async inferSchema(entity) {
        if (entity !== 'records') throw missing(entity);
        return memorySchema(entity);
      },
      async *planPartitions(entity, { targetCount }) {
        const step = Math.ceil(store.rows.length / targetCount);
        for (let start = 0; start < store.rows.length; start += step) {
          yield { entity, id: String(start), range: [start, Math.min(store.rows.length, start + step)] };
        }
      },
      async *readPartition({ range }, { batchRecords, after }) {
        const [first, end] = range as readonly [number, number];
        for (let start = after === undefined ? first : Number(after); start < end; ) {
          const records = store.rows.slice(start, Math.min(end, start + batchRecords));
          start += records.length;
          yield { records, position: start, bytes: records.length * bytesOfRow };
        }
      },
    }),
    target: (store) => ({
      planEntity: async () => ({ exists: false, statements: [], conflicts: [], fingerprint: 'absent' }),
      prepareEntity: async () => {},
      async writeBatch(_entity, records) {
        store.written += records.length;
        return { failures: [], unchanged: 0 };
      },
    }),
    admin: (store) => ({
      countRecords: async () => ({ value: store.rows.length, exact: true }),
      deleteRecords: async () => ({ failures: [], unchanged: 0 }),
      dropEntity: async () => {},
      dropDatabase: async () => {},
    }),
  });
}

function missing(entity: string): DatamigratoError {
  return new DatamigratoError({ code: 'DM_ENTITY_MISSING', category: 'endpoint', message: `there is no ${entity}` });
}
