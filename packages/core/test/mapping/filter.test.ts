import { describe, expect, it } from 'vitest';
import {
  checkLimits,
  conditionsHold,
  type DataRecord,
  DecimalValue,
  double,
  entityName,
  type FieldCondition,
  instant,
  type Manifest,
  type SourceCondition,
  type Value,
  verifyMigration,
} from '../../src/index.js';
import { createMemoryStore, documentManifest, memoryConnector, tableManifest } from '../memory-connector.js';
import { call, migrate, openStore } from '../migrate.js';
import { createVirtualRuntime } from '../virtual-runtime.js';

const documents = memoryConnector('documents', documentManifest);

const values: readonly Value[] = [
  4,
  5,
  5n,
  double(5),
  5.5,
  new DecimalValue('5.00'),
  Number.NaN,
  'é',
  'z',
  '𝒳',
  '～',
  null,
  true,
  instant(5),
  [5],
  { inner: 5 },
];

/** Records by the index of their value; the last one has none. */
const records: readonly DataRecord[] = [
  ...values.map((value, index) => ({ key: [index], fields: { value, number: index } })),
  { key: [values.length], fields: { number: values.length } },
];

async function moved(filter: readonly FieldCondition[], manifest: Manifest = documentManifest) {
  const origin = createMemoryStore({ things: records });
  const store = createMemoryStore();
  const source = await openStore(documents, origin);
  const target = await openStore(memoryConnector('target', manifest), store);
  const outcome = await migrate(source, target, { mapping: { filter } });
  const found = [...(store.entities.get('things')?.records.values() ?? [])];
  return {
    ...outcome,
    source,
    target,
    store,
    origin,
    keys: found.map(({ key }) => Number(key[0])).sort((a, b) => a - b),
  };
}

