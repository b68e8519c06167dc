import { describe, expect, it } from 'vitest';
import {
  type DataRecord,
  double,
  Float32Value,
  GeoPointValue,
  lockOf,
  type Manifest,
  MapValue,
  type PlanOptions,
  SetValue,
  TupleValue,
  VectorValue,
  valueToText,
} from '../../src/index.js';
import { createMemoryStore, documentManifest, memoryConnector, plainDocumentManifest } from '../memory-connector.js';
import { migrate, openStore } from '../migrate.js';

/** A document store with 64-bit integers and doubles alone and no vectors, which holds no texts that begin with an exclamation mark. */
const wideManifest: Manifest = {
  ...plainDocumentManifest,
  values: {
    ...plainDocumentManifest.values,
    int32: { fidelity: 'widened', as: 'int64' },
    float32: { fidelity: 'widened', as: 'double' },
    vector: { fidelity: 'widened', as: 'array' },
    geoPoint: { fidelity: 'exact', as: 'geoPoint' },
    string: { fidelity: 'exact', as: 'string', holds: (value) => typeof value !== 'string' || !value.startsWith('!') },
  },
};
const homeManifest: Manifest = {
  ...documentManifest,
  values: { ...documentManifest.values, geoPoint: { fidelity: 'widened', as: 'document' } },
};

const home = memoryConnector('home', homeManifest);
const wide = memoryConnector('wide', wideManifest);

async function thereAndBack(
  records: readonly DataRecord[],
  options: PlanOptions = {},
  added: readonly DataRecord[] = [],
) {
  const middle = createMemoryStore();
  const target = await openStore(wide, middle);
  const there = await migrate(await openStore(home, createMemoryStore({ things: records })), target, options);
  for (const record of added) middle.entities.get('things')?.records.set(valueToText(record.key), record);
  const back = createMemoryStore();
  const returned = await migrate(target, await openStore(home, back), { lock: lockOf(there.plan) });
  expect([...there.letters, ...returned.letters]).toEqual([]);
  return [...(back.entities.get('things')?.records.values() ?? [])].map(({ fields }) => valueToText(fields)).sort();
}

const texts = (records: readonly DataRecord[]): string[] => records.map(({ fields }) => valueToText(fields)).sort();

describe('kinds that a sample has not seen at their place', () => {
  const records: readonly DataRecord[] = [
    { key: [1], fields: { number: 5, text: 'a', list: [1] } },
    { key: [2], fields: { number: '7', text: 8, list: ['1', double(1), 1n] } },
    { key: [3], fields: { number: double(5), text: double(0.5), list: [1] } },
    { key: [4], fields: { number: 5n, text: '!', list: [true] } },
  ];

  it('come back as what they were, though the lock says another kind', async () => {
    expect(await thereAndBack(records, { sampleSize: 1 })).toEqual(texts(records));
  });

  it('come back where everything was tagged', async () => {
    expect(await thereAndBack(records, { sampleSize: 1, mapping: { fidelity: 'tagged' } })).toEqual(texts(records));
  });
});

describe('collections where a sample has seen others', () => {
  const inside = [{ '@dm': 'x', rest: 1 }, { in: [{ '@dm': null }] }];
  const records: readonly DataRecord[] = [
    { key: [1], fields: { set: new SetValue([1]), tuple: new TupleValue([1, 'a']), map: new MapValue([[1, 'a']]) } },
    { key: [2], fields: { set: inside, tuple: inside, map: { a: inside } } },
    { key: [3], fields: { set: { '@dm': inside }, tuple: { '@dm': 'set', v: '[1]' }, map: [[1, inside]] } },
  ];

  it('come back with the fields `@dm` of a user inside them', async () => {
    expect(await thereAndBack(records, { sampleSize: 1 })).toEqual(texts(records));
  });
});

describe('an array where a sample has seen a vector', () => {
  it('keeps the kinds of the numbers in it', async () => {
    const records: readonly DataRecord[] = [
      { key: [1], fields: { list: new VectorValue(Float32Array.of(0.5)) } },
      { key: [2], fields: { list: [[null], new Float32Value(-2.7930721e14)] } },
    ];
    expect(await thereAndBack(records, { sampleSize: 1 })).toEqual(texts(records));
  });
});

describe('records that come home', () => {
  const records: readonly DataRecord[] = [
    { key: [1], fields: { a: 1, wrapper: { '@dm': 'int64', v: '5' } } },
    { key: [2], fields: { a: 2, wrapper: { '@dm': { b: 1 } } } },
  ];

  it('are what they were, documents that look like wrappers too', async () => {
    expect(await thereAndBack(records)).toEqual(texts(records));
  });

  it('share the store with others, of kinds that it lacks, which take their natural form', async () => {
    const added = [{ key: [3n], fields: { place: new GeoPointValue(1.5, 2.5) } }];
    const found = await thereAndBack([{ key: [1], fields: { a: 1 } }], {}, added);
    expect(found).toEqual(['{"a":1}', '{"place":{"type":"Point","coordinates":[2.5,1.5]}}']);
  });
});
