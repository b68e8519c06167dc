import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type DataRecord,
  DecimalValue,
  documentFrom,
  double,
  instant,
  LocalDateValue,
  lockOf,
  type MappingOptions,
  MapValue,
  ObjectIdValue,
  plainDocument,
  RegularExpressionValue,
  SetValue,
  UuidValue,
  type Value,
  valuesEqual,
  valueToText,
} from '../../src/index.js';
import { arbitraryValue } from '../arbitrary-value.js';
import {
  createMemoryStore,
  documentManifest,
  memoryConnector,
  plainDocumentManifest,
  tableManifest,
} from '../memory-connector.js';
import { migrate, openStore } from '../migrate.js';

const documents = memoryConnector('documents', documentManifest);
const tables = memoryConnector('tables', tableManifest);
const plain = memoryConnector('plain', plainDocumentManifest);

const objectId = (text: string): ObjectIdValue => new ObjectIdValue(Buffer.from(text, 'hex'));

/** Moves records there and, with the lock, back; gives the target's and the restored records by key text. */
async function thereAndBack(connector: typeof tables, records: readonly DataRecord[], mapping: MappingOptions = {}) {
  const origin = createMemoryStore({ things: records });
  const middle = createMemoryStore();
  const source = await openStore(documents, origin);
  const target = await openStore(connector, middle);
  const there = await migrate(source, target, { mapping });
  const back = createMemoryStore();
  const home = await openStore(documents, back);
  const returned = await migrate(target, home, { lock: lockOf(there.plan) });
  return { there, returned, middle, restored: back.entities.get('things')?.records ?? new Map<string, DataRecord>() };
}

function expectSame(restored: ReadonlyMap<string, DataRecord>, records: readonly DataRecord[]): void {
  expect([...restored.keys()].sort()).toEqual(records.map((record) => valueToText(record.key)).sort());
  for (const record of records) {
    const found = restored.get(valueToText(record.key));
    if (found && valuesEqual(found.fields, record.fields)) continue;
    throw new Error(`${valueToText(record.fields)} came back as ${found && valueToText(found.fields)}`);
  }
}

const awkward: readonly DataRecord[] = [
  {
    key: [objectId('64f1a2b3c4d5e6f708192a3b')],
    fields: {
      name: 'first',
      count: 5,
      big: 2n ** 60n,
      ratio: 0.5,
      tags: ['a', 'b'],
      nested: { a: 1, b: { c: 'x' } },
      gone: null,
    },
  },
  {
    key: [objectId('64f1a2b3c4d5e6f708192a3c')],
    fields: {
      name: 7,
      count: 6,
      big: 5n,
      ratio: 3,
      tags: [],
      nested: { a: 2, b: { c: null } },
      gone: null,
      late: new RegularExpressionValue('^a', 'i'),
    },
  },
  {
    key: [objectId('64f1a2b3c4d5e6f708192a3d')],
    fields: { name: '', count: 2 ** 31 - 1, ratio: -1, tags: ['c'], gone: 'here', when: instant(-1), __proto_: 1 },
  },
  {
    key: [objectId('64f1a2b3c4d5e6f708192a3e')],
    fields: documentFrom([
      ['name', 'x'],
      ['10', 1],
      ['2', 2],
      ['__proto__', 'own'],
      ['a.b', 1],
      ['$x', double(5)],
      ['nested', {}],
      ['gone', null],
    ]),
  },
];