describe('a filter moves the records for which it holds', () => {
  it.each<[FieldCondition, readonly number[]]>([
    [{ field: 'value', is: '=', value: 5 }, [1, 2, 3, 5]],
    [{ field: 'value', is: '=', value: Number.NaN }, [6]],
    [{ field: 'value', is: '=', value: [5] }, [14]],
    [{ field: 'value', is: '=', value: null }, [11]],
    [{ field: 'value', is: '>', value: 5 }, [4]],
    [{ field: 'value', is: '>=', value: 5n }, [1, 2, 3, 4, 5]],
    [{ field: 'value', is: '<', value: 5.5 }, [0, 1, 2, 3, 5]],
    // By code point: the surrogates of 𝒳 would come before ～ as units of UTF-16.
    [{ field: 'value', is: '>', value: '～' }, [9]],
    [{ field: 'value', is: '<=', value: 'é' }, [7, 8]],
    [{ field: 'value', is: '<=', value: instant(5) }, [13]],
    [{ field: 'value', is: 'in', values: ['z', 4, true] }, [0, 8, 12]],
    [{ field: 'value.inner', is: '=', value: 5 }, [15]],
    [{ field: ['value', 'inner'], is: 'exists' }, [15]],
    [{ field: 'value', is: 'missing' }, [16]],
    [{ field: '_id', is: '<', value: 2 }, [0, 1]],
  ])('%o', async (condition, expected) => {
    const { keys, report } = await moved([condition]);
    expect(keys).toEqual(expected);
    expect(report.ledger).toMatchObject({
      read: 17,
      written: expected.length,
      filtered: 17 - expected.length,
      dead: 0,
    });
  });

  it('`!=` is the opposite of `=`, missing values included', async () => {
    const { keys } = await moved([{ field: 'value', is: '!=', value: 5 }]);
    expect(keys).toEqual([0, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);
  });

  it('all conditions have to hold, into a table as well, whatever becomes of the fields', async () => {
    const filter: readonly FieldCondition[] = [
      { field: 'number', is: '>=', value: 3 },
      { field: 'number', is: '<', value: 6 },
    ];
    expect((await moved(filter, tableManifest)).keys).toEqual([3, 4, 5]);
  });

  it('both sides verify as equal, and a record that the filter leaves out is one too many', async () => {
    const pair = await moved([{ field: 'number', is: '<', value: 6 }]);
    const verify = () =>
      verifyMigration({
        plan: pair.plan,
        source: pair.source,
        target: pair.target,
        runtime: createVirtualRuntime(1),
        signal: new AbortController().signal,
        digestKey: new Uint8Array(32),
      });
    expect((await verify()).verdict).toBe('equal');
    pair.store.entities.get('things')?.records.set('[7]', records[7] as DataRecord);
    expect((await verify()).verdict).toBe('different');
  });

  it('a record that it leaves out is beyond no limit', async () => {
    const store = createMemoryStore({
      things: [
        { key: [1], fields: { list: [[[1]]] } },
        { key: [2], fields: {} },
      ],
    });
    const shallow = memoryConnector('shallow', {
      ...documentManifest,
      limits: { ...documentManifest.limits, depth: 2 },
    });
    const source = await openStore(documents, store);
    const target = await openStore(shallow, createMemoryStore());
    const { plan } = await migrate(source, target, { mapping: { filter: [{ field: 'list', is: 'missing' }] } });
    const report = await checkLimits({
      plan,
      source,
      target,
      runtime: createVirtualRuntime(1),
      signal: call.signal,
      listener: () => undefined,
    });
    expect(report).toMatchObject({ checked: 2, beyond: 0 });
  });

  it('what is no condition is refused, and so is a field that no record has', async () => {
    await expect(moved([{ field: 'nowhere', is: 'exists' }])).rejects.toMatchObject({ code: 'DM_FIELD_UNKNOWN' });
    for (const condition of [
      { field: '', is: '=', value: 1 },
      { field: 'value', is: 'like', value: 'x' },
      { field: 'value', is: '=' },
      { field: 'value', is: 'exists', value: 1 },
    ])
      await expect(moved([condition as FieldCondition])).rejects.toMatchObject({ code: 'DM_FILTER_INVALID' });
  });
});

describe('a source that can filter', () => {
  /** A connector that ignores what it is given, and notes it. */
  function watching(manifest: Manifest) {
    const planned: (readonly SourceCondition[] | undefined)[] = [];
    const read: (readonly SourceCondition[] | undefined)[] = [];
    const careless = memoryConnector('careless', manifest);
    const connector = {
      ...careless,
      configure: async (raw: unknown) => {
        const configured = await careless.configure(raw);
        return {
          ...configured,
          open: async (options: Parameters<typeof configured.open>[0]) => {
            const endpoint = await configured.open(options);
            const source: typeof endpoint.source = () => {
              const own = endpoint.source();
              return {
                ...own,
                planPartitions: (entity, planning) => {
                  planned.push(planning.filter);
                  return own.planPartitions(entity, planning);
                },
                readPartition: (partition, reading) => {
                  read.push(reading.filter);
                  return own.readPartition(partition, reading);
                },
              };
            };
            return { ...endpoint, connector, source };
          },
        };
      },
    } as typeof careless;
    return { connector, planned, read };
  }

  const filter: readonly FieldCondition[] = [
    { field: 'number', is: '>', value: 3 },
    { field: '_id', is: '=', value: 5 },
    { field: 'value', is: 'exists' },
  ];
  const onNumber = { path: ['number'], inKey: false, operator: '>', values: [3] } as const;
  const onKey = { path: ['_id'], inKey: true, operator: '=', values: [5] } as const;

  it.each<[string, Manifest, readonly SourceCondition[] | undefined, string]>([
    [
      'the conditions that it knows',
      documentManifest,
      [onNumber, onKey],
      'of which the source applies "number" >, "_id" =',
    ],
    [
      'of these those that it selects',
      { ...documentManifest, selects: (_, conditions) => conditions.filter(({ inKey }) => inKey) },
      [onKey],
      'of which the source applies "_id" =',
    ],
    [
      'nothing where it selects none',
      { ...documentManifest, selects: () => [] },
      undefined,
      'none of which the source can apply',
    ],
  ])('is given %s, and may hand out more: core looks at each record itself', async (_, manifest, expected, notice) => {
    const { connector, planned, read } = watching({ ...manifest, filters: ['=', '>'] });
    const source = await openStore(connector, createMemoryStore({ things: records }));
    const target = await openStore(documents, createMemoryStore());
    const { plan, report } = await migrate(source, target, { mapping: { filter } });
    expect(report.ledger).toMatchObject({ read: 17, written: 1, filtered: 16 });
    expect(plan.entities[0]?.notices).toContain(
      `records are filtered by 3 conditions, ${notice}; the estimate counts all records`,
    );
    const ofRun = <Seen>(seen: readonly Seen[]): readonly Seen[] => seen.slice(-1);
    expect(ofRun(planned)).toEqual([expected]);
    expect(ofRun(read)).toEqual([expected]);
  });

  it('can be held against what core decides', () => {
    const schema = {
      entity: entityName('things'),
      key: [{ name: '_id', role: 'partition' }],
      fields: [],
      origin: 'declared',
    } as const;
    const kept = (...conditions: readonly SourceCondition[]) =>
      records.filter(conditionsHold(conditions, schema)).map(({ key }) => key[0]);
    expect(kept()).toHaveLength(17);
    expect(kept(onNumber, onKey)).toEqual([5]);
    expect(kept({ path: ['value', 'inner'], inKey: false, operator: 'in', values: [4, 5n] })).toEqual([15]);
  });
});
