import { entityName, type Json } from '@datamigrato/core';
import type { FirestoreFields } from '@datamigrato/testbed';
import { describe, expect, test } from 'vitest';
import { type FirestoreDatabase, openDatabase } from '../../src/client.js';
import { parseEntityPath } from '../../src/entity-path.js';
import { compareNames } from '../../src/name-order.js';
import { optionsSchema } from '../../src/options.js';
import { entityQuery } from '../../src/query.js';
import { sampleDocuments } from '../../src/sample.js';
import { scan } from '../../src/scan.js';
import {
  batchesOf,
  call,
  describeOnEmulator,
  openEndpoint,
  partitionsOf,
  recordsOf,
  type TestDatabase,
} from './harness.js';

const hostileIds = [
  '__id7__',
  '__id10__',
  '__id-3__',
  '0',
  '00',
  '9007199254740993',
  '__',
  'a',
  'a b',
  'a.b',
  'A',
  'ä',
  '日本',
  '😀',
  '%2F',
  's~x',
  '64f1c0ffee64f1c0ffee64f1',
  '\u0001',
  '\'"`\\',
  '*',
  'x'.repeat(1_500),
  'é'.repeat(750),
  '\u{10FFFF}',
];

async function entitiesOf(database: Parameters<typeof recordsOf>[0]): Promise<string[]> {
  const found: string[] = [];
  for await (const { entity } of database.endpoint.source().listEntities(call)) found.push(entity);
  return found;
}

async function openTestDatabase({ address: { host, port }, oracle }: TestDatabase): Promise<FirestoreDatabase> {
  const configured = { projectId: oracle.project, emulator: `${host}:${port}` };
  const checked = await optionsSchema['~standard'].validate(configured);
  if (checked.issues !== undefined) throw new Error('these options are right');
  return await openDatabase(checked.value, call);
}

