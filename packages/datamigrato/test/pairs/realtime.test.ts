import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RealtimeServer, startRealtimeServer } from '@datamigrato/realtime-server';
import {
  type CassandraAddress,
  type FirestoreAddress,
  type FirestoreFields,
  firestoreDocuments,
  type MongodbAddress,
  serverOrSkip,
} from '@datamigrato/testbed';
import type { Client } from 'cassandra-driver';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Datamigrato, type MigrateOptions, type MigrationResult } from '../../src/index.js';
import { awkwardDocuments } from './awkward-documents.js';
import { columnTexts, rowTexts } from './cell-text.js';
import { missingRecords } from './dead-letters.js';
import { plainTable, typeStatements, wideTable } from './every-type-tables.js';
import { connectCassandra, connectMongo, type PlainMongo } from './plain-stores.js';
import { cassandraTable, firestoreCollection, mongoCollection, realtimeNode } from './store-references.js';

const cassandra = await serverOrSkip('cassandra');
const secantus = await serverOrSkip('secantus');
const firestore = await serverOrSkip('firestore');
const folder = await mkdtemp(join(tmpdir(), 'datamigrato-realtime-'));
const server: RealtimeServer = await startRealtimeServer();
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

/** A tree as applications make them: priorities, whole numbers as names, leaves as records, names that look escaped. */
const tree = {
  1: { name: 'one', '.priority': 7 },
  2: { holes: { 1: 'a', 2: 'b' }, list: { 0: 'x', 1: 'y' }, leaf: { '.value': 1, '.priority': 'p' } },
  '%2E': { 'a%2Eb': 1, '100%': 2, __proto__x: { constructor: true } },
  flag: true,
  '-NxPushId': { at: 1_700_000_000_000, ratio: 0.1, big: 1e300, neg: -1 },
};

const datamigrato = new Datamigrato({ stateFolder: join(folder, 'state') });
const node = (path: string) => realtimeNode(server, 'pairs', path);

async function complete(result: MigrationResult, records: number): Promise<void> {
  expect(await missingRecords(result)).toEqual([]);
  expect(result.ledger).toEqual({ read: records, written: records, unchanged: 0, dead: 0, filtered: 0 });
}

