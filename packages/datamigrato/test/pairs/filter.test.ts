import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FieldCondition, valueToText } from '@datamigrato/core';
import {
  type FirestoreAddress,
  type FirestoreFields,
  firestoreDocuments,
  type MongodbAddress,
  serverOrSkip,
} from '@datamigrato/testbed';
import { Binary, Decimal128, type Document, Double, Int32, Long, ObjectId } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Datamigrato, type MigrateOptions, type MigrationResult } from '../../src/index.js';
import { readArchive } from './archive-records.js';
import { connectMongo, type PlainMongo } from './plain-stores.js';
import { firestoreCollection, mongoCollection } from './store-references.js';

vi.setConfig({ testTimeout: 60_000 });

const secantus = await serverOrSkip('secantus');
const firestore = await serverOrSkip('firestore');
const folder = await mkdtemp(join(tmpdir(), 'datamigrato-filter-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

const id = new ObjectId('507f1f77bcf86cd799439011');

/** Values that stores compare in ways of their own: numbers of all kinds, arrays that hold what is looked for, dates, texts that no order agrees on. */
const values: readonly unknown[] = [
  new Int32(5),
  new Double(5),
  new Double(5.5),
  Long.fromNumber(5),
  Long.fromString('9007199254740993'),
  new Double(9007199254740992),
  Decimal128.fromString('5.0'),
  new Double(-0),
  new Int32(0),
  new Double(Number.NaN),
  new Double(Number.POSITIVE_INFINITY),
  [5],
  [[5]],
  [{ inner: 5 }],
  { inner: 5 },
  { inner: [5] },
  '5',
  'é',
  'e\u0301',
  'Z',
  'a',
  '𝒳',
  '～',
  '',
  null,
  true,
  false,
  new Date(5),
  new Date(0),
  id,
  new Binary(Buffer.alloc(16, 7), 4),
];

const conditions: readonly FieldCondition[] = [
  { field: 'value', is: '=', value: 5 },
  { field: 'value', is: '=', value: 0 },
  { field: 'value', is: '=', value: null },
  { field: 'value', is: '=', value: true },
  { field: 'value', is: '=', value: Number.NaN },
  { field: 'value', is: '=', value: '\u00e9' },
  { field: 'value', is: '=', value: 9007199254740993n },
  { field: 'value', is: '=', value: 'x'.repeat(4_000) },
  { field: 'value', is: '!=', value: 5 },
  { field: 'value', is: '>', value: 5 },
  { field: 'value', is: '<=', value: 5.5 },
  { field: 'value', is: '<', value: 9007199254740993n },
  { field: 'value', is: '>=', value: 'a' },
  { field: 'value', is: '<', value: '𝒳' },
  { field: 'value', is: 'in', values: ['Z', 5, null] },
  { field: 'value', is: 'exists' },
  { field: 'value', is: 'missing' },
  { field: 'value.inner', is: '=', value: 5 },
  { field: 'value.inner', is: 'missing' },
  { field: ['value', '0'], is: 'exists' },
  { field: '_id', is: '<', value: 7 },
];

const datamigrato = new Datamigrato({ stateFolder: join(folder, 'state') });
let copies = 0;

/** Copies into an archive of its own: what was moved, as text, and how it went. */
async function copied(
  options: Omit<MigrateOptions, 'to'>,
): Promise<{ texts: readonly string[]; result: MigrationResult; path: string }> {
  copies += 1;
  const path = join(folder, `copy-${copies}`);
  const to = { connector: 'file', options: { path }, entity: 'all' } as const;
  const result = await datamigrato.migrate({ ...options, to, acceptLoss: true });
  const records = [...(await readArchive(path))].map(([key, { fields }]) => `${key} ${valueToText(fields)}`);
  return { texts: records.sort(), result, path };
}

describe.skipIf(secantus === undefined)('a filter that MongoDB applies', () => {
  let mongo: PlainMongo;
  const database = 'filter';
  const documents: readonly Document[] = [
    ...values.map((value, index) => ({ _id: index, value })),
    { _id: values.length, other: 1 },
  ];
  beforeAll(async () => {
    mongo = await connectMongo((secantus as MongodbAddress).url);
    await mongo.fill(database, 'values', documents);
  });
  afterAll(() => mongo?.[Symbol.asyncDispose]());

  it('moves what the same filter moves where no store helps, to the last value', async () => {
    const from = mongoCollection(mongo.url, database, 'values');
    const whole = await copied({ from });
    expect(whole.texts).toHaveLength(documents.length);
    const archive = { connector: 'file', options: { path: whole.path }, entity: 'all' } as const;
    let left = 0;
    for (const condition of conditions) {
      const filter = [condition];
      const pushed = await copied({ from, filter });
      const plain = await copied({ from: archive, filter });
      expect(plain.result.ledger).toMatchObject({ read: documents.length });
      expect(pushed.texts, JSON.stringify([condition.field, condition.is])).toEqual(plain.texts);
      left += documents.length - pushed.result.ledger.read;
    }
    // The server left out most of what no condition holds for.
    expect(left).toBeGreaterThan(200);
  });

  it('is asked of the server together with the range of ids, and verifies as equal', async () => {
    await mongo.fill(
      database,
      'people',
      Array.from({ length: 500 }, (_, index) => ({ _id: `p${index}`, age: index % 50, born: new Date(index * 1000) })),
    );
    const result = await datamigrato.migrate({
      from: mongoCollection(mongo.url, database, 'people'),
      to: mongoCollection(mongo.url, database, 'grown'),
      filter: [
        { field: 'age', is: '>=', value: 18 },
        { field: '_id', is: '!=', value: 'p20' },
      ],
      verify: true,
    });
    expect(result.ledger).toMatchObject({ read: 320, written: 319, filtered: 1 });
    expect(result.verification?.verdict).toBe('equal');
    expect(
      await mongo.client
        .db(database)
        .collection('grown')
        .countDocuments({ age: { $lt: 18 } }),
    ).toBe(0);
  });
});

describe.skipIf(secantus === undefined || firestore === undefined)('a filter that Firestore applies', () => {
  it('moves what the same filter moves where no store helps, and reads fewer documents', async () => {
    const address = firestore as FirestoreAddress;
    const project = `filter-${process.pid}`;
    const from = firestoreCollection(address, project, 'values');
    const known: readonly FirestoreFields[string][] = [
      { integerValue: '5' },
      { doubleValue: 5 },
      { doubleValue: 5.5 },
      { doubleValue: -0 },
      { integerValue: '0' },
      { integerValue: '9007199254740993' },
      { doubleValue: 'NaN' },
      { stringValue: '5' },
      { stringValue: '\u00e9' },
      { nullValue: null },
      { booleanValue: true },
      { booleanValue: false },
      { arrayValue: { values: [{ integerValue: '5' }] } },
      { mapValue: { fields: { inner: { integerValue: '5' } } } },
      { stringValue: 'x'.repeat(4_000) },
    ];
    const stored = firestoreDocuments(address, project);
    await stored.fill(
      Object.fromEntries([
        ...known.map((value, index) => [`values/v${index}`, { value }] as const),
        ['values/none', {}] as const,
      ]),
    );
    const whole = await copied({ from });
    expect(whole.texts).toHaveLength(known.length + 1);
    const archive = { connector: 'file', options: { path: whole.path }, entity: 'all' } as const;
    let left = 0;
    for (const condition of conditions.filter(({ field }) => field !== '_id')) {
      const filter = [condition];
      const pushed = await copied({ from, filter });
      const plain = await copied({ from: archive, filter });
      expect(pushed.texts, JSON.stringify([condition.field, condition.is])).toEqual(plain.texts);
      left += whole.texts.length - pushed.result.ledger.read;
    }
    expect(left).toBeGreaterThan(40);
    const byId = await copied({ from, filter: [{ field: 'id', is: '=', value: 'v3' }] });
    expect(byId.texts).toHaveLength(1);
  });
});
