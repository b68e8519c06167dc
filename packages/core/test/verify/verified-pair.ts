import { type DataRecord, double, type Endpoint, instant, type MigrationPlan, type Value } from '../../src/index.js';
import { createMemoryStore, documentManifest, type MemoryStore, memoryConnector } from '../memory-connector.js';
import { migrate, openStore } from '../migrate.js';
import { createVirtualRuntime } from '../virtual-runtime.js';

/** Two memory stores after a migration of `things` from one to the other. */
export interface Pair {
  readonly plan: MigrationPlan;
  readonly source: Endpoint;
  readonly target: Endpoint;
  readonly origin: MemoryStore;
  readonly middle: MemoryStore;
}

export const documents = memoryConnector('documents', documentManifest);

/** Records with a field of many a kind. */
export const numbered = (count: number): readonly DataRecord[] =>
  Array.from({ length: count }, (_, index) => ({
    key: [index],
    fields: {
      name: `n${index}`,
      half: index + 0.5,
      whole: index,
      big: BigInt(index) ** 7n,
      list: ['a', `b${index}`],
      when: instant(index),
      zero: double(0),
    },
  }));

export async function migrated(records: readonly DataRecord[], connector = documents): Promise<Pair> {
  const origin = createMemoryStore({ things: records });
  const middle = createMemoryStore();
  const source = await openStore(documents, origin);
  const target = await openStore(connector, middle);
  const { plan } = await migrate(source, target);
  return { plan, source, target, origin, middle };
}

/** What every comparison in a test needs. */
export const common = {
  runtime: createVirtualRuntime(1),
  signal: new AbortController().signal,
  digestKey: new Uint8Array(32),
};

/** The records of `things`, to be changed behind the back of everybody. */
export function recordsOf(store: MemoryStore): Map<string, DataRecord> {
  const found = store.entities.get('things');
  if (found === undefined) throw new Error('there are no things');
  return found.records;
}

type Fields = Readonly<Record<string, Value>>;

/** Changes of one field's value, of the sort that careless comparisons miss. */
export const mutations: readonly ((fields: Fields) => Record<string, Value>)[] = [
  (fields) => ({ ...fields, name: `${JSON.stringify(fields['name'])} ` }),
  (fields) => ({ ...fields, whole: double(Number(fields['whole'])) }),
  (fields) => ({ ...fields, whole: BigInt(Number(fields['whole'])) }),
  (fields) => ({ ...fields, zero: double(-0) }),
  (fields) => ({ ...fields, zero: double(Number.NaN) }),
  (fields) => ({ ...fields, list: [...(fields['list'] as Value[])].reverse() }),
  (fields) => ({ ...fields, name: null }),
  (fields) => Object.fromEntries(Object.entries(fields).filter(([name]) => name !== 'name')),
  (fields) => ({ ...fields, added: 1 }),
  (fields) => ({ ...fields, when: instant(-1) }),
  (fields) => Object.fromEntries(Object.entries(fields).reverse()),
];
