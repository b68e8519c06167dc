import { type DataRecord, entityName, type Value } from '@datamigrato/core';
import { Decimal128 } from 'bson';
import { beforeAll, describe, expect, test } from 'vitest';
import { codec } from '../../src/codec.js';
import { type RawFields, type RawValue, raw, rawDocument } from '../bson/raw-bson.js';
import {
  batchesOf,
  call,
  describeOnServers,
  hexes,
  insert,
  openEndpoint,
  partitionsOf,
  rawDocuments,
  schemaOf,
  type TestDatabase,
  write,
} from './harness.js';

const schema = schemaOf('any');
const encoder = codec.createEncoder(schema);
const encode = (key: Value, fields: DataRecord['fields']): Uint8Array => encoder.encode({ key: [key], fields });
const simple = (id: number, text = 'x'): Uint8Array => encode(id, { t: text });

const hex = '0102030405060708090a0b0c';
const some = Buffer.from(hex, 'hex');

/** A value of every kind, and some that are hard to hold. */
const probes: readonly (readonly [string, RawValue])[] = [
  ['null', raw.null],
  ['undefined', raw.undefined],
  ['booleans', raw.array([raw.boolean(true), raw.boolean(false)])],
  ['int32', raw.int32(-(2 ** 31))],
  ['int64', raw.int64(-(2n ** 63n))],
  ['integral double', raw.double(5)],
  ['negative zero', raw.double(-0)],
  ['NaN', raw.double(Number.NaN)],
  ['infinities', raw.array([raw.double(Number.POSITIVE_INFINITY), raw.double(Number.NEGATIVE_INFINITY)])],
  ['decimal', raw.decimal(Decimal128.fromString('-1.2300E-100').bytes)],
  ['decimal negative zero', raw.decimal(Decimal128.fromString('-0E+3').bytes)],
  ['decimal NaN', raw.decimal(Decimal128.fromString('NaN').bytes)],
  ['string', raw.string('a\0\u2028\u{1F600}')],
  ['empty string', raw.string('')],
  ['date', raw.date(-1n)],
  ['date of the year 10,000', raw.date(253_402_300_800_000n)],
  ['date beyond those of JavaScript', raw.date(8_640_000_000_000_001n)],
  ['date of 64 bits', raw.date(-(2n ** 63n))],
  ['object id', raw.objectId(hex)],
  ['binary', raw.binary(0, some)],
  ['empty binary', raw.binary(0, Buffer.alloc(0))],
  ['binary of subtype 1', raw.binary(1, some)],
  ['binary of subtype 2', raw.binary(2, some)],
  ['binary of subtype 5', raw.binary(5, Buffer.alloc(16, 1))],
  ['binary of subtype 6', raw.binary(6, some)],
  ['binary of subtype 9', raw.binary(9, some)],
  ['binary of subtype 128', raw.binary(128, some)],
  ['uuid', raw.binary(4, Buffer.alloc(16, 7))],
  ['old uuid', raw.binary(3, Buffer.alloc(16, 7))],
  ['regular expression', raw.regularExpression('^a.*b$', 'im')],
  ['code', raw.code('return 1')],
  ['code with scope', raw.codeWithScope('return x', [['x', raw.int32(1)]])],
  ['symbol', raw.symbol('s')],
  ['pointer', raw.pointer('a.b', hex)],
  ['timestamp', raw.timestamp(5, 6)],
  ['timestamp of zero', raw.timestamp(0, 0)],
  ['nested timestamp of zero', raw.array([raw.timestamp(0, 0)])],
  ['min key', raw.minKey],
  ['max key', raw.maxKey],
  [
    'names in order',
    raw.document([
      ['b', raw.null],
      ['10', raw.null],
      ['2', raw.null],
    ]),
  ],
  [
    'names of operators',
    raw.document([
      ['$gt', raw.string('')],
      ['a.b', raw.null],
      ['', raw.null],
    ]),
  ],
  [
    'names of JavaScript',
    raw.document([
      ['__proto__', raw.int32(1)],
      ['constructor', raw.int32(2)],
    ]),
  ],
  [
    'a reference',
    raw.document([
      ['$ref', raw.string('c')],
      ['$id', raw.int32(1)],
    ]),
  ],
  ['80 levels', nested(78)],
  ['invalid UTF-8', raw.stringBytes(Buffer.of(0x61, 0xff))],
  [
    'a name twice',
    raw.document([
      ['a', raw.int32(1)],
      ['a', raw.int32(2)],
    ]),
  ],
];

