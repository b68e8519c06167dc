import {
  type Connector,
  createSchemaInference,
  type DataRecord,
  defineConnector,
  type EntityName,
  entityName,
} from '../../src/index.js';
import { documentManifest } from '../memory-connector.js';

/** A store whose records are made when they are read, so that there may be millions of them and memory tells of the comparison alone. */
export interface GeneratedStore {
  /** How many records there are, from 0 up. */
  readonly count: number;
  readonly recordOf: (index: number) => DataRecord;
  /** Records in the place of others; null where there is none. */
  readonly changed: Map<number, DataRecord | null>;
  /** Records beyond the last. */
  readonly more: DataRecord[];
  /** Called before each batch; may throw. */
  onRead?: (partition: string, offset: number) => void;
  /** Records handed out so far. */
  handedOut: number;
}

/** The one entity of a generated store. */
export const entity: EntityName = entityName('things');

export function generatedStore(count: number, recordOf: (index: number) => DataRecord): GeneratedStore {
  return { count, recordOf, changed: new Map(), more: [], handedOut: 0 };
}

/** Reads generated stores; a target keeps nothing. */
export const generated: Connector = defineConnector<{ readonly store: GeneratedStore }, GeneratedStore, DataRecord>({
  specVersion: 1,
  id: 'generated',
  version: '1.0.0',
  schemes: ['generated'],
  manifest: documentManifest,
  options: {
    '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value: value as { store: GeneratedStore } }) },
  },
  parseUrl: () => ({ options: {} }),
  describe: () => ({ id: 'generated:test', notices: [] }),
  open: async ({ store }) => store,
  close: async () => {},
  codec: {
    createDecoder: () => ({ decode: (native) => native, identify: (native) => JSON.stringify(native.key) }),
    createEncoder: () => ({ encode: (record) => record, sizeOf: () => 100 }),
  },
  source: (store) => ({
    async *listEntities() {
      yield { entity };
    },
    async inferSchema(_, call) {
      const inference = createSchemaInference({ entity, key: [{ name: '_id', role: 'partition' }] });
      const seen = Math.min(call.sampleSize, store.count);
      for (let index = 0; index < seen; index += 1) inference.observe(store.recordOf(index), 100);
      return inference.finish({ complete: false });
    },
    async *planPartitions(_, call) {
      const total = store.count + store.more.length;
      const step = Math.max(1, Math.ceil(total / call.targetCount));
      for (let start = 0; start < total; start += step)
        yield { entity, id: `${start}`, range: [start, Math.min(total, start + step)] };
    },
    async *readPartition(partition, options) {
      const [start, end] = partition.range as [number, number];
      for (let offset = (options.after as number | undefined) ?? start; offset < end; ) {
        options.signal.throwIfAborted();
        store.onRead?.(partition.id, offset);
        const records: DataRecord[] = [];
        const until = Math.min(end, offset + options.batchRecords);
        for (; offset < until; offset += 1) {
          const record = recordAt(store, offset);
          if (record !== null) records.push(record);
        }
        store.handedOut += records.length;
        yield { records, position: offset, bytes: records.length * 100 };
      }
    },
  }),
  target: () => ({
    planEntity: async () => ({ exists: true, statements: [], conflicts: [], fingerprint: 'there' }),
    prepareEntity: async () => {},
    writeBatch: async () => ({ failures: [], unchanged: 0 }),
  }),
  admin: (store) => ({
    async countRecords() {
      let gone = 0;
      for (const record of store.changed.values()) if (record === null) gone += 1;
      return { value: store.count + store.more.length - gone, exact: true };
    },
    deleteRecords: async () => ({ failures: [], unchanged: 0 }),
    dropEntity: async () => {},
    dropDatabase: async () => {},
  }),
});

function recordAt(store: GeneratedStore, index: number): DataRecord | null {
  if (index >= store.count) return store.more[index - store.count] ?? null;
  const changed = store.changed.get(index);
  return changed === undefined ? store.recordOf(index) : changed;
}
