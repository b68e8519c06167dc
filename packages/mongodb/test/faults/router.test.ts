import { entityName } from '@datamigrato/core';
import { describeWithServer } from '@datamigrato/testbed';
import { MongoClient } from 'mongodb';
import { afterEach, expect, test, vi } from 'vitest';
import { codec } from '../../src/codec.js';
import { call, openEndpoint, schemaOf } from '../servers/harness.js';
import { startMessageRelay } from './message-relay.js';

vi.setConfig({ testTimeout: 60_000 });

const databaseName = 'behind_a_router';
const collection = 'records';
const encoder = codec.createEncoder(schemaOf(collection));
const batch = (number: number): readonly unknown[] =>
  Array.from({ length: 10 }, (_, index) => encoder.encode({ key: [number * 10 + index], fields: { t: 'x' } }));

await describeWithServer('secantus', 'a server that may be a router', ({ url }) => {
  afterEach(async () => {
    await using oracle = new MongoClient(url);
    await oracle.db(databaseName).dropDatabase();
  });

  const writeThrough = async (port: number): Promise<void> => {
    await using endpoint = await openEndpoint(`mongodb://127.0.0.1:${port}/?directConnection=true`, databaseName);
    const target = endpoint.target();
    for (let number = 0; number < 6; number += 1) {
      const written = await target.writeBatch(entityName(collection), batch(number), { ...call, mode: 'replace' });
      expect(written).toEqual({ failures: [], unchanged: 0 });
    }
    await using oracle = new MongoClient(url);
    expect(await oracle.db(databaseName).collection(collection).countDocuments()).toBe(60);
  };
  const writesOf = (commands: readonly string[]): readonly string[] =>
    commands.filter((name) => name === 'insert' || name === 'update');

  test('a router is never sent an insert to replace, since an id may have its document on another server', async () => {
    await using relay = await startMessageRelay(Number(new URL(url).port), { asRouter: true });
    await writeThrough(relay.port);
    expect(writesOf(relay.commands)).toEqual(Array.from({ length: 6 }, () => 'update'));
  });

  test('the same server without one is sent inserts alone while all is new', async () => {
    await using relay = await startMessageRelay(Number(new URL(url).port), { asRouter: false });
    await writeThrough(relay.port);
    expect(writesOf(relay.commands)).toEqual(Array.from({ length: 6 }, () => 'insert'));
  });
});
