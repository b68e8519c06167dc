import { Client } from 'cassandra-driver';
import { MongoClient } from 'mongodb';
import { expect, test } from 'vitest';
import { describeWithServer, serverOrSkip } from '../src/index.js';

await describeWithServer('cassandra', 'the shared Cassandra', ({ contactPoints, port, localDataCenter, version }) => {
  test('answers the plain driver', async () => {
    const client = new Client({ contactPoints: [...contactPoints], localDataCenter, protocolOptions: { port } });
    const answer = await client.execute('SELECT release_version FROM system.local');
    await client.shutdown();
    expect(answer.first()['release_version']).toBe(version);
  });

  test('is the same one at the second question', async () => {
    expect((await serverOrSkip('cassandra'))?.port).toBe(port);
  });
});

for (const name of ['secantus', 'mongo-java', 'mongodb'] as const) {
  await describeWithServer(name, 'the shared server', ({ url, version }) => {
    test('answers the plain driver', async () => {
      const client = new MongoClient(url);
      const answer = await client.db('admin').command({ buildInfo: 1 });
      await client.close();
      expect(answer['version']).toBe(version);
    });
  });
}