await describeOnEmulator('reading', 'demo-firestore-scan', (database) => {
  const numbered = (count: number): Record<string, FirestoreFields> =>
    Object.fromEntries(
      Array.from({ length: count }, (_, index) => [`many/${index}`, { n: { integerValue: String(index) } }]),
    );

  test('A-05 every hostile id is read once, whatever the partitions', async () => {
    await database().oracle.fill(Object.fromEntries(hostileIds.map((id) => [`hostile/${id}`, {}])));
    const ids = (await recordsOf(database(), 'hostile', 8)).map(({ key }) => key[0]);
    expect(new Set(ids)).toEqual(new Set(hostileIds));
    // The order that cuts of the service are sorted by is the service's own.
    const paths = ids.map((id) => `hostile/${typeof id === 'string' ? id : '?'}`);
    expect(paths).toEqual(paths.toSorted(compareNames));
    expect(ids).toHaveLength(hostileIds.length);
  }, 60_000);

  describe('six thousand documents', () => {
    test('partitions are disjoint and complete, and the same at every planning', async () => {
      await database().oracle.fill(numbered(6_000));
      const partitions = await partitionsOf(database(), 'many', 8);
      expect(partitions.length).toBe(3);
      expect(new Set(partitions.map(({ id }) => id)).size).toBe(3);
      expect(await partitionsOf(database(), 'many', 8)).toEqual(partitions);
      const paths: string[] = [];
      for (const partition of partitions) {
        const read = (await batchesOf(database(), partition)).flatMap((batch) => batch.paths);
        expect(read.length).toBeGreaterThan(1_500);
        paths.push(...read);
      }
      expect(paths.length).toBe(6_000);
      expect(new Set(paths).size).toBe(6_000);
      // In the order of names, so that ranges meet where they should.
      expect(paths).toEqual(paths.toSorted());
    }, 120_000);

    test('batches keep to their limits, and reading goes on after any position', async () => {
      const [partition] = await partitionsOf(database(), 'many', 8);
      if (partition === undefined) throw new Error('no partition');
      const all = await batchesOf(database(), partition, { batchRecords: 300 });
      for (const { records } of all) expect(records.length).toBeLessThanOrEqual(300);
      const bySize = await batchesOf(database(), partition, { batchBytes: 5_000 });
      expect(bySize.length).toBeGreaterThan(20);
      expect(bySize.flatMap(({ paths }) => paths)).toEqual(all.flatMap(({ paths }) => paths));
      for (const [index, { position }] of all.entries()) {
        const rest = await batchesOf(database(), partition, { after: JSON.parse(JSON.stringify(position)) as Json });
        expect(rest.flatMap(({ paths }) => paths)).toEqual(all.slice(index + 1).flatMap(({ paths }) => paths));
      }
    }, 120_000);

    test('A-04 streams that must not grow old are opened again after the last name, and lose nothing', async () => {
      const { oracle } = database();
      const opened = await openTestDatabase(database());
      const few = Array.from({ length: 300 }, (_, index) => [`few/${1_000 + index}`, {}] as const);
      await oracle.fill(Object.fromEntries(few));
      let streams = 0;
      const query = (after: string | undefined) => {
        streams += 1;
        const entity = parseEntityPath(entityName('few'));
        return entityQuery(opened.documents, entity, { from: null, to: null }, { after, limit: 40, namesOnly: true });
      };
      const names: string[] = [];
      // Each stream ends after forty documents, as the service's do after a minute: without a word.
      for await (const { documents } of scan(opened, query, call, 'a test', 0))
        names.push(...documents.map(({ name }) => name));
      await opened.close();
      expect(streams).toBeGreaterThan(7);
      expect(names.map((name) => name.slice(opened.documents.length + 1))).toEqual(few.map(([path]) => path));
    }, 60_000);

    test('leaving a reading early frees it, and an abort ends it with its reason', async () => {
      const [partition] = await partitionsOf(database(), 'many', 1);
      if (partition === undefined) throw new Error('no partition');
      const source = database().endpoint.source();
      for await (const batch of source.readPartition(partition, { ...call, batchRecords: 10, batchBytes: 1 << 20 })) {
        expect(batch.records).toHaveLength(10);
        break;
      }
      const stop = new AbortController();
      const reading = source.readPartition(partition, {
        ...call,
        signal: stop.signal,
        batchRecords: 10,
        batchBytes: 1 << 20,
      });
      const reason = new Error('enough');
      const read = async (): Promise<void> => {
        for await (const batch of reading) if (batch.records.length > 0) stop.abort(reason);
      };
      await expect(read()).rejects.toBe(reason);
    }, 60_000);
  });

  describe('sub-collections', () => {
    const tree: Record<string, FirestoreFields> = {
      'users/alice': { name: { stringValue: 'Alice' } },
      'users/alice/messages/1': { text: { stringValue: 'a1' } },
      'users/alice/messages/2': { text: { stringValue: 'a2' } },
      'users/ghost/messages/1': { text: { stringValue: 'g1' } },
      'users/ghost/messages/1/reactions/x': {},
      'users/zoe': {},
      'users/phantom/messages/missing/reactions/y': {},
      'chats/c/messages/9': { text: { stringValue: 'c9' } },
      'chats/c/archive/old/messages/8': {},
    };

    test('A-06 every path of collections is found, below missing documents too', async () => {
      await database().oracle.clear();
      await database().oracle.fill(tree);
      expect(await entitiesOf(database())).toEqual([
        'chats',
        'chats/*/archive',
        'chats/*/archive/*/messages',
        'chats/*/messages',
        'users',
        'users/*/messages',
        'users/*/messages/*/reactions',
      ]);
    }, 60_000);

    test('a path reads its own documents alone, with the ids of their parents as key', async () => {
      const keys = (await recordsOf(database(), 'users/*/messages')).map(({ key }) => key);
      expect(keys).toEqual([
        ['alice', '1'],
        ['alice', '2'],
        ['ghost', '1'],
        ['phantom', 'missing'],
      ]);
      expect(await recordsOf(database(), 'users/alice/messages')).toEqual([
        { key: ['1'], fields: { text: 'a1' } },
        { key: ['2'], fields: { text: 'a2' } },
      ]);
      expect((await recordsOf(database(), 'chats/c/archive/*/messages')).map(({ key }) => key)).toEqual([['old', '8']]);
    }, 60_000);

    test('documents that exist only as parents are empty records, unless they are not wanted', async () => {
      const users = await recordsOf(database(), 'users');
      expect(users.map(({ key }) => key[0])).toEqual(['alice', 'zoe', 'ghost', 'phantom']);
      expect(users.slice(2).map(({ fields }) => fields)).toEqual([{}, {}]);
      expect((await recordsOf(database(), 'chats')).map(({ key }) => key)).toEqual([['c']]);
      const plain = await openEndpoint(database().address, database().oracle.project, { missingParents: false });
      const without = await recordsOf({ ...database(), endpoint: plain }, 'users');
      expect(without.map(({ key }) => key[0])).toEqual(['alice', 'zoe']);
      await plain.close();
    }, 60_000);

    test('reading missing parents goes on after any position', async () => {
      const [missing] = (await partitionsOf(database(), 'users', 1)).filter(({ range }) => range === 'missing-parents');
      if (missing === undefined) throw new Error('no such partition');
      const all = await batchesOf(database(), missing);
      const last = all.at(-1);
      expect(all.flatMap(({ paths }) => paths)).toEqual(['users/ghost', 'users/phantom']);
      expect(await batchesOf(database(), missing, { after: last?.position ?? null })).toEqual([]);
      const after = await batchesOf(database(), missing, { after: 'users/ghost/messages/1' });
      expect(after.flatMap(({ paths }) => paths)).toEqual(['users/phantom']);
    }, 60_000);

    test('a sample of many documents is full and none is in it twice, be their ids alike or from all over', async () => {
      const documents = (names: readonly string[]): Record<string, FirestoreFields> =>
        Object.fromEntries(names.map((id) => [id, {}]));
      await database().oracle.fill(documents(Array.from({ length: 62 }, (_, index) => `alike/item-${index}`)));
      const letters = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'.split('');
      await database().oracle.fill(documents(letters.map((id) => `spread/${id}`)));
      const opened = await openTestDatabase(database());
      const sampled = async (entity: string) => {
        const settings = { ...call, sampleSize: 14 };
        const sample = await sampleDocuments(opened, parseEntityPath(entityName(entity)), entityName(entity), settings);
        expect(sample.complete).toBe(false);
        return sample.documents.map(({ path }) => path.slice(entity.length + 1));
      };
      try {
        const alike = await sampled('alike');
        expect([alike.length, new Set(alike).size]).toEqual([14, 14]);
        const spread = await sampled('spread');
        expect([spread.length, new Set(spread).size]).toEqual([14, 14]);
        expect(spread).toEqual(expect.arrayContaining(['0', 'G', 'P', 'W', 'e', 'm', 'u']));
      } finally {
        await opened.close();
      }
    }, 60_000);

    test('the schema names the parts of a key after the collections, and steps aside for fields', async () => {
      await database().oracle.fill({ 'named/1': { id: { integerValue: '1' } } });
      const source = database().endpoint.source();
      const infer = (entity: string) => source.inferSchema(entityName(entity), { ...call, sampleSize: 100 });
      const messages = await infer('users/*/messages');
      expect(messages.key.map(({ name, role }) => [name, role])).toEqual([
        ['users_id', 'partition'],
        ['id', 'clustering'],
      ]);
      expect(messages.fields.map(({ name }) => name)).toEqual(['text']);
      expect(messages.sample).toMatchObject({ records: 3, complete: true });
      expect((await infer('named')).key.map(({ name }) => name)).toEqual(['__id__']);
      await database().oracle.fill({ 'early/1': {}, 'early/2': {}, 'early/3': {} });
      const few = await source.inferSchema(entityName('early'), { ...call, sampleSize: 1 });
      expect(few.sample).toMatchObject({ records: 1, complete: false });
      await expect(infer('nothing')).rejects.toMatchObject({ code: 'DM_ENTITY_MISSING' });
      await expect(infer('users/alice')).rejects.toMatchObject({ code: 'DM_FIRESTORE_PATH', category: 'usage' });
    }, 60_000);
  });
});
