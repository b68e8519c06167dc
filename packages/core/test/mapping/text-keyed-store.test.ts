import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type DataRecord,
  DoubleValue,
  documentFrom,
  double,
  GeoPointValue,
  lockOf,
  type Manifest,
  type MappingOptions,
  ObjectIdValue,
  type Value,
  VectorValue,
  valuesEqual,
  valueToText,
} from '../../src/index.js';
import { arbitraryValue } from '../arbitrary-value.js';
import { createMemoryStore, documentManifest, memoryConnector, plainDocumentManifest } from '../memory-connector.js';
import { migrate, openStore } from '../migrate.js';

/** A store whose keys are text, whose only numbers are doubles that read as integers where they are such, and which has no 64-bit integers. */
const treeManifest: Manifest = {
  ...plainDocumentManifest,
  values: {
    ...plainDocumentManifest.values,
    null: { fidelity: 'unsupported', as: 'null' },
    int64: { fidelity: 'widened', as: 'double' },
    float32: { fidelity: 'widened', as: 'double' },
    double: {
      fidelity: 'exact',
      as: 'double',
      holds: (value) => !(value instanceof DoubleValue) || Number.isFinite(value.value),
      readAs: {
        kind: 'int32',
        of: (value) => value instanceof DoubleValue && Number.isFinite(value.value) && !Object.is(value.value, -0),
      },
    },
    vector: { fidelity: 'widened', as: 'array' },
    geoPoint: { fidelity: 'widened', as: 'document' },
  },
  keyKinds: ['string'],
  keyField: null,
  compositeKeys: true,
  keyText: { forbidden: '[./]', reserved: '^\\d+$' },
  limits: { ...plainDocumentManifest.limits, keyBytes: 100 },
  names: { ...plainDocumentManifest.names, entityForKey: (entity, parts) => entity + '/*'.repeat(parts - 1) },
};

const documents = memoryConnector('documents', documentManifest);
const trees = memoryConnector('trees', treeManifest);

async function thereAndBack(records: readonly DataRecord[], mapping: MappingOptions = {}) {
  const origin = await openStore(documents, createMemoryStore({ things: records }));
  const middle = createMemoryStore();
  const target = await openStore(trees, middle);
  const there = await migrate(origin, target, { mapping });
  const back = createMemoryStore();
  const returned = await migrate(target, await openStore(documents, back), { lock: lockOf(there.plan) });
  expect([...there.letters, ...returned.letters]).toEqual([]);
  const [entity = ''] = middle.entities.keys();
  return {
    there,
    entity,
    held: [...(middle.entities.get(entity)?.records.values() ?? [])],
    restored: back.entities.get('things')?.records ?? new Map<string, DataRecord>(),
  };
}

function expectSame(restored: ReadonlyMap<string, DataRecord>, records: readonly DataRecord[]): void {
  expect(restored.size).toBe(records.length);
  for (const record of records) {
    const found = restored.get(valueToText(record.key));
    if (found && valuesEqual(found.fields, record.fields)) continue;
    throw new Error(`${valueToText(record.fields)} came back as ${found && valueToText(found.fields)}`);
  }
}

const keys: readonly Value[] = [
  1,
  '1',
  1n,
  double(1),
  'a/b',
  'a%2Fb',
  '',
  'i~1',
  'x'.repeat(101),
  new ObjectIdValue(new Uint8Array(12).fill(170)),
];

