import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type FirestoreAddress,
  type FirestoreDocuments,
  type FirestoreFields,
  firestoreDocuments,
  type MongodbAddress,
  serverOrSkip,
} from '@datamigrato/testbed';
import { DBRef, type Document, Long, ObjectId } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Datamigrato, type MigrationResult } from '../../src/index.js';
import { missingRecords } from './dead-letters.js';
import { connectMongo, type PlainMongo } from './plain-stores.js';

const secantus = await serverOrSkip('secantus');
const firestore = await serverOrSkip('firestore');
const folder = await mkdtemp(join(tmpdir(), 'datamigrato-references-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

const adaText = '64f1c0ffee64f1c0ffee64f1';
const ada = new ObjectId(adaText);

describe.skipIf(secantus === undefined || firestore === undefined)('references between records', () => {
  const datamigrato = new Datamigrato({ stateFolder: join(folder, 'state') });
  const project = 'demo-references';
  const { host, port } = firestore as FirestoreAddress;
  const cloud = { connector: 'firestore', options: { projectId: project, emulator: `${host}:${port}` } };
  const database = (databaseName: string) => ({
    connector: 'mongodb',
    options: { clientUrl: (secantus as MongodbAddress).url, databaseName },
  });
  const root = `projects/${project}/databases/(default)/documents`;
  const reference = (path: string) => ({ referenceValue: `${root}/${path}` });
  const text = (value: string) => ({ stringValue: value });
  const map = (fields: FirestoreFields) => ({ mapValue: { fields } });
  let mongo: PlainMongo;
  let documents: FirestoreDocuments;

  beforeAll(async () => {
    mongo = await connectMongo((secantus as MongodbAddress).url);
    documents = firestoreDocuments(firestore as FirestoreAddress, project);
  });
  afterAll(() => mongo?.[Symbol.asyncDispose]());

  const complete = async (result: MigrationResult, records: number): Promise<void> => {
    expect(await missingRecords(result)).toEqual([]);
    expect(result.ledger).toMatchObject({ read: records, written: records });
    expect(result.verification).toMatchObject({ verdict: 'equal' });
  };
  const entities = (...names: readonly (readonly [string, string])[]) =>
    names.map(([source, target]) => ({ source, target }));

  it('MongoDB → Firestore → MongoDB: a DBRef leads to its document in both', async () => {
    await documents.clear();
    const users: readonly Document[] = [
      { _id: ada, name: 'Ada', friend: new DBRef('users', new ObjectId('64f1c0ffee64f1c0ffee64f2')) },
      { _id: new ObjectId('64f1c0ffee64f1c0ffee64f2'), name: 'Bo', friend: 'none' },
    ];
    const posts: readonly Document[] = [
      { _id: 1, author: new DBRef('users', ada), likes: [new DBRef('users', ada), { by: { $ref: 'posts', $id: 2 } }] },
      { _id: 2, author: new DBRef('elsewhere', ada), likes: [] },
      { _id: 3, author: new DBRef('users', ada, 'other'), likes: [{ $ref: 'posts', $id: Long.fromNumber(2) }] },
      { _id: 4, author: { $id: ada, $ref: 'users' }, likes: [{ '@dm': 'reference', v: 'people/x' }] },
    ];
    await mongo.fill('referring', 'users', users);
    await mongo.fill('referring', 'posts', posts);

    const there = await datamigrato.migrate({
      from: database('referring'),
      to: cloud,
      entities: entities(['users', 'people'], ['posts', 'posts']),
      verify: true,
    });
    await complete(there, 6);
    expect(await documents.document(`people/${adaText}`)).toMatchObject({
      friend: reference('people/64f1c0ffee64f1c0ffee64f2'),
    });
    expect(await documents.document('posts/i~1')).toEqual({
      author: reference(`people/${adaText}`),
      likes: {
        arrayValue: { values: [reference(`people/${adaText}`), map({ by: reference('posts/i~2') })] },
      },
    });
    expect(await documents.document('posts/i~2')).toMatchObject({
      author: map({ $ref: text('elsewhere'), $id: text(adaText) }),
    });

    const back = await datamigrato.migrate({
      from: cloud,
      to: database('referring_back'),
      entities: entities(['people', 'users'], ['posts', 'posts']),
      lock: there.lock,
      verify: true,
    });
    await complete(back, 6);
    for (const name of ['users', 'posts'])
      expect(await mongo.bytes('referring_back', name)).toEqual(await mongo.bytes('referring', name));
  }, 120_000);

  it('Firestore → MongoDB → Firestore: a reference names the collection and `_id` that its document gets', async () => {
    await documents.clear();
    const seed: Readonly<Record<string, FirestoreFields>> = {
      'users/ada': { friend: reference('users/bo') },
      'users/bo': { friend: { nullValue: null } },
      'users/ada/messages/m1': { from: reference('users/bo'), answers: reference('users/bo/messages/m2') },
      'users/bo/messages/m2': {
        from: reference('places/rome'),
        answers: { referenceValue: 'projects/other/databases/(default)/documents/users/ada' },
        all: { arrayValue: { values: [reference('users/ada'), map({ seen: reference('users/ada/messages/m1') })] } },
      },
      'users/bo/messages/m3': {
        looks: map({ $ref: text('users'), $id: text('ada') }),
        like: map({ $ref: text('users_messages'), $id: map({ users: text('ada'), id: text('m1') }) }),
      },
    };
    await documents.fill(seed);

    const there = await datamigrato.migrate({
      from: cloud,
      to: database('referred'),
      entities: entities(['users', 'users'], ['users/*/messages', 'users_messages']),
      verify: true,
    });
    await complete(there, 5);
    const found = async (collection: string, filter: Document): Promise<Document | null> =>
      await mongo.client.db('referred').collection(collection).findOne(filter);
    const message = await found('users_messages', { from: { $ref: 'users', $id: 'bo' } });
    expect(message?.['answers']).toMatchObject({ collection: 'users_messages' });
    // What the reference holds is the key itself: it finds its document.
    const answered = await found('users_messages', { _id: message?.['answers'].oid });
    expect(answered).toMatchObject({
      from: 'places/rome',
      answers: 'projects/other/databases/(default)/documents/users/ada',
    });

    await documents.clear();
    const back = await datamigrato.migrate({
      from: database('referred'),
      to: cloud,
      entities: entities(['users', 'users'], ['users_messages', 'users/*/messages']),
      lock: there.lock,
      verify: true,
    });
    await complete(back, 5);
    for (const [path, fields] of Object.entries(seed)) expect(await documents.document(path)).toEqual(fields);
  }, 120_000);

  it('without a lock, a DBRef that came from a reference becomes one again', async () => {
    await documents.clear();
    await documents.fill({ 'cities/rome': { twin: reference('cities/paris') }, 'cities/paris': {} });
    const cities = entities(['cities', 'cities']);
    await complete(
      await datamigrato.migrate({ from: cloud, to: database('twins'), entities: cities, verify: true }),
      2,
    );
    await documents.clear();
    await complete(
      await datamigrato.migrate({ from: database('twins'), to: cloud, entities: cities, verify: true }),
      2,
    );
    expect(await documents.document('cities/rome')).toEqual({ twin: reference('cities/paris') });
  }, 120_000);
});