/** Top-level names as data. */
const nameProbes: readonly (readonly [string, RawFields])[] = [
  [
    'a top-level name with $',
    [
      ['a', raw.int32(1)],
      ['$set', raw.document([['b', raw.int32(2)]])],
    ],
  ],
  ['a top-level name with a dot', [['a.b', raw.int32(1)]]],
  ['an empty top-level name', [['', raw.int32(1)]]],
  [
    'top-level names of JavaScript',
    [
      ['__proto__', raw.int32(1)],
      ['constructor', raw.null],
    ],
  ],
  ['no field but the key', []],
];

/** What a server refuses, which must be a failure of that record alone, and what it changes without a word. A test tries each, and fails if the list is wrong in either direction. */
const limits: Readonly<Record<string, { readonly refused: readonly string[]; readonly changed: readonly string[] }>> = {
  secantus: {
    refused: ['date of the year 10,000', 'date beyond those of JavaScript', 'date of 64 bits', 'invalid UTF-8'],
    changed: ['undefined', 'symbol', 'pointer', 'a name twice'],
  },
  'mongo-java': {
    refused: [
      'binary of subtype 1',
      'binary of subtype 2',
      'binary of subtype 5',
      'binary of subtype 6',
      'binary of subtype 9',
      'code with scope',
      'symbol',
      'pointer',
      'a name twice',
      'a top-level name with $',
    ],
    changed: ['undefined', 'binary of subtype 128', 'invalid UTF-8'],
  },
  mongodb: { refused: [], changed: [] },
};

