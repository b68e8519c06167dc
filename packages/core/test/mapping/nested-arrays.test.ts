import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type DataRecord,
  documentEntries,
  documentFrom,
  isArray,
  isDocument,
  lockOf,
  type Manifest,
  MapValue,
  SetValue,
  TupleValue,
  type Value,
  VectorValue,
  valuesEqual,
  valueToText,
} from '../../src/index.js';
import { arbitraryValue } from '../arbitrary-value.js';
import { createMemoryStore, documentManifest, memoryConnector, plainDocumentManifest } from '../memory-connector.js';
import { migrate, openStore } from '../migrate.js';

const vector = new VectorValue(Float64Array.of(0.5));

/** A document store that takes no array directly in another one, nor sets, tuples and maps. */
const flatManifest: Manifest = {
  ...plainDocumentManifest,
  values: {
    ...plainDocumentManifest.values,
    set: { fidelity: 'widened', as: 'array' },
    tuple: { fidelity: 'widened', as: 'array' },
    map: { fidelity: 'widened', as: 'document' },
    vector: { fidelity: 'exact', as: 'vector' },
  },
  nestedArrays: false,
};

const documents = memoryConnector('documents', documentManifest);
const flat = memoryConnector('flat', flatManifest);

async function thereAndBack(records: readonly DataRecord[]) {
  const middle = createMemoryStore();
  const target = await openStore(flat, middle);
  const there = await migrate(await openStore(documents, createMemoryStore({ things: records })), target);
  const back = createMemoryStore();
  const returned = await migrate(target, await openStore(documents, back), { lock: lockOf(there.plan) });
  expect([...there.letters, ...returned.letters]).toEqual([]);
  const held = [...(middle.entities.get('things')?.records.values() ?? [])];
  for (const record of held) expect(nestsArrays(record.fields, false)).toBe(false);
  const restored = back.entities.get('things')?.records;
  for (const record of records) {
    const found = restored?.get(valueToText(record.key));
    if (!found || !valuesEqual(found.fields, record.fields))
      throw new Error(`${valueToText(record.fields)} came back as ${found && valueToText(found.fields)}`);
  }
  return { held, losses: there.plan.entities[0]?.losses ?? [] };
}

function nestsArrays(value: Value, inArray: boolean): boolean {
  if (value === null || typeof value !== 'object') return false;
  if (value instanceof VectorValue) return inArray;
  if (isArray(value)) return inArray || value.some((element) => nestsArrays(element, true));
  return isDocument(value) && documentEntries(value).some(([, inner]) => nestsArrays(inner, false));
}

describe('a store that takes no array directly in another one', () => {
  it('holds the outer one as it is and the inner ones in wrappers, which the plan tells', async () => {
    const fields = { grid: [[1, 2], [3]], deep: [{ row: [1, ['x']] }], plain: [1, 2], vectors: [vector], vector };
    const { held, losses } = await thereAndBack([{ key: [1], fields }]);
    expect(held[0]?.fields).toEqual({
      grid: [
        { '@dm': 'array', v: '[1,2]' },
        { '@dm': 'array', v: '[3]' },
      ],
      deep: [{ row: [1, { '@dm': 'array', v: '["x"]' }] }],
      plain: [1, 2],
      vectors: [{ '@dm': 'vector', v: '[0.5]', t: 64 }],
      vector,
    });
    const told = losses.filter(({ fidelity }) => fidelity !== 'exact').map(({ path }) => path.join('.'));
    expect(told).toEqual(expect.arrayContaining(['grid.[]', 'deep.[].row.[]', 'vectors.[]']));
    expect(told).not.toContain('vector');
    expect(told).not.toContain('plain.[]');
  });

  it('wraps what would become an array in one: sets, tuples, and maps whose keys are no text', async () => {
    const { held } = await thereAndBack([
      {
        key: [1],
        fields: {
          sets: [new SetValue([1]), new SetValue([2])],
          tuples: new SetValue([new TupleValue([1, 'a'])]),
          map: new MapValue([[1, 'a']]),
          texts: new MapValue([['b', 'a']]),
        },
      },
    ]);
    expect(held[0]?.fields).toMatchObject({ sets: [{ '@dm': 'set' }, { '@dm': 'set' }], tuples: [{ '@dm': 'tuple' }] });
    expect(held[0]?.fields).toMatchObject({ map: { '@dm': 'map' }, texts: { b: 'a' } });
  });

  it('gives back whatever it was given', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(arbitraryValue(), { maxLength: 3 }), { maxLength: 4 }), async (all) => {
        await thereAndBack(
          all.map((list, index) => ({
            key: [index],
            fields: documentFrom([
              ['a', list],
              ['b', { c: list }],
            ]),
          })),
        );
      }),
      { numRuns: 200 },
    );
  }, 60_000);
});
