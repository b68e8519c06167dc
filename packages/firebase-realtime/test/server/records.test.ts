import { setTimeout as sleep } from 'node:timers/promises';
import { createRecordStore, type Runtime } from '@datamigrato/core';
import { describe, expect, it } from 'vitest';
import { collected, openDatabase, serverHost } from './harness.js';

const database = await openDatabase(await serverHost(), 'records');

const runtime: Runtime = {
  monotonicNow: () => performance.now(),
  wallClock: () => Date.now(),
  random: () => Math.random(),
  sleep: (milliseconds, signal) => sleep(milliseconds, undefined, { signal }),
};

describe('records of an embedded Realtime Database without a migration', () => {
  const store = createRecordStore(database.endpoint, runtime);

  it('are made, read and deleted', async () => {
    const made = await store.createRecords('users', [
      { key: ['ada'], fields: { name: 'Ada', tags: ['a'] } },
      { key: ['a/b'], fields: { name: 'no name of a node' } },
    ]);
    expect(made.failures.map(({ index, error }) => [index, error.code])).toEqual([[1, 'DM_REALTIME_KEY']]);
    expect(made.written).toBe(1);
    const again = await store.createRecords('users', [{ key: ['ada'], fields: { name: 'other' } }]);
    expect(again.failures.map(({ error }) => error.code)).toEqual(['DM_RECORD_EXISTS']);
    expect(await collected(store.readRecords('users'))).toEqual([
      { key: ['ada'], fields: { name: 'Ada', tags: ['a'] } },
    ]);
    expect(await store.deleteRecords('users', [['ada'], ['bob']])).toEqual({ failures: [], unchanged: 1 });
    expect(await database.read('users')).toBeNull();
  });

  it('nest under the parts of their keys', async () => {
    const records = [{ key: ['drama', 'a'], fields: { n: 1 } }];
    expect(await store.createRecords('movies', records)).toEqual({ written: 1, unchanged: 0, failures: [] });
    expect(await database.read('movies')).toEqual({ drama: { a: { n: 1 } } });
    expect(await collected(store.readRecords('movies/*'))).toEqual(records);
    await store.dropEntity('movies/*');
    expect(await database.read('movies')).toBeNull();
  });
});
