import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { firestoreDocuments, serverOrSkip } from '@datamigrato/testbed';
import { Client } from 'cassandra-driver';
import { Datamigrato, type EndpointOptions } from 'datamigrato';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { openCassandra } from '../src/store/cassandra.js';
import { openFirestore } from '../src/store/firestore.js';
import { openMongodb } from '../src/store/mongodb.js';
import type { PairStore } from '../src/store/pair-store.js';
import { openRealtime } from '../src/store/realtime.js';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const space = 'datamigrato_natural';
const project = 'demo-natural';
const folder = await mkdtemp(join(tmpdir(), 'datamigrato-natural-'));
const mongodbServer = await serverOrSkip('mongodb');
const cassandraServer = await serverOrSkip('cassandra');
const emulator = await serverOrSkip('firestore');
const realtime = await openRealtime();
afterAll(async () => {
  await realtime[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const datamigrato = new Datamigrato({ stateFolder: join(folder, 'state') });
const at = ({ connector, options }: PairStore, entity?: string): EndpointOptions => ({
  connector,
  options,
  ...(entity !== undefined && { entity }),
});
/** Texts of a store's records as parsed JSON, by key. */
async function shown(store: PairStore, entity: string): Promise<Readonly<Record<string, unknown>>> {
  const texts = await store.contents(entity);
  return Object.fromEntries([...texts].map(([key, text]) => [key, JSON.parse(text)]));
}

describe.skipIf(!mongodbServer || !cassandraServer || !emulator)('what a user of the target expects to find', () => {
  let mongodb: PairStore;
  let cassandra: PairStore;
  let firestore: PairStore;
  let client: Client;
  const documents = () => {
    if (!emulator) throw new Error('the servers are there');
    return firestoreDocuments(emulator, project);
  };

  beforeAll(async () => {
    if (!mongodbServer || !cassandraServer || !emulator) throw new Error('the servers are there');
    mongodb = await openMongodb(mongodbServer, space);
    cassandra = await openCassandra(cassandraServer, space);
    firestore = openFirestore(emulator, project);
    for (const store of [mongodb, cassandra, firestore]) await store.clear();
    const { contactPoints, localDataCenter, port } = cassandraServer;
    client = new Client({ contactPoints: [...contactPoints], localDataCenter, protocolOptions: { port } });
    await client.execute(
      `CREATE TABLE ${space}.readings (room text, at int, value double, place text static, PRIMARY KEY (room, at))`,
    );
    for (const at of [1, 2])
      await client.execute(
        `INSERT INTO ${space}.readings (room, at, value, place) VALUES ('kitchen', ${at}, ${at}.5, 'ground floor')`,
      );
    await documents().fill({
      'rooms/kitchen': { floor: { integerValue: '0' } },
      'rooms/kitchen/messages/m1': {
        text: { stringValue: 'hi' },
        where: { geoPointValue: { latitude: 48.5, longitude: -9.25 } },
        author: { referenceValue: `projects/${project}/databases/(default)/documents/users/ada` },
      },
      'rooms/attic/messages/m2': { text: { stringValue: 'boo' } },
    });
  });
  afterAll(async () => {
    for (const store of [mongodb, cassandra, firestore]) await store?.[Symbol.asyncDispose]();
    await client?.shutdown();
  });

  test('Firestore → MongoDB: a collection for each path, parents in the _id, points as GeoJSON, references as paths', async () => {
    await datamigrato.migrate({ from: at(firestore), to: at(mongodb) });
    expect(Object.values(await shown(mongodb, 'rooms'))).toEqual(
      expect.arrayContaining([{ _id: 'kitchen', floor: { $numberInt: '0' } }, { _id: 'attic' }]),
    );
    const messages = Object.values(await shown(mongodb, 'rooms_messages'));
    expect(messages).toHaveLength(2);
    expect(messages).toContainEqual({
      _id: { rooms_id: 'kitchen', id: 'm1' },
      text: 'hi',
      where: { type: 'Point', coordinates: [{ $numberDouble: '-9.25' }, { $numberDouble: '48.5' }] },
      author: 'users/ada',
    });
  });

  test('Firestore → Cassandra: parents are the partition, the id clusters', async () => {
    await datamigrato.migrate({
      from: at(firestore, 'rooms/*/messages'),
      to: at(cassandra, 'messages'),
      acceptLoss: true,
    });
    const { rows } = await client.execute(
      `SELECT column_name, kind FROM system_schema.columns WHERE keyspace_name = '${space}' AND table_name = 'messages'`,
    );
    const kinds = Object.fromEntries(rows.map((row) => [row['column_name'], row['kind']]));
    expect(kinds).toMatchObject({ rooms_id: 'partition_key', id: 'clustering', text: 'regular', author: 'regular' });
    const found = await client.execute(`SELECT id, text, author FROM ${space}.messages WHERE rooms_id = 'kitchen'`);
    expect(found.rows.map((row) => ({ ...row }))).toEqual([{ id: 'm1', text: 'hi', author: 'users/ada' }]);
  });

  test('Firestore → Realtime Database: a level for each part of the path', async () => {
    const { lock } = await datamigrato.migrate({ from: at(firestore, 'rooms/*/messages'), to: at(realtime, 'chat') });
    expect(lock.entities[0]?.target.entity).toBe('chat/*');
    expect(await shown(realtime, 'chat')).toEqual({
      kitchen: {
        m1: { text: 'hi', where: { type: 'Point', coordinates: { 0: -9.25, 1: 48.5 } }, author: 'users/ada' },
      },
      attic: { m2: { text: 'boo' } },
    });
  });

  test('Cassandra → Firestore: a document for each partition, its rows in a sub-collection', async () => {
    const { lock } = await datamigrato.migrate({ from: at(cassandra, 'readings'), to: at(firestore, 'readings') });
    expect(lock.entities[0]?.target.entity).toBe('readings/*/records');
    expect(await shown(firestore, 'readings/kitchen/records')).toEqual({
      'i~1': { value: { doubleValue: 1.5 }, place: { stringValue: 'ground floor' } },
      'i~2': { value: { doubleValue: 2.5 }, place: { stringValue: 'ground floor' } },
    });
  });

  test('Cassandra → Realtime Database: a node for each partition, its rows below it', async () => {
    await datamigrato.migrate({ from: at(cassandra, 'readings'), to: at(realtime, 'readings') });
    expect(await shown(realtime, 'readings')).toEqual({
      kitchen: {
        'i~1': { value: 1.5, place: 'ground floor' },
        'i~2': { value: 2.5, place: 'ground floor' },
      },
    });
  });

  test('Cassandra → MongoDB: a document for each row, the key in its _id', async () => {
    await datamigrato.migrate({ from: at(cassandra, 'readings'), to: at(mongodb, 'readings') });
    const found = Object.values(await shown(mongodb, 'readings'));
    expect(found).toHaveLength(2);
    expect(found).toContainEqual({
      _id: { room: 'kitchen', at: { $numberInt: '1' } },
      value: { $numberDouble: '1.5' },
      place: 'ground floor',
    });
  });

  test('Realtime Database → Firestore: children of a nested path become a sub-collection', async () => {
    await datamigrato.migrate({ from: at(realtime, 'chat/*'), to: at(firestore, 'chat') });
    expect(await shown(firestore, 'chat/attic/records')).toEqual({ m2: { text: { stringValue: 'boo' } } });
  });
});
