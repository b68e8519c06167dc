import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRealtimeServer } from '@datamigrato/realtime-server';
import { firestoreDocuments, serverOrSkip } from '@datamigrato/testbed';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Datamigrato, type Migration } from '../../src/index.js';
import { connectCassandra, connectMongo } from './plain-stores.js';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const cassandra = await serverOrSkip('cassandra');
const mongodb = await serverOrSkip('mongodb');
const emulator = await serverOrSkip('firestore');
const folder = await mkdtemp(join(tmpdir(), 'datamigrato-methods-'));
const realtime = await startRealtimeServer();
afterAll(async () => {
  await realtime.stop();
  await rm(folder, { recursive: true, force: true });
});

const movies = [
  { id: 'a', title: 'Metropolis', rating: 8.25 },
  { id: 'b', title: 'M', rating: 8.5 },
  { id: 'c', title: 'Nosferatu', rating: 7.75 },
];
const titles = movies.map(({ id, title, rating }) => `${id} ${title} ${rating}`);
const name = `methods_${process.pid}`;

describe('every method of the handler moves records', async () => {
  const servers = [cassandra, mongodb, emulator];
  test.skipIf(servers.includes(undefined))('has its servers', () => {
    expect(servers).not.toContain(undefined);
  });
  if (cassandra === undefined || mongodb === undefined || emulator === undefined) return;
  const datamigrato = new Datamigrato({ stateFolder: join(folder, 'state') });
  const mongo = await connectMongo(mongodb.url);
  const client = connectCassandra(cassandra);
  const documents = firestoreDocuments(emulator, `demo-${name.replace('_', '-')}`);
  const { contactPoints, localDataCenter, port } = cassandra;
  afterAll(async () => {
    await documents.clear();
    await mongo.client.db(name).dropDatabase();
    await Promise.all([mongo[Symbol.asyncDispose](), client.shutdown()]);
  });

  /** Each store with the options of its methods, and what the plain driver finds there. */
  const stores = {
    mongo: {
      at: (entity: string) => ({ clientUrl: mongodb.url, databaseName: name, collectionName: entity }),
      async lines(entity: string) {
        const found = await mongo.client.db(name).collection(entity).find().toArray();
        return found.map(({ _id, title, rating }) => [_id, title, rating].join(' '));
      },
    },
    cassandra: {
      at: (entity: string) => ({
        contactPoints,
        port,
        localDataCenter,
        keyspaceName: name,
        createKeyspace: true,
        tableName: entity,
      }),
      async lines(entity: string) {
        const { rows } = await client.execute(`SELECT * FROM ${name}.${entity}`);
        return rows.map((row) => [row['id'], row['title'], row['rating']].join(' '));
      },
    },
    firestore: {
      at: (entity: string) => ({
        projectId: documents.project,
        emulator: `${emulator.host}:${emulator.port}`,
        collectionPath: entity,
      }),
      async lines(entity: string) {
        const found = await documents.documents(entity);
        return [...found].map(([path, { title, rating }]) =>
          [path.split('/')[1], title?.['stringValue'], rating?.['doubleValue']].join(' '),
        );
      },
    },
    realtime: {
      at: (entity: string) => ({
        referenceUrl: `https://${name.replace('_', '-')}.firebaseio.com`,
        realtimeEmulator: `${realtime.host}:${realtime.port}`,
        rootNode: entity,
      }),
      async lines(entity: string) {
        const tree = realtime.read(entity, name.replace('_', '-')) as Record<string, Record<string, unknown>>;
        return Object.entries(tree).map(([id, { title, rating }]) => [id, title, rating].join(' '));
      },
    },
  } as const;
  type StoreName = keyof typeof stores;

  /** What the plain driver finds after a migration that wrote every record. */
  const arrived = async (migration: Migration, store: StoreName, entity: string): Promise<readonly string[]> => {
    const { ledger } = await migration;
    expect(ledger).toEqual({ read: 3, written: 3, unchanged: 0, dead: 0, filtered: 0 });
    return (await stores[store].lines(entity)).sort();
  };

  const from = join(folder, 'movies.json');
  const { mongo: m, cassandra: c, firestore: f, realtime: r } = stores;
  beforeAll(async () => {
    await writeFile(from, JSON.stringify(movies));
  });

  test.each<[string, StoreName, () => Migration]>([
    ['populateMongo', 'mongo', () => datamigrato.populateMongo({ from, primaryKey: 'id', ...m.at('movies') })],
    [
      'populateCassandra',
      'cassandra',
      () => datamigrato.populateCassandra({ from, primaryKey: 'id', ...c.at('movies') }),
    ],
    [
      'populateFirestore',
      'firestore',
      () => datamigrato.populateFirestore({ from, primaryKey: 'id', ...f.at('movies') }),
    ],
    [
      'populateFirebaseRealtime',
      'realtime',
      () => datamigrato.populateFirebaseRealtime({ from, primaryKey: 'id', ...r.at('movies') }),
    ],
  ])('%s', async (_method, store, populate) => {
    expect(await arrived(populate(), store, 'movies')).toEqual(titles);
  });

  const all = { ...m.at('movies'), ...c.at('movies'), ...f.at('movies'), ...r.at('movies') };
  test.each<[string, StoreName, string, () => Migration]>([
    [
      'mongoToCassandra',
      'cassandra',
      'from_mongo',
      () => datamigrato.mongoToCassandra({ ...all, ...c.at('from_mongo') }),
    ],
    [
      'mongoToFirestore',
      'firestore',
      'from_mongo',
      () => datamigrato.mongoToFirestore({ ...all, ...f.at('from_mongo') }),
    ],
    [
      'mongoToFirebaseRealtime',
      'realtime',
      'from_mongo',
      () => datamigrato.mongoToFirebaseRealtime({ ...all, ...r.at('from_mongo') }),
    ],
    [
      'cassandraToMongo',
      'mongo',
      'from_cassandra',
      () => datamigrato.cassandraToMongo({ ...all, ...m.at('from_cassandra') }),
    ],
    [
      'cassandraToFirestore',
      'firestore',
      'from_cassandra',
      () => datamigrato.cassandraToFirestore({ ...all, ...f.at('from_cassandra') }),
    ],
    [
      'cassandraToFirebaseRealtime',
      'realtime',
      'from_cassandra',
      () => datamigrato.cassandraToFirebaseRealtime({ ...all, ...r.at('from_cassandra') }),
    ],
    [
      'firestoreToMongo',
      'mongo',
      'from_firestore',
      () => datamigrato.firestoreToMongo({ ...all, ...m.at('from_firestore') }),
    ],
    [
      'firestoreToCassandra',
      'cassandra',
      'from_firestore',
      () => datamigrato.firestoreToCassandra({ ...all, ...c.at('from_firestore') }),
    ],
    [
      'firestoreToFirebaseRealtime',
      'realtime',
      'from_firestore',
      () => datamigrato.firestoreToFirebaseRealtime({ ...all, ...r.at('from_firestore') }),
    ],
    [
      'firebaseRealtimeToMongo',
      'mongo',
      'from_realtime',
      () => datamigrato.firebaseRealtimeToMongo({ ...all, ...m.at('from_realtime') }),
    ],
    [
      'firebaseRealtimeToCassandra',
      'cassandra',
      'from_realtime',
      () => datamigrato.firebaseRealtimeToCassandra({ ...all, ...c.at('from_realtime') }),
    ],
    [
      'firebaseRealtimeToFirestore',
      'firestore',
      'from_realtime',
      () => datamigrato.firebaseRealtimeToFirestore({ ...all, ...f.at('from_realtime') }),
    ],
  ])('%s', async (_method, store, entity, move) => {
    expect(await arrived(move(), store, entity)).toEqual(titles);
  });
});
