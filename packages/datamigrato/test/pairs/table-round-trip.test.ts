import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CassandraAddress, type MongodbAddress, serverOrSkip } from '@datamigrato/testbed';
import type { Client } from 'cassandra-driver';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Datamigrato, type MigrationResult } from '../../src/index.js';
import { columnTexts, rowTexts } from './cell-text.js';
import { missingRecords } from './dead-letters.js';
import { plainTable, typeStatements, wideTable } from './every-type-tables.js';
import { connectCassandra, connectMongo, type PlainMongo } from './plain-stores.js';
import { cassandraTable, mongoCollection } from './store-references.js';

const cassandra = await serverOrSkip('cassandra');
const secantus = await serverOrSkip('secantus');
const folder = await mkdtemp(join(tmpdir(), 'datamigrato-tables-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.skipIf(cassandra === undefined || secantus === undefined)('tables there and back', () => {
  const datamigrato = new Datamigrato({ stateFolder: join(folder, 'state') });
  const address = cassandra as CassandraAddress;
  const { url } = (secantus ?? { url: '' }) as MongodbAddress;
  let client: Client;
  let mongo: PlainMongo;

  const makeKeyspace = async (name: string): Promise<void> => {
    await client.execute(
      `CREATE KEYSPACE "${name}" WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}`,
    );
    await client.execute(`USE "${name}"`);
    for (const statement of typeStatements) await client.execute(statement);
    for (const table of [plainTable, wideTable])
      for (const statement of table.definition) await client.execute(statement);
  };

  beforeAll(async () => {
    client = connectCassandra(address);
    mongo = await connectMongo(url);
    await makeKeyspace('tables');
    for (const table of [plainTable, wideTable]) for (const statement of table.rows) await client.execute(statement);
  });
  afterAll(() => Promise.all([mongo?.[Symbol.asyncDispose](), client?.shutdown()]));

  const complete = async (result: MigrationResult): Promise<void> => {
    expect(await missingRecords(result)).toEqual([]);
    expect(result.ledger.written).toBe(result.ledger.read);
  };

  for (const { name, mapping } of [plainTable, wideTable]) {
    it(`Cassandra → MongoDB → Cassandra: ${name}, into a new table and into one that is there`, async () => {
      const original = await rowTexts(client, 'tables', name);
      const there = await datamigrato.migrate({
        from: cassandraTable(address, 'tables', name),
        to: mongoCollection(url, 'tables', name),
        acceptLoss: true,
        ...mapping,
      });
      await complete(there);
      expect(there.ledger.read).toBe(original.length);
      if (name === plainTable.name) {
        // What a user of MongoDB expects to find there.
        const found = await mongo.client
          .db('tables')
          .collection(name)
          .findOne({ 'c vector<float, 3>': { $exists: true } });
        expect(found).toMatchObject({ 'c vector<float, 3>': [1, -2.5, 3], 'c map<int, text>': expect.anything() });
      }
      const back = { from: mongoCollection(url, 'tables', name), lock: there.lock, acceptLoss: true };
      await makeKeyspace(`${name}_there`);
      await complete(await datamigrato.migrate({ ...back, to: cassandraTable(address, `${name}_there`, name) }));
      expect(await rowTexts(client, `${name}_there`, name)).toEqual(original);
      await complete(await datamigrato.migrate({ ...back, to: cassandraTable(address, `${name}_new`, name) }));
      expect(await columnTexts(client, `${name}_new`, name)).toEqual(await columnTexts(client, 'tables', name));
      expect(await rowTexts(client, `${name}_new`, name)).toEqual(original);
    }, 60_000);
  }
});