describe.skipIf(secantus === undefined)('MongoDB and an embedded Realtime Database, there and back', () => {
  let mongo: PlainMongo;
  const collection = (database: string, name: string) => mongoCollection(mongo.url, database, name);

  beforeAll(async () => {
    mongo = await connectMongo((secantus as MongodbAddress).url);
    await mongo.fill('realtime', 'awkward', awkwardDocuments(180, 12));
  });
  afterAll(() => mongo?.[Symbol.asyncDispose]());

  type Mapping = Pick<MigrateOptions, 'sampleSize' | 'flatten' | 'primaryKey' | 'groupBy' | 'rename' | 'fidelity'>;
  const mappings: readonly (readonly [title: string, mapping: Mapping, path: string])[] = [
    ['all seen', {}, 'plain'],
    ['late kinds', { sampleSize: 10 }, 'late'],
    ['flat', { flatten: true }, 'flat'],
    ['flat with late kinds', { flatten: true, sampleSize: 10 }, 'deep/flat'],
    ['grouped', { groupBy: 'genre', sampleSize: 10 }, 'genres'],
    ['grouped twice', { groupBy: ['genre', 'serial'] }, 'twice'],
    ['a key of fields', { primaryKey: ['genre', 'serial'] }, 'keyed'],
    ['renamed', { rename: { genre: 'Kind', nested: 'genre' } }, 'renamed'],
    ['tagged', { fidelity: 'tagged', sampleSize: 10 }, 'tagged'],
  ];
  for (const [title, mapping, path] of mappings) {
    it(`MongoDB → Realtime Database → MongoDB: ${title}`, async () => {
      const there = await datamigrato.migrate({
        from: collection('realtime', 'awkward'),
        to: node(path),
        acceptLoss: true,
        verify: true,
        ...mapping,
      });
      await complete(there, 180);
      const entity = there.lock.entities[0]?.target.entity ?? '';
      const name = path.replaceAll(/\W+/g, '_');
      const back = await datamigrato.migrate({
        from: node(entity),
        to: collection('realtime_back', name),
        lock: there.lock,
      });
      await complete(back, 180);
      expect(await mongo.texts('realtime_back', name)).toEqual(await mongo.texts('realtime', 'awkward'));
    }, 90_000);
  }

  it('each method names both stores in one call', async () => {
    const stores = {
      clientUrl: mongo.url,
      databaseName: 'realtime',
      collectionName: 'methods',
      referenceUrl: 'https://methods.firebaseio.com',
      realtimeEmulator: `${server.host}:${server.port}`,
    };
    const file = join(folder, 'movies.json');
    const movies = [
      { title: 'A', year: 1, seen: true },
      { title: 'B', year: 2, seen: false },
    ];
    await writeFile(file, JSON.stringify(movies));
    const filled = await datamigrato.populateFirebaseRealtime({
      ...stores,
      from: file,
      primaryKey: 'title',
      rootNode: 'movies',
    });
    await complete(filled, 2);
    await complete(await datamigrato.firebaseRealtimeToMongo({ ...stores, rootNode: 'movies' }), 2);
    await complete(await datamigrato.mongoToFirebaseRealtime({ ...stores, rootNode: 'copied', groupBy: 'year' }), 2);
    expect(server.read('copied', 'methods')).toEqual({ 'i~1': { A: { seen: true } }, 'i~2': { B: { seen: false } } });
  }, 60_000);

  it('holds what a person would write there', async () => {
    const { client } = mongo;
    await client
      .db('realtime')
      .collection<{ _id: string }>('tidy')
      .insertOne({
        _id: 'a/b',
        at: new Date(0),
        price: 5,
        share: 0.5,
        tags: ['x'],
      } as never);
    await datamigrato.migrate({ from: collection('realtime', 'tidy'), to: node('tidy') });
    expect(server.read('tidy', 'pairs')).toEqual({
      'a%2Fb': { at: '1970-01-01T00:00:00.000Z', price: 5, share: 0.5, tags: { 0: 'x' } },
    });
  });

  it('a tree of its own goes through MongoDB and comes home as it was, priorities, integer names and leaves included', async () => {
    server.write('tree', tree, 'pairs');
    const there = await datamigrato.migrate({ from: node('tree'), to: collection('realtime', 'tree') });
    await complete(there, 5);
    const back = await datamigrato.migrate({
      from: collection('realtime', 'tree'),
      to: node('tree_back'),
      lock: there.lock,
    });
    await complete(back, 5);
    expect(server.read('tree_back', 'pairs')).toEqual(server.read('tree', 'pairs'));
    const copied = await datamigrato.migrate({ from: node('tree'), to: node('tree_copy') });
    await complete(copied, 5);
    expect(server.read('tree_copy', 'pairs')).toEqual(server.read('tree', 'pairs'));
  }, 60_000);
});

describe.skipIf(cassandra === undefined)('Cassandra and an embedded Realtime Database, there and back', () => {
  const address = cassandra as CassandraAddress;
  let client: Client;
  const table = (keyspace: string, name: string) => cassandraTable(address, keyspace, name);

  beforeAll(() => {
    client = connectCassandra(address);
  });
  afterAll(() => client?.shutdown());

  for (const { name, definition, rows, mapping } of [plainTable, wideTable]) {
    it(`Cassandra → Realtime Database → Cassandra: ${name}`, async () => {
      for (const keyspace of [`realtime_${name}`, `realtime_${name}_back`]) {
        await client.execute(
          `CREATE KEYSPACE ${keyspace} WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}`,
        );
        await client.execute(`USE ${keyspace}`);
        for (const statement of typeStatements) await client.execute(statement);
        if (!keyspace.endsWith('back'))
          for (const statement of [...definition, ...rows]) await client.execute(statement);
      }
      const original = await rowTexts(client, `realtime_${name}`, name);
      const there = await datamigrato.migrate({
        from: table(`realtime_${name}`, name),
        to: node(`tables/${name}`),
        acceptLoss: true,
        ...mapping,
      });
      await complete(there, original.length);
      const back = await datamigrato.migrate({
        from: node(there.lock.entities[0]?.target.entity ?? ''),
        to: table(`realtime_${name}_back`, name),
        lock: there.lock,
        acceptLoss: true,
      });
      await complete(back, original.length);
      expect(await columnTexts(client, `realtime_${name}_back`, name)).toEqual(
        await columnTexts(client, `realtime_${name}`, name),
      );
      expect(await rowTexts(client, `realtime_${name}_back`, name)).toEqual(original);
    }, 90_000);
  }

  it('Realtime Database → Cassandra → Realtime Database', async () => {
    server.write('wide-tree', tree, 'pairs');
    const there = await datamigrato.migrate({
      from: node('wide-tree'),
      to: table('realtime_tree', 'tree'),
      acceptLoss: true,
    });
    await complete(there, 5);
    const back = await datamigrato.migrate({
      from: table('realtime_tree', 'tree'),
      to: node('wide-tree-back'),
      lock: there.lock,
    });
    await complete(back, 5);
    expect(server.read('wide-tree-back', 'pairs')).toEqual(server.read('wide-tree', 'pairs'));
  }, 60_000);
});

