import { entityName } from '@datamigrato/core';
import { describeWithServer } from '@datamigrato/testbed';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { codec } from '../../src/codec.js';
import { mongodbConnector } from '../../src/index.js';
import { call, schemaOf } from '../servers/harness.js';
import { startMessageRelay } from './message-relay.js';

vi.setConfig({ testTimeout: 90_000 });

const databaseName = 'silent_login';
const collection = 'records';
const encoder = codec.createEncoder(schemaOf(collection));
/** The command that ends a login; the one that begins it comes with `hello`. */
const login = 'saslContinue';
const user = { name: 'silent_login', password: 'correct horse' };

await describeWithServer('secantus', 'a network that falls silent during a login', ({ url }) => {
  let oracle: MongoClient;
  beforeAll(async () => {
    oracle = new MongoClient(url);
    await oracle.db('admin').command({ createUser: user.name, pwd: user.password, roles: ['root'] });
  });
  afterAll(async () => {
    await oracle.db('admin').command({ dropUser: user.name });
    await oracle.db(databaseName).dropDatabase();
    await oracle.close();
  });

  test('R-05 connections that wait for the answer to their login are given up, and others opened', async () => {
    await using relay = await startMessageRelay(Number(new URL(url).port), { asRouter: false });
    const credentials = `${user.name}:${encodeURIComponent(user.password)}`;
    const configured = await mongodbConnector.configure({
      clientUrl: `mongodb://${credentials}@127.0.0.1:${relay.port}/?directConnection=true&authSource=admin`,
      databaseName,
    });
    await using endpoint = await configured.open({ ...call, deadline: 2_000 });
    const write = (key: number, deadline: number) =>
      endpoint.target().writeBatch(entityName(collection), [encoder.encode({ key: [key], fields: {} })], {
        ...call,
        deadline,
        mode: 'replace',
      });
    await write(0, 10_000);
    expect(relay.commands).toContain(login);

    relay.withhold(login);
    // More at a time than there are connections, so that as many are opened as may be at a time.
    await Promise.allSettled([1, 2, 3, 4, 5, 6].map((key) => write(key, 1_000)));
    expect(relay.waiting).toBeGreaterThan(0);
    // The driver alone would keep them for ten minutes.
    await vi.waitFor(() => expect(relay.waiting).toBe(0), { timeout: 30_000, interval: 50 });

    relay.passAll();
    const logins = relay.commands.filter((name) => name === login).length;
    const keys = [11, 12, 13, 14, 15, 16];
    await vi.waitFor(() => Promise.all(keys.map((key) => write(key, 10_000))), { timeout: 30_000 });
    expect(relay.commands.filter((name) => name === login).length).toBeGreaterThan(logins);
    expect(
      await oracle
        .db(databaseName)
        .collection<{ _id: number }>(collection)
        .countDocuments({ _id: { $in: keys } }),
    ).toBe(keys.length);
  });
});
