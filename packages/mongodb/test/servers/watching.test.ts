import { type Change, type ChangeBatch, entityName, type Json } from '@datamigrato/core';
import { describeWithServer, startSecantus } from '@datamigrato/testbed';
import { type Document, deserialize } from 'bson';
import { MongoClient } from 'mongodb';
import { expect, test, vi } from 'vitest';
import { call, describeOnServers, openEndpoint, type TestDatabase } from './harness.js';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const films = entityName('films');

/** A feed as core uses it: one batch after the other. */
function watching(database: Pick<TestDatabase, 'endpoint'>, after?: Json): AsyncIterator<ChangeBatch<unknown>> {
  const changes = database.endpoint
    .source()
    .watch?.(films, { ...call, batchChanges: 100, ...(after !== undefined && { after }) });
  if (changes === undefined) throw new Error('the source has no feed of changes');
  return changes[Symbol.asyncIterator]();
}

async function nextBatch(feed: AsyncIterator<ChangeBatch<unknown>>): Promise<ChangeBatch<unknown>> {
  const result = await feed.next();
  if (result.done === true) throw new Error('the feed ended');
  return result.value;
}

/** Batches until there are so many changes. */
async function changesOf(feed: AsyncIterator<ChangeBatch<unknown>>, count: number) {
  const changes: Change<unknown>[] = [];
  let position: Json = null;
  while (changes.length < count) {
    const batch = await nextBatch(feed);
    changes.push(...batch.changes);
    position = batch.position;
  }
  return { changes, position };
}

const shown = ({ type, record }: Change<unknown>): [string, Document] => [type, deserialize(record as Uint8Array)];

await describeOnServers('changes of a collection', `watching_${process.pid}`, (database, name) => {
  if (name === 'mongo-java') {
    test('are refused by a server without change streams, with an error that says what to do', async () => {
      await expect(watching(database()).next()).rejects.toMatchObject({
        code: 'DM_CHANGES_UNSUPPORTED',
        category: 'endpoint',
        nextStep: expect.stringContaining('replica set'),
      });
    });
    return;
  }

  test('come in order with whole documents, from the position of now on, and after any position again', async () => {
    const collection = database()
      .oracle.db(database().databaseName)
      .collection<{ _id: number; title?: string }>('films');
    await collection.insertOne({ _id: 1, title: 'before' });
    const feed = watching(database());
    const { changes: none, position: start } = await nextBatch(feed);
    expect(none).toEqual([]);
    await collection.insertOne({ _id: 2, title: 'new' });
    await collection.updateOne({ _id: 1 }, { $set: { title: 'after' } });
    await collection.replaceOne({ _id: 2 }, { title: 'replaced' });
    await collection.deleteOne({ _id: 2 });
    const { changes } = await changesOf(feed, 4);
    await feed.return?.();
    const first = changes.map(shown);
    expect(first).toEqual([
      ['written', { _id: 2, title: 'new' }],
      ['written', { _id: 1, title: 'after' }],
      ['written', { _id: 2, title: 'replaced' }],
      ['deleted', { _id: 2 }],
    ]);
    // Through JSON, as a state file keeps it.
    const again = watching(database(), JSON.parse(JSON.stringify(start)) as Json);
    expect((await changesOf(again, 4)).changes.map(shown)).toEqual(first);
    await again.return?.();
  });

  test('an update whose document is gone by the time of asking is a deletion, overtaken by what follows', async () => {
    const collection = database().oracle.db(database().databaseName).collection<{ _id: number; n?: number }>('films');
    const feed = watching(database());
    const { position } = await nextBatch(feed);
    await feed.return?.();
    await collection.insertOne({ _id: 7 });
    await collection.updateOne({ _id: 7 }, { $set: { n: 1 } });
    await collection.deleteOne({ _id: 7 });
    const late = watching(database(), position);
    const { changes } = await changesOf(late, 3);
    await late.return?.();
    expect(changes.map(shown).at(-1)).toEqual(['deleted', { _id: 7 }]);
    expect(changes.map(shown)[1]).toEqual(['deleted', { _id: 7 }]);
  });

  test('are refused to a client that may read from a member that lags', async () => {
    const { url, databaseName } = database();
    const endpoint = await openEndpoint(`${url}&readPreference=secondaryPreferred`, databaseName);
    try {
      await expect(watching({ endpoint }).next()).rejects.toMatchObject({
        code: 'DM_CATCH_UP_IMPOSSIBLE',
        message: expect.stringContaining('secondaryPreferred'),
      });
    } finally {
      await endpoint.close();
    }
  });

  test('end with an error when the collection is dropped, after what came before', async () => {
    const collection = database().oracle.db(database().databaseName).collection<{ _id: number }>('films');
    const feed = watching(database());
    await nextBatch(feed);
    await collection.insertOne({ _id: 20 });
    await collection.drop();
    expect((await changesOf(feed, 1)).changes.map(shown)).toEqual([['written', { _id: 20 }]]);
    await expect(feed.next()).rejects.toMatchObject({ code: 'DM_CHANGES_LOST', category: 'endpoint' });
  });
});

await describeWithServer('secantus', 'a server that forgets', () => {
  test('R-17: a position that its history does not reach is refused each time, and nothing goes on from now', async () => {
    const server = await startSecantus({ oplogEntries: 500 });
    const oracle = await MongoClient.connect(server.url);
    try {
      const endpoint = await openEndpoint(server.url, 'forgetful');
      const collection = oracle.db('forgetful').collection<{ _id: number }>('films');
      await collection.insertOne({ _id: -1 });
      const feed = watching({ endpoint });
      const { position } = await nextBatch(feed);
      await feed.return?.();
      for (let start = 0; start < 3000; start += 500)
        await collection.insertMany(Array.from({ length: 500 }, (_, index) => ({ _id: start + index })));
      for (let attempt = 0; attempt < 10; attempt += 1)
        await expect(watching({ endpoint }, position).next()).rejects.toMatchObject({
          code: 'DM_CHANGES_LOST',
          category: 'endpoint',
          nextStep: expect.stringContaining('datamigrato repair'),
        });
      await endpoint.close();
    } finally {
      await oracle.close();
      await server.stop();
    }
  });
});
