import { access } from 'node:fs/promises';
import { Client } from 'cassandra-driver';
import { expect, test } from 'vitest';
import { type CassandraServer, describeWithOwnServer, startCassandra, TestbedError } from '../src/index.js';
import { isRunning } from './leftovers.js';

function connect({ contactPoints, port, localDataCenter }: CassandraServer): Client {
  return new Client({ contactPoints: [...contactPoints], localDataCenter, protocolOptions: { port } });
}

await describeWithOwnServer(
  'a node whose every acknowledged row is durable',
  () => startCassandra({ unsafeSystem: false, commitLogSync: 'batch' }),
  (cassandra) => {
    test('answers at the address that its URL names', async () => {
      const url = new URL(cassandra.url);
      expect([url.protocol, url.hostname, url.port]).toEqual(['cassandra:', '127.0.0.1', String(cassandra.port)]);
      expect(url.searchParams.get('localDataCenter')).toBe(cassandra.localDataCenter);
    });

    test('has all rows after kill() and restart()', async () => {
      const before = connect(cassandra);
      await before.execute(
        "CREATE KEYSPACE durable WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
      );
      await before.execute('CREATE TABLE durable.numbers (id int PRIMARY KEY)');
      for (let id = 0; id < 200; id += 1) {
        await before.execute('INSERT INTO durable.numbers (id) VALUES (?)', [id], { prepare: true });
      }
      const pid = cassandra.pid;
      await cassandra.kill();
      await before.shutdown();
      expect(await isRunning(pid)).toBe(false);
      expect(cassandra.running).toBe(false);

      await cassandra.restart();
      expect(cassandra.pid).not.toBe(pid);
      const after = connect(cassandra);
      const answer = await after.execute('SELECT id FROM durable.numbers');
      await after.shutdown();
      expect(answer.rowLength).toBe(200);
    }, 60_000);

    test('is gone with its folder after stop()', async () => {
      const pid = cassandra.pid;
      const [, folder = ''] =
        /([^\s'"[]*datamigrato-testbed-cassandra-[^/\s]+)\/data/.exec(await cassandra.log()) ?? [];
      await access(folder);
      await cassandra.stop();
      expect(await isRunning(pid)).toBe(false);
      await expect(access(folder)).rejects.toMatchObject({ code: 'ENOENT' });
      await expect(cassandra.restart()).rejects.toMatchObject({ code: 'usage' });
    });
  },
);

await describeWithOwnServer(
  'a node for figures',
  () => startCassandra({ profile: 'bench' }),
  (cassandra) => {
    test('answers the plain driver', async () => {
      const client = connect(cassandra);
      const answer = await client.execute('SELECT release_version FROM system.local');
      await client.shutdown();
      expect(answer.first()['release_version']).toBe('5.0.9');
    });

    test('says why when it cannot start, with the end of its log', async () => {
      const failure = await startCassandra({ settings: { no_such_setting: 1 } }).then(
        async (server) => server.stop(),
        (error: unknown) => error,
      );
      expect(failure).toBeInstanceOf(TestbedError);
      expect(failure).toMatchObject({
        code: 'server-failed',
        message: expect.stringMatching(/ended with status [\s\S]*no_such_setting/),
      });
    }, 60_000);
  },
);
