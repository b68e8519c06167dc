import { Client } from 'cassandra-driver';
import { expect, test } from 'vitest';
import { describeWithOwnServer, startCassandraPair } from '../src/index.js';

await describeWithOwnServer('two nodes of one cluster', startCassandraPair, ({ address, nodes }) => {
  const { contactPoints, localDataCenter, port } = address;

  test('share the ring, and each holds half of the rows', async () => {
    const client = new Client({ contactPoints: [...contactPoints], localDataCenter, protocolOptions: { port } });
    await client.connect();
    const replication = "{'class': 'SimpleStrategy', 'replication_factor': 1}";
    await client.execute(`CREATE KEYSPACE shared WITH replication = ${replication}`);
    await client.execute('CREATE TABLE shared.numbers (id int PRIMARY KEY)');
    for (let id = 0; id < 200; id += 1) {
      await client.execute('INSERT INTO shared.numbers (id) VALUES (?)', [id], { prepare: true });
    }
    const read = await client.execute('SELECT id FROM shared.numbers');
    const rangeCounts = client.hosts
      .values()
      .map((host) => client.metadata.getTokenRangesForHost('shared', host)?.size);
    await client.shutdown();
    expect(read.rowLength).toBe(200);
    expect(rangeCounts).toEqual([2, 2]);
  }, 60_000);

  test('go on by themselves when the other one is killed', async () => {
    const [first, second] = nodes;
    await second.kill();
    expect([first.running, second.running]).toEqual([true, false]);
    const client = new Client({ contactPoints: [...contactPoints], localDataCenter, protocolOptions: { port } });
    const local = await client.execute('SELECT key FROM system.local');
    await client.shutdown();
    expect(local.rowLength).toBe(1);
  }, 60_000);
});
