import { entityName } from '@datamigrato/core';
import { describe, expect, test } from 'vitest';
import { call, describeOnEmulator, schemaOf } from './harness.js';

await describeOnEmulator('counting and deleting', 'demo-firestore-admin', (database) => {
  const admin = () => {
    const found = database().endpoint.admin();
    if (found === undefined) throw new Error('the connector has an admin');
    return found;
  };
  const count = async (entity: string, estimate = false) =>
    await admin().countRecords(entityName(entity), { ...call, estimate });
  const fill = async () => {
    await database().oracle.clear();
    await database().oracle.fill({
      ...Object.fromEntries(Array.from({ length: 1_200 }, (_, index) => [`many/${index}`, {}])),
      'users/alice': {},
      'users/alice/messages/1': {},
      'users/ghost/messages/1': {},
      'chats/c/messages/1': {},
    });
  };

  test('counts are exact, missing parents among them, and of one path alone', async () => {
    await fill();
    expect(await count('many')).toEqual({ value: 1_200, exact: true });
    expect(await count('users')).toEqual({ value: 2, exact: true });
    expect(await count('users/*/messages')).toEqual({ value: 2, exact: true });
    expect(await count('nothing')).toEqual({ value: 0, exact: true });
    expect(await count('many', true)).toEqual({ value: 1_200, exact: false });
  }, 60_000);

  test('records are deleted by key; one that is not there, or is named twice, counts as unchanged', async () => {
    await fill();
    const keys = [['1'], ['missing'], ['2'], ['1'], ['a/b'], ['3']];
    const outcome = await admin().deleteRecords(schemaOf('many'), keys, call);
    expect(outcome.failures.map(({ index, error }) => [index, error.code])).toEqual([[4, 'DM_FIRESTORE_KEY']]);
    expect(await count('many')).toEqual({ value: 1_197, exact: true });
    expect(outcome.unchanged).toBe(2);
    const nested = await admin().deleteRecords(schemaOf('users/*/messages', ['u', 'm']), [['ghost', '1']], call);
    expect(nested).toEqual({ failures: [], unchanged: 0 });
    expect([...(await database().oracle.documents('messages', 'group')).keys()]).toEqual([
      'chats/c/messages/1',
      'users/alice/messages/1',
    ]);
  }, 60_000);

  describe('whole entities', () => {
    test('all records of a path go, and those of other paths stay', async () => {
      await fill();
      await admin().deleteRecords(schemaOf('users/*/messages', ['u', 'm']), 'all', call);
      expect([...(await database().oracle.documents('messages', 'group')).keys()]).toEqual(['chats/c/messages/1']);
      expect((await database().oracle.documents('users')).size).toBe(1);
      await admin().dropEntity(entityName('many'), call);
      await admin().dropEntity(entityName('many'), call);
      expect((await database().oracle.documents('many')).size).toBe(0);
    }, 60_000);

    test('dropping the database leaves no document, at whatever depth', async () => {
      await fill();
      await admin().dropDatabase(call);
      for (const collection of ['many', 'users', 'messages'])
        expect((await database().oracle.documents(collection, 'group')).size).toBe(0);
    }, 60_000);
  });
});
