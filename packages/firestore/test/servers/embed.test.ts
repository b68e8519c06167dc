import { type DataRecord, type Endpoint, entityName, type Json, valuesEqual, valueToText } from '@datamigrato/core';
import { expect, test } from 'vitest';
import {
  batchesOf,
  call,
  describeOnEmulator,
  openEndpoint,
  partitionsOf,
  recordsOf,
  schemaOf,
  type TestDatabase,
  write,
} from './harness.js';

const text = (stringValue: string) => ({ stringValue });
const done = { failures: [], unchanged: 0 };

await describeOnEmulator('sub-collections embedded in their parents', 'demo-firestore-embed', (plain) => {
  const withEmbedded = async (
    embed: readonly string[],
    body: (database: TestDatabase) => Promise<void>,
    options: object = {},
  ): Promise<void> => {
    const { address, oracle } = plain();
    await oracle.clear();
    const endpoint = await openEndpoint(address, oracle.project, { embed, ...options });
    try {
      await body({ address, oracle, endpoint });
    } finally {
      await endpoint.close();
    }
  };
  const same = (found: readonly DataRecord[], expected: readonly DataRecord[]): void => {
    expect(found.map(({ key }) => key)).toEqual(expected.map(({ key }) => key));
    for (const [index, record] of expected.entries())
      expect(valueToText(found[index]?.fields ?? null)).toBe(valueToText(record.fields));
  };
  const countOf = async (endpoint: Endpoint, entity: string) =>
    await endpoint.admin()?.countRecords(entityName(entity), call);
  const listed = async (endpoint: Endpoint): Promise<readonly string[]> => {
    const names: string[] = [];
    for await (const { entity } of endpoint.source().listEntities(call)) names.push(entity);
    return names;
  };
  const pathsIn = async ({ oracle }: TestDatabase, collection: string): Promise<readonly string[]> =>
    [...(await oracle.documents(collection, 'group')).keys()].sort();

  test('are arrays in the order of ids, below documents that do not exist too, and no entities of their own', () =>
    withEmbedded(['users/*/messages', 'users/*/messages/*/likes'], async (database) => {
      await database.oracle.fill({
        'users/alice': { name: text('Alice') },
        'users/alice/messages/10': { body: text('ten') },
        'users/alice/messages/9': {},
        'users/alice/messages/9/likes/bob': { at: { integerValue: '5' } },
        'users/alice/messages/gone/likes/carol': {},
        'users/bob': { name: text('Bob') },
        'users/bob/orders/1': {},
        'users/ghost/messages/1': { body: text('boo') },
        'users/shade/orders/1': {},
        'other/x/messages/1': { body: text("another path's") },
      });
      const expected: readonly DataRecord[] = [
        {
          key: ['alice'],
          fields: {
            name: 'Alice',
            messages: [
              { __id__: '10', body: 'ten' },
              { __id__: '9', likes: [{ __id__: 'bob', at: 5 }] },
              { __id__: 'gone', likes: [{ __id__: 'carol' }] },
            ],
          },
        },
        { key: ['bob'], fields: { name: 'Bob' } },
        { key: ['ghost'], fields: { messages: [{ __id__: '1', body: 'boo' }] } },
        { key: ['shade'], fields: {} },
      ];
      same(await recordsOf(database, 'users', 4), expected);
      expect(await countOf(database.endpoint, 'users')).toEqual({ value: 4, exact: true });
      expect(await listed(database.endpoint)).toEqual(['other', 'other/*/messages', 'users', 'users/*/orders']);
      const schema = await database.endpoint.source().inferSchema(entityName('users'), { ...call, sampleSize: 100 });
      expect(schema.fields.map(({ name }) => name)).toEqual(['messages', 'name']);
      expect(schema.notices?.join()).toMatch(/users\/\*\/messages.*`messages`.*`__id__`.*16 MiB/);
    }));

  test('leave documents out that exist only as parents and have nothing embedded, where that is asked', () =>
    withEmbedded(
      ['users/*/messages'],
      async (database) => {
        await database.oracle.fill({ 'users/ghost/messages/1': {}, 'users/shade/orders/1': {} });
        same(await recordsOf(database, 'users'), [{ key: ['ghost'], fields: { messages: [{ __id__: '1' }] } }]);
        expect(await countOf(database.endpoint, 'users')).toEqual({ value: 1, exact: true });
      },
      { missingParents: false },
    ));

  test('are read again from every position, and by every cut of the names', () =>
    withEmbedded(['rooms/*/users/*/messages'], async (database) => {
      const paths: Record<string, object> = {};
      for (const user of ['a', 'a ', 'a\u0001', 'b', 'é', '😀', 'z']) {
        if (user !== 'b') paths[`rooms/r/users/${user}`] = {};
        for (let index = 0; index < 3; index += 1) paths[`rooms/r/users/${user}/messages/${index}`] = {};
      }
      await database.oracle.fill(paths as Record<string, Record<string, never>>);
      const [partition, ...others] = await partitionsOf(database, 'rooms/*/users', 8);
      if (partition === undefined || others.length > 0) throw new Error('so few records are one partition');
      const elements = [0, 1, 2].map((index) => ({ __id__: String(index) }));
      const ids = async (range: Json, after?: Json): Promise<readonly string[]> => {
        const found: string[] = [];
        for (const batch of await batchesOf(
          database,
          { ...partition, range },
          { batchRecords: 2, ...(after !== undefined && { after }) },
        )) {
          found.push(...batch.paths.map((path) => path.slice(path.lastIndexOf('/') + 1)));
          for (const { key, fields } of batch.records) {
            expect(valuesEqual(fields, { messages: elements }), valueToText(key)).toBe(true);
          }
        }
        return found;
      };
      const all = await ids(partition.range);
      expect(all).toEqual(['a', 'a\u0001', 'a ', 'b', 'z', 'é', '😀']);
      for (const [index, id] of all.entries()) {
        const path = `rooms/r/users/${id}`;
        expect(await ids(partition.range, path)).toEqual(all.slice(index + 1));
        expect(await ids({ from: null, to: path })).toEqual(all.slice(0, index));
        expect(await ids({ from: path, to: null })).toEqual(all.slice(index));
      }
    }));

  test('are rejected where a field has their name, or they exceed 16 MiB with their parent, and others are not', () =>
    withEmbedded(['users/*/messages'], async (database) => {
      const { oracle, endpoint } = database;
      await oracle.fill({
        'users/both': { messages: text('a field') },
        'users/both/messages/1': {},
        'users/field': { messages: text('a field') },
        'users/list': { messages: { arrayValue: { values: [{ integerValue: '1' }] } } },
        'users/none': { messages: { arrayValue: {} } },
        'users/small/messages/1': {},
      });
      const large = { body: text('x'.repeat(1_000_000)) };
      for (let index = 0; index < 18; index += 3)
        await oracle.fill(
          Object.fromEntries([0, 1, 2].map((step) => [`users/large/messages/${index + step}`, large] as const)),
        );
      const decoder = endpoint.connector.codec.createDecoder(schemaOf('users'));
      const outcomes: string[] = [];
      for (const partition of await partitionsOf(database, 'users', 1)) {
        const reading = { ...call, batchRecords: 100, batchBytes: 1 << 20 };
        for await (const { records } of endpoint.source().readPartition(partition, reading)) {
          for (const record of records) {
            try {
              outcomes.push(valueToText(decoder.decode(record).fields));
            } catch (error) {
              outcomes.push((error as { code: string }).code);
            }
          }
        }
      }
      expect(outcomes).toEqual([
        'DM_FIRESTORE_EMBED_FIELD',
        '{"messages":"a field"}',
        'DM_FIRESTORE_EMBED_TOO_LARGE',
        'DM_FIRESTORE_EMBED_FIELD',
        '{"messages":[]}',
        '{"messages":[{"__id__":"1"}]}',
      ]);
    }));

  test('are written as documents again, more than a request takes, and leave nothing of an earlier record', () =>
    withEmbedded(['users/*/messages', 'users/*/messages/*/likes'], async (database) => {
      const likes = [{ __id__: 'bob', at: 5 }, { __id__: 'carol' }];
      const messages = Array.from({ length: 1200 }, (_, index) => ({
        __id__: String(index).padStart(4, '0'),
        body: 'x'.repeat(4_000),
        ...(index === 7 && { likes }),
      }));
      const first: DataRecord = { key: ['alice'], fields: { name: 'Alice', messages } };
      const bob: DataRecord = { key: ['bob'], fields: { messages: [], name: 'Bob' } };
      expect(await write(database, 'users', [first, bob])).toEqual(done);
      expect(await write(database, 'users', [first, bob])).toEqual(done);
      expect(await pathsIn(database, 'messages')).toHaveLength(1200);
      expect(await database.oracle.document('users/alice')).toEqual({ name: text('Alice') });
      expect(await database.oracle.document('users/alice/messages/0007/likes/bob')).toEqual({
        at: { integerValue: '5' },
      });
      const [alice] = await recordsOf(database, 'users');
      expect(valuesEqual(alice?.fields ?? null, first.fields)).toBe(true);

      await database.oracle.fill({ 'users/alice/orders/1': {} });
      const second: DataRecord = { key: ['alice'], fields: { messages: [{ __id__: '0003', body: 'new' }] } };
      expect(await write(database, 'users', [second, bob])).toEqual(done);
      expect(await pathsIn(database, 'messages')).toEqual(['users/alice/messages/0003']);
      expect(await pathsIn(database, 'likes')).toEqual([]);
      expect(await pathsIn(database, 'orders')).toEqual(['users/alice/orders/1']);
      same(await recordsOf(database, 'users'), [second, bob]);

      const { endpoint } = database;
      const deleted = await endpoint.admin()?.deleteRecords(schemaOf('users'), [['alice']], call);
      expect(deleted).toEqual(done);
      expect(await pathsIn(database, 'messages')).toEqual([]);
      await write(database, 'users', [second]);
      await endpoint.admin()?.dropEntity(entityName('users'), call);
      expect([await pathsIn(database, 'users'), await pathsIn(database, 'messages')]).toEqual([[], []]);
      expect(await pathsIn(database, 'orders')).toEqual(['users/alice/orders/1']);
    }));

  test('touch no record that is there where records are only created, and finish one that was broken off', () =>
    withEmbedded(['users/*/messages'], async (database) => {
      await database.oracle.fill({
        'users/there': { name: text('first') },
        'users/there/messages/1': { body: text('first') },
        'users/ghost/messages/0': { body: text('first') },
        'users/begun/messages/1': { body: text('half') },
      });
      const records = ['begun', 'ghost', 'new', 'there'].map(
        (id): DataRecord => ({
          key: [id],
          fields: { name: 'second', messages: [{ __id__: '1', body: 'second' }] },
        }),
      );
      const { failures } = await write(database, 'users', records, 'create');
      expect(failures).toMatchObject([
        { index: 1, error: { code: 'DM_RECORD_EXISTS' } },
        { index: 3, error: { code: 'DM_RECORD_EXISTS' } },
      ]);
      expect(await write(database, 'users', records, 'skip')).toEqual({ failures: [], unchanged: 4 });
      const [begun, , added] = records;
      const first = [{ __id__: '0', body: 'first' }];
      same(await recordsOf(database, 'users'), [
        begun as DataRecord,
        { key: ['ghost'], fields: { messages: first } },
        added as DataRecord,
        { key: ['there'], fields: { name: 'first', messages: [{ __id__: '1', body: 'first' }] } },
      ]);
    }));

  test.each([
    ['an element that is no map', [5]],
    ['an element without an id', [{ body: 'x' }]],
    ['ids that are no texts', [{ __id__: 1 }]],
    ['ids out of order', [{ __id__: 'b' }, { __id__: 'a' }]],
    ['an id twice', [{ __id__: 'a' }, { __id__: 'a' }]],
  ])('are not made of an array with %s', (_, messages) =>
    withEmbedded(['users/*/messages'], async ({ endpoint }) => {
      const encoder = endpoint.connector.codec.createEncoder(schemaOf('users'));
      expect(() => encoder.encode({ key: ['a'], fields: { messages } })).toThrow(
        expect.objectContaining({ code: 'DM_FIRESTORE_EMBED_ELEMENT' }),
      );
    }),
  );
});