describe('documents through a table', () => {
  it('come back as they were, kinds and keys and missing fields included', async () => {
    const { restored, there, middle } = await thereAndBack(tables, awkward);
    expectSame(restored, awkward);
    expect(there.letters).toEqual([]);
    const cells = middle.entities.get('things')?.records.values().next().value;
    expect(cells?.key).toEqual(['64f1a2b3c4d5e6f708192a3b']);
    expect(cells?.fields).toMatchObject({ count: 5, ratio: 0.5, tags: ['a', 'b'] });
  });

  it('come back when flattened', async () => {
    const { restored, middle } = await thereAndBack(tables, awkward, { flatten: true });
    expectSame(restored, awkward);
    expect(middle.entities.get('things')?.records.values().next().value?.fields).toMatchObject({ nested_a: 1 });
  });

  it('come back when their key was chosen among their fields', async () => {
    const records = awkward.map((record, index) => ({
      ...record,
      fields: { ...plainDocument(record.fields), code: `c${index}`, country: index % 2 },
    }));
    const { restored, middle } = await thereAndBack(tables, records, {
      primaryKey: { partition: ['country'], clustering: ['code'] },
    });
    expectSame(restored, records);
    expect(middle.entities.get('things')?.schema?.key.map((field) => [field.name, field.role])).toEqual([
      ['country', 'partition'],
      ['code', 'clustering'],
    ]);
  });

  it('come back when grouped', async () => {
    const records = awkward.map((record, index) => ({
      ...record,
      fields: { ...plainDocument(record.fields), country: `k${index % 2}`, year: 2000 + index },
    }));
    const { restored, middle } = await thereAndBack(tables, records, { groupBy: ['country', 'year'] });
    expectSame(restored, records);
    expect(middle.entities.get('things')?.schema?.key.map((field) => field.name)).toEqual(['country', 'year', 'id']);
  });

  it('tell identifiers of one text apart', async () => {
    const keys: Value[] = [
      '1',
      1,
      1n,
      double(1),
      '64f1a2b3c4d5e6f708192a3b',
      objectId('64f1a2b3c4d5e6f708192a3b'),
      'i~1',
      null,
      true,
      'true',
      { a: 1 },
    ];
    const records = keys.map((key, index) => ({ key: [key], fields: { index } }));
    const { restored, there } = await thereAndBack(tables, records);
    expect(there.letters).toEqual([]);
    expectSame(restored, records);
  });

  it('come back whatever they hold', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.dictionary(fc.constantFrom('a', 'b', 'c', '__proto__', 'x.y', '10', 'dm'), arbitraryValue()), {
          minLength: 1,
          maxLength: 8,
        }),
        fc.boolean(),
        async (all, flatten) => {
          const records = all.map((fields, index) => ({ key: [index], fields: documentFrom(Object.entries(fields)) }));
          const { restored, there } = await thereAndBack(tables, records, {
            flatten: flatten ? { separator: '/' } : false,
          });
          expect(there.letters).toEqual([]);
          expectSame(restored, records);
        },
      ),
      { numRuns: 300 },
    );
  }, 60_000);
});

