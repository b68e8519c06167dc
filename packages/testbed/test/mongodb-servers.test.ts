import { MongoClient } from 'mongodb';
import { expect, test } from 'vitest';
import { describeWithOwnServer, startMongoJava, startSecantus } from '../src/index.js';
import { isRunning } from './leftovers.js';

await describeWithOwnServer(
  'a SecantusDB whose every acknowledged document is durable',
  () => startSecantus({ syncOnCommit: true, testCommands: true }),
  (secantus) => {
    test('has all documents after kill() and restart()', async () => {
      const before = new MongoClient(secantus.url);
      const numbers = before.db('durable').collection<{ _id: number }>('numbers');
      for (let id = 0; id < 200; id += 1) await numbers.insertOne({ _id: id });
      // Closed first: to end its sessions, `close()` may look for a server that is gone for all of 30 seconds.
      await before.close();
      const pid = secantus.pid;
      await secantus.kill();
      expect(await isRunning(pid)).toBe(false);

      await secantus.restart();
      const after = new MongoClient(secantus.url);
      const count = await after.db('durable').collection('numbers').countDocuments();
      await after.close();
      expect(count).toBe(200);
    }, 30_000);

    test('fails on request', async () => {
      const client = new MongoClient(secantus.url, { retryReads: false });
      const admin = client.db('admin');
      const data = { failCommands: ['find'], errorCode: 91 };
      await admin.command({ configureFailPoint: 'failCommand', mode: { times: 1 }, data });
      await expect(client.db('any').collection('any').findOne()).rejects.toMatchObject({ code: 91 });
      await expect(client.db('any').collection('any').findOne()).resolves.toBeNull();
      await client.close();
    });

    test('is gone after stop()', async () => {
      const pid = secantus.pid;
      await secantus.stop();
      expect(await isRunning(pid)).toBe(false);
    });
  },
);

for (const profile of ['test', 'bench'] as const) {
  await describeWithOwnServer(
    `a mongo-java-server with the ${profile} profile`,
    () => startMongoJava({ profile }),
    (server) => {
      test('keeps documents in memory until it is stopped', async () => {
        const client = new MongoClient(server.url);
        const numbers = client.db('memory').collection<{ _id: number }>('numbers');
        await numbers.insertOne({ _id: 1 });
        expect(await numbers.countDocuments()).toBe(1);
        await client.close();
        const pid = server.pid;
        await server.stop();
        expect(await isRunning(pid)).toBe(false);
      });
    },
  );
}