await describeOnServers('write', 'datamigrato_write', (database, name) => {
  const { refused, changed } = limits[name] ?? { refused: [], changed: [] };
  beforeAll(() => {
    console.info(`${name} refuses: ${refused.join(', ') || 'nothing'}; changes: ${changed.join(', ') || 'nothing'}`);
  });

  /** mongo-java-server has no validators, views, capped collections and collations. */
  const hasCatalogue = name !== 'mongo-java';

  const all: readonly (readonly [string, Buffer])[] = [
    ...probes.map(
      ([title, value]) =>
        [
          title,
          rawDocument([
            ['_id', raw.string(title)],
            ['v', value],
          ]),
        ] as const,
    ),
    ...nameProbes.map(([title, fields]) => [title, rawDocument([['_id', raw.string(title)], ...fields])] as const),
  ];

  test('A-30 every kind arrives byte for byte, and each refusal hits one record', async () => {
    const records = all.map(([, bytes]) => bytes);
    const result = await write(database(), 'every_kind', records);
    for (const { error } of result.failures) expect(error).toMatchObject({ category: 'record' });
    expect(result.failures.map(({ index }) => all[index]?.[0])).toEqual(refused);
    const stored = new Map<string, string>();
    for (const bytes of await rawDocuments(database(), 'every_kind')) stored.set(idText(bytes), bytes.toString('hex'));
    expect(stored.size).toBe(all.length - refused.length);
    const differing = all.filter(([title, bytes]) => stored.has(title) && stored.get(title) !== bytes.toString('hex'));
    expect(differing.map(([title]) => title)).toEqual(changed);
  }, 60_000);

  const held = all.filter(([title]) => !refused.includes(title) && !changed.includes(title)).map(([, bytes]) => bytes);

  test.each(['create', 'skip'] as const)('mode %s: every kind that the server holds arrives', async (mode) => {
    expect(await write(database(), `held_${mode}`, held, mode)).toEqual({ failures: [], unchanged: 0 });
    expect(hexes(await rawDocuments(database(), `held_${mode}`))).toEqual(hexes(held));
  });

  test('what is read from one collection and written to another is the same', async () => {
    const [partition] = await partitionsOf(database(), 'held_create', 1);
    if (partition === undefined) throw new Error('a collection with records has a partition');
    for (const { records } of await batchesOf(database(), partition)) await write(database(), 'copy', records);
    expect(hexes(await rawDocuments(database(), 'copy'))).toEqual(hexes(held));
  });

  describe('modes', () => {
    beforeAll(async () => {
      await write(database(), 'modes', [simple(1, 'old'), simple(2, 'old')]);
    });

    test('create fails for each key that is there, with that code, and writes the others', async () => {
      const result = await write(database(), 'modes', [simple(3, 'new'), simple(1, 'new'), simple(4, 'new')], 'create');
      expect(result.failures).toMatchObject([{ index: 1, error: { code: 'DM_RECORD_EXISTS', category: 'record' } }]);
      expect(await textsOf(database(), 'modes')).toEqual(['old', 'old', 'new', 'new']);
    });

    test('skip leaves what is there and counts it as unchanged', async () => {
      const result = await write(database(), 'modes', [simple(1, 'newer'), simple(5, 'new')], 'skip');
      expect(result).toEqual({ failures: [], unchanged: 1 });
      expect(await textsOf(database(), 'modes')).toEqual(['old', 'old', 'new', 'new', 'new']);
    });

    test('replace puts the new record in its place, and again changes nothing', async () => {
      const records = [simple(1, 'third'), simple(6, 'third')];
      expect(await write(database(), 'modes', records)).toEqual({ failures: [], unchanged: 0 });
      expect(await textsOf(database(), 'modes')).toEqual(['third', 'old', 'new', 'new', 'new', 'third']);
      expect(await write(database(), 'modes', records)).toEqual({ failures: [], unchanged: 2 });
    });
  });

  describe('A-14 one bad record among many', () => {
    test('a unique index refuses it alone, by index', async () => {
      await database().oracle.db(database().databaseName).collection('unique').createIndex({ t: 1 }, { unique: true });
      const records = Array.from({ length: 20 }, (_, index) =>
        simple(index, index === 13 ? 'same 5' : `same ${index}`),
      );
      const result = await write(database(), 'unique', records);
      expect(result.failures).toMatchObject([{ index: 13, error: { code: 'DM_MONGODB_DUPLICATE_KEY' } }]);
      expect(result.failures[0]?.error.message).not.toContain('same');
      expect(await textsOf(database(), 'unique')).toHaveLength(19);
      const created = await write(database(), 'unique', [simple(99, 'same 7'), simple(100, 'other')], 'create');
      expect(created.failures).toMatchObject([{ index: 0, error: { code: 'DM_MONGODB_DUPLICATE_KEY' } }]);
    });

    if (hasCatalogue)
      test('a validator refuses it alone', async () => {
        const validator = { t: { $type: 'string' } };
        await database().oracle.db(database().databaseName).createCollection('validated', { validator });
        const records = [simple(1), encode(2, { t: 5 }), simple(3)];
        const result = await write(database(), 'validated', records);
        expect(result.failures).toMatchObject([{ index: 1, error: { code: 'DM_MONGODB_VALIDATION' } }]);
        expect(await textsOf(database(), 'validated')).toEqual(['x', 'x']);
      });

    test('a document of almost 16 MiB is written and read back among others', async () => {
      const large = encode(50, { t: 'x'.repeat(16_777_216 - 100) });
      const records = Array.from({ length: 9 }, (_, index) => (index === 4 ? large : simple(index)));
      expect(await write(database(), 'large', records)).toEqual({ failures: [], unchanged: 0 });
      const [partition] = await partitionsOf(database(), 'large', 1);
      const batches = partition === undefined ? [] : await batchesOf(database(), partition);
      expect(hexes(batches.flatMap((batch) => batch.records))).toEqual(hexes(records));
    }, 60_000);

    test('a document beyond 16 MiB that comes as bytes is refused alone', async () => {
      const large = rawDocument([
        ['_id', raw.int32(50)],
        ['t', raw.string('x'.repeat(17_000_000))],
      ]);
      const { failures } = await write(database(), 'too_large', [simple(1), large, simple(2)]);
      expect(failures).toMatchObject([{ index: 1, error: { category: 'record' } }]);
      expect(await textsOf(database(), 'too_large')).toEqual(['x', 'x']);
    }, 60_000);
  });

  describe('S-10 keys as data', () => {
    test.each<[string, Value]>([
      ['{ $gt: "" }', { $gt: '' }],
      ['{ $ne: null }', { $ne: null }],
      ['{ $in: [] }', { $in: [] }],
      ['{ $exists: true }', { $exists: true }],
    ])('%s touches no other document', async (title, key) => {
      const collection = `keys_${title.replaceAll(/\W+/g, '_')}`;
      const bystanders = [simple(1, 'a'), encode('s', { t: 'b' }), encode({ a: 1 }, { t: 'c' })];
      await write(database(), collection, bystanders);
      const { failures } = await write(database(), collection, [encode(key, { t: 'hostile' })]);
      for (const { error } of failures) expect(error.category).toBe('record');
      const stored = hexes(await rawDocuments(database(), collection));
      for (const bystander of hexes(bystanders)) expect(stored).toContain(bystander);
      expect(stored).toHaveLength(bystanders.length + 1 - failures.length);
      await database()
        .endpoint.admin()
        ?.deleteRecords(schemaOf(collection), [[key]], call);
      expect(hexes(await rawDocuments(database(), collection))).toEqual(hexes(bystanders));
    });
  });

  test('S-12 2,000 records with hostile names keep them, and nothing else of the process changes', async () => {
    const before = Object.getOwnPropertyNames(Object.prototype).join();
    const names = ['__proto__', 'constructor', 'prototype', 'a.b', '', 'hasOwnProperty', 'toString'];
    const records = Array.from({ length: 2000 }, (_, index) =>
      rawDocument([
        ['_id', raw.int32(index)],
        ...names
          .slice(index % names.length)
          .map((field) => [field, raw.document([['polluted', raw.int32(1)]])] as const),
      ]),
    );
    expect((await write(database(), 'hostile', records)).failures).toEqual([]);
    const decoder = codec.createDecoder(schema);
    const stored = await rawDocuments(database(), 'hostile');
    expect(hexes(stored)).toEqual(hexes(records));
    for (const document of stored)
      expect(Buffer.from(encoder.encode(decoder.decode(document))).equals(document)).toBe(true);
    expect(Object.getOwnPropertyNames(Object.prototype).join()).toBe(before);
    expect('polluted' in {}).toBe(false);
  });

  describe('preparing', () => {
    test('tells what it would create, creates it once, and then nothing', async () => {
      const target = database().endpoint.target();
      const planned = await target.planEntity(schemaOf('made'), call);
      expect(planned).toEqual({
        exists: false,
        statements: ['db.createCollection("made")'],
        conflicts: [],
        fingerprint: 'absent',
      });
      await target.prepareEntity(schemaOf('made'), call);
      await target.prepareEntity(schemaOf('made'), call);
      const after = await target.planEntity(schemaOf('made'), call);
      expect(after).toMatchObject({ exists: true, statements: [], conflicts: [] });
      expect(after.fingerprint).not.toBe('absent');
    });

    test('recreates the indexes of the source where the user asks for it', async () => {
      const { oracle, endpoint, databaseName, url } = database();
      await insert(database(), 'indexed', [{ _id: 1, a: 1 }]);
      await oracle
        .db(databaseName)
        .collection('indexed')
        .createIndex({ a: -1, b: 1 }, { unique: true, sparse: true, name: 'ab' });
      const { native } = await endpoint.source().inferSchema(entityName('indexed'), { ...call, sampleSize: 10 });
      const wanted = schemaOf('indexed_copy', native);
      expect((await endpoint.target().planEntity(wanted, call)).statements).toHaveLength(1);
      await using asking = await openEndpoint(url, databaseName, { createIndexes: true });
      const { statements } = await asking.target().planEntity(wanted, call);
      expect(statements[1]).toMatch(/^db\.getCollection\("indexed_copy"\)\.createIndex\(\{"a":-1,"b":1\}/);
      await asking.target().prepareEntity(wanted, call);
      const made = await oracle.db(databaseName).collection('indexed_copy').indexes();
      expect(made).toContainEqual(expect.objectContaining({ name: 'ab', unique: true, sparse: true }));
      expect((await asking.target().planEntity(wanted, call)).statements).toEqual([]);
    });

    if (hasCatalogue)
      test('refuses views, capped collections and loose collations', async () => {
        const base = database().oracle.db(database().databaseName);
        await base.createCollection('view', { viewOn: 'modes', pipeline: [] });
        await base.createCollection('capped', { capped: true, size: 10_000 });
        await base.createCollection('loose', { collation: { locale: 'en', strength: 2 } });
        const target = database().endpoint.target();
        for (const entity of ['view', 'capped', 'loose']) {
          expect((await target.planEntity(schemaOf(entity), call)).conflicts).toHaveLength(1);
          const preparing = target.prepareEntity(schemaOf(entity), call);
          await expect(preparing).rejects.toMatchObject({ code: 'DM_MONGODB_TARGET_CONFLICT', category: 'endpoint' });
        }
      });
  });
});

function nested(levels: number): RawValue {
  return levels === 0 ? raw.int32(1) : raw.document([['n', nested(levels - 1)]]);
}

function idText(document: Buffer): string {
  return document.toString('utf8', 13, 13 + document.readInt32LE(9) - 1);
}

/** The texts of the documents of {@link simple} in the order of their keys. */
async function textsOf(database: TestDatabase, collection: string): Promise<readonly string[]> {
  const found = await database.oracle
    .db(database.databaseName)
    .collection(collection)
    .find()
    .sort({ _id: 1 })
    .toArray();
  return found.map((document) => String(document['t']));
}