describe('documents through a document store that lacks kinds', () => {
  const records: readonly DataRecord[] = [
    {
      key: [1],
      fields: {
        id: objectId('64f1a2b3c4d5e6f708192a3b'),
        day: new LocalDateValue(3),
        set: new SetValue([1, 2]),
        price: new DecimalValue('1.00'),
        uuid: new UuidValue(new Uint8Array(16)),
        pattern: new RegularExpressionValue('a', ''),
      },
    },
    {
      key: [2],
      fields: {
        id: '64f1a2b3c4d5e6f708192a3c',
        day: new LocalDateValue(4),
        set: new SetValue([]),
        price: new DecimalValue('2'),
        map: new MapValue([['a', objectId('64f1a2b3c4d5e6f708192a3b')]]),
      },
    },
    {
      key: [3],
      fields: {
        id: objectId('64f1a2b3c4d5e6f708192a3d'),
        day: '1970-01-04',
        '@dm': 'a user field',
        nested: { '@dm': 'int64', v: '5' },
      },
    },
  ];

  it('come back with the lock', async () => {
    const { restored, middle } = await thereAndBack(plain, records);
    expectSame(restored, records);
    const first = [...(middle.entities.get('things')?.records.values() ?? [])][0];
    expect(first?.fields).toMatchObject({ set: [1, 2], price: '1.00' });
  });

  it('come back flattened, where what the sample has not seen stays nested', async () => {
    const seen = { nested: { a: 1, b: { c: 'x' } }, day: new LocalDateValue(3) };
    const late = { nested: { a: 2, b: { c: 'y', d: 1 }, e: { f: [1] } }, nested_b: 5, other: { g: 1 } };
    const all = [seen, late, { nested: {} }, { nested: 5 }, {}].map((fields, index) => ({ key: [index], fields }));
    const origin = await openStore(documents, createMemoryStore({ things: all }));
    const middle = createMemoryStore();
    const target = await openStore(plain, middle);
    const there = await migrate(origin, target, { mapping: { flatten: true }, sampleSize: 1 });
    expect(
      [...(middle.entities.get('things')?.records.values() ?? [])].slice(0, 2).map(({ fields }) => fields),
    ).toEqual([
      { nested_a: 1, nested_b_c: 'x', day: '1970-01-04' },
      { nested_a: 2, nested_b_c: 'y', nested_b: 5, other: { g: 1 }, nested: { b: { d: 1 }, e: { f: [1] } } },
    ]);
    const back = createMemoryStore();
    await migrate(target, await openStore(documents, back), { lock: lockOf(there.plan) });
    expectSame(back.entities.get('things')?.records ?? new Map(), all);
  });

  it('keep keys that became fields, order of fields included, where the store forgets that order', async () => {
    const forgetful = memoryConnector('forgetful', { ...plainDocumentManifest, keepsFieldOrder: false });
    const all = [
      { key: [{ a: 1, b: 2 }], fields: { code: 'x' } },
      { key: [{ b: 2, a: 1 }], fields: { code: 'y' } },
    ];
    const { restored, middle } = await thereAndBack(forgetful, all, { primaryKey: 'code' });
    expectSame(restored, all);
    expect([...(middle.entities.get('things')?.records.values() ?? [])].map(({ fields }) => fields)).toMatchObject([
      { _id_1: { '@dm': 'document' } },
      { _id_1: { '@dm': 'document' } },
    ]);
  });

  it('are dead letters where a late field has the name of a constant, rather than losing it', async () => {
    const all = [{ a: 1 }, { a: 2, origin: 'mine' }].map((fields, index) => ({ key: [index], fields }));
    const origin = await openStore(documents, createMemoryStore({ things: all }));
    const middle = createMemoryStore();
    const target = await openStore(plain, middle);
    const { letters } = await migrate(origin, target, { mapping: { constants: { origin: 'x' } }, sampleSize: 1 });
    expect(letters.map(({ code }) => code)).toEqual(['DM_NAME_COLLISION']);
    expect([...(middle.entities.get('things')?.records.values() ?? [])].map(({ fields }) => fields)).toEqual([
      { a: 1, origin: 'x' },
    ]);
  });

  it('come back tagged, whatever they hold', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.dictionary(fc.constantFrom('a', 'b', '@dm', '__proto__'), arbitraryValue()), {
          minLength: 1,
          maxLength: 6,
        }),
        fc.constantFrom('natural' as const, 'tagged' as const),
        async (all, fidelity) => {
          const generated = all.map((fields, index) => ({
            key: [index],
            fields: documentFrom(Object.entries(fields)),
          }));
          const { restored, there } = await thereAndBack(plain, generated, { fidelity });
          expect(there.letters).toEqual([]);
          expectSame(restored, generated);
        },
      ),
      { numRuns: 300 },
    );
  }, 60_000);

  it('come back renamed, with a constant gone and a composite key a document', async () => {
    const { restored, middle } = await thereAndBack(plain, records, {
      rename: { day: 'date' },
      constants: { origin: 'x' },
      groupBy: 'id',
    });
    expectSame(restored, records);
    const first = [...(middle.entities.get('things')?.records.values() ?? [])][0];
    expect(first?.key[0]).toMatchObject({ _id: 1 });
    // The days are mixed with a text that looks like one, so each tells its kind.
    expect(first?.fields).toMatchObject({ date: { '@dm': 'localDate', v: '1970-01-04' }, origin: 'x' });
  });
});