describe('a store whose keys are text', () => {
  it('takes keys of every kind, apart, in a text that it allows, and gives them back', async () => {
    const records = keys.map((key, index) => ({ key: [key], fields: { index } }));
    const { restored, held } = await thereAndBack(records);
    expectSame(restored, records);
    const texts = held.map((record) => record.key[0] as string);
    expect(new Set(texts).size).toBe(keys.length);
    expect(texts).toEqual(expect.arrayContaining(['i~1', 's~1', 'a%2Fb', 'a%252Fb', 'a'.repeat(24)]));
    for (const text of texts) expect(text).toMatch(/^(?!\d+$)[^./]{1,100}$/);
  });

  it('keeps a key that is too long beside its hash', async () => {
    const long = 'ü'.repeat(80);
    const { held, restored } = await thereAndBack([{ key: [long], fields: { a: 1 } }]);
    expect(held[0]?.key[0]).toMatch(/^h~[0-9a-f]{64}$/);
    expect(held[0]?.fields).toEqual({ a: 1, dm_key: JSON.stringify({ _id: long }) });
    expectSame(restored, [{ key: [long], fields: { a: 1 } }]);
  });

  it('gives back a field that is named like the place of long keys', async () => {
    const records = [
      { key: ['short'], fields: { dm_key: 'mine', a: 1 } },
      { key: [5], fields: { dm_key: 5, a: 1 } },
    ];
    const { restored } = await thereAndBack(records);
    expectSame(restored, records);
  });

  it('nests records under the fields they are grouped by, under a name that tells how deep they lie', async () => {
    const records = [
      { key: [1], fields: { genre: 'a/b', year: 5, title: 'x' } },
      { key: [2], fields: { genre: 'c', year: 6, title: 'y' } },
    ];
    const { held, entity, restored } = await thereAndBack(records, { groupBy: ['genre', 'year'] });
    expect(entity).toBe('things/*/*');
    expect(held.map((record) => record.key)).toEqual([
      ['a%2Fb', 'i~5', 'i~1'],
      ['c', 'i~6', 'i~2'],
    ]);
    expect(held[0]?.fields).toEqual({ title: 'x' });
    expectSame(restored, records);
  });

  it('leaves keys as they are that come from a store of its kind', async () => {
    const records = [
      { key: ['5'], fields: { a: 1 } },
      { key: ['s~6'], fields: { a: 1 } },
    ];
    const source = await openStore(trees, createMemoryStore({ things: records }));
    const middle = createMemoryStore();
    const through = await openStore(documents, middle);
    const there = await migrate(source, through);
    const back = createMemoryStore();
    await migrate(through, await openStore(trees, back), { lock: lockOf(there.plan) });
    expect([...(back.entities.get('things')?.records.values() ?? [])].map((record) => record.key)).toEqual([
      ['5'],
      ['s~6'],
    ]);
  });
});

describe('a store whose doubles may read as integers', () => {
  it('takes numbers of one kind as plain numbers, and the lock tells their kind', async () => {
    const records = [
      { key: [1], fields: { price: double(5), size: 7n, part: double(0.5), list: [double(1), 1.5] } },
      { key: [2], fields: { price: 5.5, size: 2n ** 50n, part: 0.25, list: [double(2)] } },
      { key: [3], fields: { price: double(Number.NaN), size: 2n ** 60n + 1n, part: 0.25, list: [double(-0)] } },
    ];
    const { held, restored, there } = await thereAndBack(records);
    expect(held[0]?.fields).toEqual({ price: 5, size: 7, part: 0.5, list: [1, 1.5] });
    expect(held[2]?.fields).toMatchObject({ price: { '@dm': 'double', v: 'NaN' }, size: { '@dm': 'int64' } });
    expectSame(restored, records);
    const losses = there.plan.entities[0]?.losses.map(({ path, sourceKind, targetKind, fidelity }) =>
      [path.join('.'), sourceKind, targetKind, fidelity].join(' '),
    );
    expect(losses).toContain('price double int32 widened');
    expect(losses).toContain('part double double exact');
  });

  it('wraps a number that the lock could mistake', async () => {
    const records = [
      { key: [1], fields: { mixed: 5, late: double(3) } },
      { key: [2], fields: { mixed: double(5), late: double(4) } },
      { key: [3], fields: { mixed: 5n, late: 4 } },
    ];
    const origin = await openStore(documents, createMemoryStore({ things: records }));
    const middle = createMemoryStore();
    await migrate(origin, await openStore(trees, middle), { sampleSize: 2 });
    expect([...(middle.entities.get('things')?.records.values() ?? [])].map((record) => record.fields)).toEqual([
      { mixed: 5, late: 3 },
      { mixed: { '@dm': 'double', v: '5' }, late: 4 },
      { mixed: { '@dm': 'int64', v: '5' }, late: { '@dm': 'int32', v: '4' } },
    ]);
  });

  it('has plain numbers in vectors and points', async () => {
    const records = [
      { key: [1], fields: { vector: new VectorValue(Float64Array.of(1, 0.1)), place: new GeoPointValue(5, 6.5) } },
    ];
    const { held, restored } = await thereAndBack(records);
    expect(held[0]?.fields).toEqual({ vector: [1, 0.1], place: { type: 'Point', coordinates: [6.5, 5] } });
    expectSame(restored, records);
  });

  it('gives back whatever it was given', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.dictionary(fc.constantFrom('a', 'b', '@dm', '__proto__', 'dm_key'), arbitraryValue()), {
          minLength: 1,
          maxLength: 6,
        }),
        async (all) => {
          const generated = all.map((fields, index) => ({
            key: [index],
            fields: documentFrom(Object.entries(fields)),
          }));
          const { restored } = await thereAndBack(generated);
          expectSame(restored, generated);
        },
      ),
      { numRuns: 300 },
    );
  }, 60_000);
});
