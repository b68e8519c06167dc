import { MongoClient } from 'mongodb';
import { afterEach, expect, test, vi } from 'vitest';
import { describeWithServer, startMongodb } from '../src/index.js';
import { locateMongod } from '../src/mongod.js';

afterEach(() => {
  vi.unstubAllEnvs();
});

await describeWithServer('mongo-java', 'a server that MONGODB_URI names', ({ url, version }) => {
  test('comes first, and is left running', async () => {
    vi.stubEnv('MONGODB_URI', url);
    const server = await startMongodb();
    expect(server).toMatchObject({ name: 'mongodb-uri', url, version });
    await server.stop();
    const client = new MongoClient(url);
    expect(await client.db('admin').command({ ping: 1 })).toMatchObject({ ok: 1 });
    await client.close();
  });
});

test('a machine without mongodb-memory-server has no mongod of it', async () => {
  expect(await locateMongod('/')).toBeUndefined();
});
