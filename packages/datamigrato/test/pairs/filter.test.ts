import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FieldCondition, valueToText } from '@datamigrato/core';
import {
  type CassandraAddress,
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
import { connectCassandra, connectMongo, type PlainMongo } from './plain-stores.js';
import { cassandraTable, firestoreCollection, mongoCollection } from './store-references.js';

vi.setConfig({ testTimeout: 60_000 });

const secantus = await serverOrSkip('secantus');
const firestore = await serverOrSkip('firestore');
const cassandra = await serverOrSkip('cassandra');
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

describe.skipIf(cassandra === undefined)('a filter that Cassandra applies', () => {
  const address = cassandra as CassandraAddress;
  const keyspace = `filter_${process.pid}`;
  const from = cassandraTable(address, keyspace, 'readings');
  const whole = join(folder, 'readings');
  beforeAll(async () => {
    const client = connectCassandra(address);
    await client.execute(
      `CREATE KEYSPACE ${keyspace} WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}`,
    );
    await client.execute(
      `CREATE TABLE ${keyspace}.readings (sensor text, day int, at double, value int, place text static, PRIMARY KEY ((sensor, day), at)) WITH CLUSTERING ORDER BY (at DESC)`,
    );
    const insert = `INSERT INTO ${keyspace}.readings (sensor, day, at, value) VALUES (?, ?, ?, ?)`;
    for (const sensor of ['north', '5'])
      for (const day of [1, 2])
        await Promise.all(
          Array.from({ length: 200 }, (_, at) => client.execute(insert, [sensor, day, at, at % 10], { prepare: true })),
        );
    await client.execute(insert, ['north', 2, -0, 0], { prepare: true });
    await client.execute(`INSERT INTO ${keyspace}.readings (sensor, day, place) VALUES ('south', 2, 'attic')`);
    await client.shutdown();
    const to = { connector: 'file', options: { path: whole }, entity: 'all' } as const;
    await datamigrato.migrate({ from, to, acceptLoss: true });
  });
  const north: readonly FieldCondition[] = [
    { field: 'sensor', is: '=', value: 'north' },
    { field: 'day', is: '=', value: 2 },
  ];
  const part: readonly FieldCondition[] = [
    ...north,
    { field: 'at', is: '>=', value: 50 },
    { field: 'at', is: '<', value: 150n },
    { field: 'value', is: '!=', value: 7 },
  ];

  it.each<[string, readonly FieldCondition[], { readonly read: number; readonly written: number }]>([
    ['a whole partition', north, { read: 201, written: 201 }],
    ['both zeros', [...north, { field: 'at', is: '=', value: 0 }], { read: 2, written: 2 }],
    ['a range of clustering keys', part, { read: 100, written: 90 }],
    [
      'several partitions',
      [{ field: 'sensor', is: 'in', values: ['north', '5', 5] }, ...north.slice(1)],
      { read: 401, written: 401 },
    ],
    [
      'a partition without rows',
      [{ field: 'sensor', is: '=', value: 'south' }, ...north.slice(1)],
      { read: 1, written: 1 },
    ],
    [
      'no partition: a number is no text',
      [{ field: 'sensor', is: '=', value: 5 }, ...north.slice(1)],
      { read: 0, written: 0 },
    ],
    ['the ring', [...north.slice(1), { field: 'value', is: '=', value: 3 }], { read: 802, written: 40 }],
  ])(
    'reads %s, moves what the same filter moves where no store helps, and verifies as equal',
    async (_, filter, counts) => {
      const pushed = await copied({ from, filter, verify: true });
      expect(pushed.result.ledger).toMatchObject({ ...counts, filtered: counts.read - counts.written, dead: 0 });
      expect(pushed.result.verification?.verdict).toBe('equal');
      const plain = await copied({ from: { connector: 'file', options: { path: whole }, entity: 'all' }, filter });
      expect(plain.result.ledger.read).toBe(802);
      expect(pushed.texts).toEqual(plain.texts);
    },
  );

  it('is named in the plan: by which conditions, and no value', async () => {
    const noticesOf = async (filter: readonly FieldCondition[]): Promise<readonly string[]> => {
      const to = { connector: 'file', options: { path: join(folder, 'planned') }, entity: 'all' } as const;
      const { entities } = await datamigrato.plan({ from, to, filter });
      return entities.flatMap(({ notices }) => notices);
    };
    expect(await noticesOf(part)).toEqual([
      'records are filtered by 5 conditions, of which the source applies "sensor" =, "day" =, "at" >=, "at" <; the estimate counts all records',
    ]);
    expect(await noticesOf(part.slice(1))).toEqual([
      'records are filtered by 4 conditions, none of which the source can apply; the estimate counts all records',
    ]);
  });

  it('goes on in the middle of the range after an interruption', async () => {
    const to = { connector: 'file', options: { path: join(folder, 'interrupted') }, entity: 'all' } as const;
    const migration = datamigrato.migrate({
      from,
      to,
      filter: part,
      acceptLoss: true,
      batchRecords: 10,
      maximumRate: 50,
    });
    const stopped = (async () => {
      for await (const event of migration) if (event.type === 'batch-written') migration.abort();
    })();
    await expect(stopped).rejects.toMatchObject({ code: 'DM_INTERRUPTED' });
    const resumed = await datamigrato.resume({ from, to, verify: true });
    expect(resumed.earlier?.ledger.read).toBeGreaterThan(0);
    expect(resumed.earlier?.ledger.read).toBeLessThan(100);
    expect(resumed.ledger).toMatchObject({ read: 100, written: 90, filtered: 10 });
    expect(resumed.verification?.verdict).toBe('equal');
    expect([...(await readArchive(to.options.path))]).toHaveLength(90);
  });
});
