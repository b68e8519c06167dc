import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type DataRecord,
  documentFrom,
  lockOf,
  type Manifest,
  plainDocument,
  type Value,
  valuesEqual,
  valueToText,
} from '../../src/index.js';
import { levelsOf } from '../../src/value/levels.js';
import { arbitraryValue } from '../arbitrary-value.js';
import { createMemoryStore, documentManifest, memoryConnector, plainDocumentManifest } from '../memory-connector.js';
import { migrate, openStore } from '../migrate.js';

const depth = 6;
const shallowManifest: Manifest = {
  ...plainDocumentManifest,
  values: {
    ...plainDocumentManifest.values,
    geoPoint: { fidelity: 'widened', as: 'document' },
    vector: { fidelity: 'widened', as: 'array' },
  },
  limits: { ...plainDocumentManifest.limits, depth },
};
const documents = memoryConnector('documents', documentManifest);
const shallow = memoryConnector('shallow', shallowManifest);

async function thereAndBack(records: readonly DataRecord[], flatten: boolean): Promise<readonly DataRecord[]> {
  const middle = createMemoryStore();
  const target = await openStore(shallow, middle);
  // The sample sees half of the records only, so that the others come without a plan of their own.
  const options = {
    mapping: { onLimit: { depth: 'spill' }, flatten },
    sampleSize: Math.ceil(records.length / 2),
  } as const;
  const there = await migrate(await openStore(documents, createMemoryStore({ things: records })), target, options);
  const back = createMemoryStore();
  const returned = await migrate(target, await openStore(documents, back), { lock: lockOf(there.plan) });
  expect([...there.letters, ...returned.letters]).toEqual([]);
  const held = [...(middle.entities.get('things')?.records.values() ?? [])];
  for (const { fields } of held) expect(levelsOf(fields)).toBeLessThanOrEqual(depth);
  const restored = back.entities.get('things')?.records;
  for (const record of records) {
    const found = restored?.get(valueToText(record.key));
    if (!found || !valuesEqual(found.fields, record.fields))
      throw new Error(`${valueToText(record.fields)} came back as ${found && valueToText(found.fields)}`);
  }
  return held;
}

const wrapped = (value: Value, levels: number): Value => (levels === 0 ? value : wrapped([{ in: value }], levels - 1));

describe('a store with a limit of levels, and the choice to spill what is deeper', () => {
  it('keeps what fits as it is, and puts the innermost part that does not into a wrapper', async () => {
    const [record] = await thereAndBack(
      [{ key: [1], fields: { near: { a: [1] }, far: wrapped({ x: [1n] }, 3) } }],
      false,
    );
    expect(plainDocument(record?.fields ?? {})).toMatchObject({
      near: { a: [1] },
      far: [{ in: { '@dm': 'array', v: expect.stringContaining('int64') } }],
    });
  });

  it.each([false, true])(
    'gives back whatever it was given, flattened: %s',
    async (flatten) => {
      const one = fc.tuple(arbitraryValue(), fc.nat({ max: 5 }));
      await fc.assert(
        fc.asyncProperty(fc.array(one, { minLength: 1, maxLength: 5 }), async (all) => {
          const records = all.map(([value, levels], index) => ({
            key: [index],
            fields: documentFrom([
              ['a', wrapped(value, levels)],
              ['b', { [`c${index}`]: { d: wrapped(value, levels) } }],
            ]),
          }));
          await thereAndBack(records, flatten);
        }),
        { numRuns: 100 },
      );
    },
    60_000,
  );
});