describe.skipIf(firestore === undefined)('Firestore and an embedded Realtime Database, there and back', () => {
  const project = 'demo-realtime';
  const collection = (path: string) => firestoreCollection(firestore as FirestoreAddress, project, path);
  const reference = `projects/${project}/databases/(default)/documents/kinds/0`;
  const kinds: readonly FirestoreFields[] = [
    {
      nothing: { nullValue: null },
      small: { integerValue: '5' },
      most: { integerValue: '9223372036854775807' },
      whole: { doubleValue: 5 },
      text: { stringValue: 'naïve 😀 \u0000 \u2028' },
      at: { timestampValue: '2020-02-29T12:34:56.789123Z' },
      bytes: { bytesValue: 'AP8Q' },
      place: { geoPointValue: { latitude: -90, longitude: 179.5 } },
      other: { referenceValue: reference },
      list: { arrayValue: { values: [{ integerValue: '1' }, { doubleValue: 1 }, { nullValue: null }] } },
      none: { arrayValue: {} },
      map: {
        mapValue: { fields: { 'a.b': { integerValue: '1' }, '1': { nullValue: null }, '.sv': { stringValue: 'x' } } },
      },
      blank: { mapValue: { fields: {} } },
      vector: {
        mapValue: {
          fields: {
            __type__: { stringValue: '__vector__' },
            value: { arrayValue: { values: [{ doubleValue: 0.1 }, { doubleValue: -3 }] } },
          },
        },
      },
    },
    { whole: { doubleValue: 'NaN' }, list: { stringValue: 'no list' }, map: { booleanValue: false } },
    { small: { stringValue: '5' }, text: { integerValue: '5' }, '@dm': { stringValue: 'x' } },
    {},
  ];

  for (const [path, seed] of [
    ['kinds', Object.fromEntries(kinds.map((fields, index) => [`kinds/${index}`, fields]))],
    [
      'users/*/messages',
      Object.fromEntries(
        ['alice', 's~x', 'a.b', '64f1c0ffee64f1c0ffee64f1', '日本'].flatMap((user) =>
          ['1', '2'].map((id) => [`users/${user}/messages/${id}`, { text: { stringValue: `${user} ${id}` } }] as const),
        ),
      ),
    ],
  ] as const) {
    it(`Firestore → Realtime Database → Firestore: ${path}`, async () => {
      const documents = firestoreDocuments(firestore as FirestoreAddress, project);
      const stored = () => documents.documents(path.split('/').at(-1) ?? '', 'group');
      await documents.clear();
      await documents.fill(seed);
      const before = await stored();
      const there = await datamigrato.migrate({ from: collection(path), to: node(`fire/${path}`), acceptLoss: true });
      await complete(there, Object.keys(seed).length);
      await documents.clear();
      const entity = there.lock.entities[0]?.target.entity ?? '';
      const back = await datamigrato.migrate({
        from: node(entity),
        to: collection(path),
        lock: there.lock,
        acceptLoss: true,
      });
      await complete(back, Object.keys(seed).length);
      expect(await stored()).toEqual(before);
    }, 90_000);
  }

  it('Realtime Database → Firestore → Realtime Database', async () => {
    server.write('fire-tree', tree, 'pairs');
    const there = await datamigrato.migrate({ from: node('fire-tree'), to: collection('tree'), acceptLoss: true });
    await complete(there, 5);
    const back = await datamigrato.migrate({ from: collection('tree'), to: node('fire-tree-back'), lock: there.lock });
    await complete(back, 5);
    expect(server.read('fire-tree-back', 'pairs')).toEqual(server.read('fire-tree', 'pairs'));
  }, 90_000);
});
