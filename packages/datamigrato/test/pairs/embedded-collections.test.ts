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
import type { Document } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Datamigrato } from '../../src/index.js';
import { createWorkplace } from '../command-line/command-line.js';
import { deadLettersOf, missingRecords } from './dead-letters.js';
import { connectMongo, type PlainMongo } from './plain-stores.js';

vi.setConfig({ testTimeout: 120_000 });

const secantus = await serverOrSkip('secantus');
const firestore = await serverOrSkip('firestore');
const folder = await mkdtemp(join(tmpdir(), 'datamigrato-embedded-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.skipIf(secantus === undefined || firestore === undefined)('sub-collections as arrays', () => {
  const datamigrato = new Datamigrato({ stateFolder: join(folder, 'state') });
  const project = 'demo-embedded';
  const embed = ['users/*/messages', 'users/*/messages/*/likes'];
  const { host, port } = firestore as FirestoreAddress;
  const options = { projectId: project, emulator: `${host}:${port}`, embed };
  const cloud = { connector: 'firestore', options };
  const database = (databaseName: string) => ({
    connector: 'mongodb',
    options: { clientUrl: (secantus as MongodbAddress).url, databaseName },
  });
  const text = (value: string) => ({ stringValue: value });
  let mongo: PlainMongo;
  let documents: FirestoreDocuments;

  beforeAll(async () => {
    mongo = await connectMongo((secantus as MongodbAddress).url);
    documents = firestoreDocuments(firestore as FirestoreAddress, project);
  });
  afterAll(async () => {
    await documents?.clear();
    await mongo?.[Symbol.asyncDispose]();
  });

  /** Every document of the project's collections by its path. */
  const everything = async (): Promise<ReadonlyMap<string, FirestoreFields>> => {
    const collections = ['users', 'messages', 'likes', 'orders'];
    const found = await Promise.all(collections.map((name) => documents.documents(name, 'group')));
    return new Map(found.flatMap((part) => [...part]).sort(([left], [right]) => (left < right ? -1 : 1)));
  };
  const root = `projects/${project}/databases/(default)/documents`;
  const kinds: FirestoreFields = {
    integer: { integerValue: '5' },
    large: { integerValue: '9007199254740993' },
    double: { doubleValue: 5 },
    at: { timestampValue: '2026-11-24T10:00:00.123456Z' },
    bytes: { bytesValue: 'AAH/' },
    point: { geoPointValue: { latitude: 52.5, longitude: 13.4 } },
    friend: { referenceValue: `${root}/users/u001` },
    nothing: { nullValue: null },
    list: { arrayValue: { values: [{ integerValue: '1' }, text('one')] } },
  };
  const paddedId = (index: number): string => `u${String(index).padStart(3, '0')}`;
  const seed = (): Readonly<Record<string, FirestoreFields>> => {
    const all: Record<string, FirestoreFields> = {};
    for (let user = 0; user < 300; user += 1) {
      const path = `users/${paddedId(user)}`;
      all[path] = { name: text(`user ${user}`), ...(user % 50 === 0 && kinds) };
      for (let message = 0; message < user % 7; message += 1) {
        all[`${path}/messages/${message}`] = { body: text(`message ${message}`), ...(user % 20 === 0 && kinds) };
        if (message === 3) all[`${path}/messages/3/likes/${paddedId(message)}`] = { count: { integerValue: '2' } };
      }
      if (user % 60 === 0) all[`${path}/orders/1`] = { total: { doubleValue: 1.5 } };
    }
    return all;
  };

  it('Firestore → MongoDB → Firestore: one document each, and the same documents again', async () => {
    await documents.clear();
    await documents.fill(seed());
    const before = await everything();

    const there = await datamigrato.migrate({ from: cloud, to: database('embedded'), verify: true });
    expect(await missingRecords(there)).toEqual([]);
    expect(there.verification).toMatchObject({ verdict: 'equal' });
    expect(there.entities.map(({ source }) => source).sort()).toEqual(['users', 'users/*/orders']);
    const found = await mongo.client
      .db('embedded')
      .collection<Document & { _id: string }>('users')
      .findOne({ _id: 'u004' });
    expect(found).toMatchObject({
      name: 'user 4',
      messages: [
        { __id__: '0', body: 'message 0' },
        { __id__: '1', body: 'message 1' },
        { __id__: '2', body: 'message 2' },
        { __id__: '3', body: 'message 3', likes: [{ __id__: 'u003', count: 2 }] },
      ],
    });

    // What was added and left there in the meantime goes with the record that takes the place of another.
    await documents.fill({ 'users/u004/messages/9': { body: text('later') }, 'users/u001/messages/0/likes/x': {} });
    const back = await datamigrato.migrate({
      from: database('embedded'),
      to: cloud,
      entities: [
        { source: 'users', target: 'users' },
        { source: 'users_orders', target: 'users/*/orders' },
      ],
      lock: there.lock,
      verify: true,
    });
    expect(await missingRecords(back)).toEqual([]);
    expect(back.verification).toMatchObject({ verdict: 'equal' });
    expect(await everything()).toEqual(before);

    await documents.fill({
      'users/u004/messages/9': { body: text('later') },
      'users/u005/messages/1': { body: text('changed') },
      'users/extra/messages/1': {},
    });
    const broken = await datamigrato.verify({ run: back.runId });
    expect(broken.entities.find(({ target }) => target === 'users')).toMatchObject({
      tally: { missing: 0, extra: 1, changed: 2, duplicated: 0 },
    });
    const mended = await datamigrato.repair({ run: back.runId, allowDelete: true });
    expect(mended.verification).toMatchObject({ verdict: 'equal' });
    expect(await everything()).toEqual(before);
  });

  it('a run that is killed while it reads and writes them goes on, and they are the same', async () => {
    await documents.clear();
    await documents.fill(seed());
    const before = await everything();
    await using workplace = await createWorkplace();
    const url = (path: string): string =>
      `firestore://${project}/(default)/${path}?emulator=${host}:${port}&embed=${embed.join(',')}`;
    const { url: clientUrl } = secantus as MongodbAddress;
    const mongoUrl = `${clientUrl.replace(/\/?(\?.*)?$/, '/embedded_killed')}#users`;
    const killed = async (from: string, to: string, state: string, more: readonly string[] = []) => {
      const first = await workplace.runUntilWritten(
        ['copy', from, to, '--state-folder', state, '--max-rate', '100', ...more],
        100,
        'SIGKILL',
      );
      expect(first.code).toBe(null);
      const second = await workplace.runWatched(['resume', '--json', '--state-folder', state]);
      expect(second.code).toBe(0);
      const report = JSON.parse(second.stdout);
      expect(report).toMatchObject({ ledger: { read: 300, written: 300, dead: 0 } });
      return join(report.runFolder, 'mapping.lock.json');
    };
    const lock = await killed(url('users'), mongoUrl, './there');
    await documents.clear();
    await killed(mongoUrl, url('users'), './back', ['--lock', lock]);
    const moved = [...before].filter(([path]) => !path.includes('/orders/'));
    expect(await everything()).toEqual(new Map(moved));
  });

  it('a record with a field of that name is a dead letter, and others are moved', async () => {
    await documents.clear();
    await documents.fill({
      'users/a': { messages: text('mine') },
      'users/a/messages/1': {},
      'users/b/messages/1': {},
    });
    const result = await datamigrato.migrate({
      from: { ...cloud, entity: 'users' },
      to: { ...database('embedded_field'), entity: 'users' },
    });
    expect(result.ledger).toMatchObject({ read: 2, written: 1, dead: 1 });
    expect(await deadLettersOf(result)).toMatchObject([{ stage: 'decode', code: 'DM_FIRESTORE_EMBED_FIELD' }]);
  });
});
