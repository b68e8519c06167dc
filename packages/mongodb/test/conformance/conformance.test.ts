import { randomBytes } from 'node:crypto';
import { type ConformanceHarness, describeConnector, type Oracle, type StandIn } from '@datamigrato/connector-testkit';
import { type DataRecord, documentEntries, documentFrom, type Value } from '@datamigrato/core';
import { describeWithServer, type MongodbAddress } from '@datamigrato/testbed';
import { type Document, deserialize } from 'bson';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { mongodbConnector } from '../../src/index.js';
import { rawDocument } from '../bson/raw-bson.js';
import { documentOfBytes, rawFieldsOf, rawValueOf } from './bson-by-hand.js';
import { standIns } from './imitations.js';
import { insertByHand } from './insert-by-hand.js';

const names = ['secantus', 'mongo-java', ...(process.env['MONGODB_URI'] ? (['mongodb'] as const) : [])] as const;

for (const name of names) {
  await describeWithServer(name, `conformance on ${name}`, (address) => {
    // A monitor that streams opens another connection after ten seconds, which would look like a leak of the connector.
    const client = new MongoClient(address.url, { serverMonitoringMode: 'poll' });
    beforeAll(() => client.connect());
    afterAll(() => client.close());
    describeConnector(harnessOf(name, address, client), { describe, test });
  });
}

function harnessOf(name: (typeof names)[number], address: MongodbAddress, client: MongoClient): ConformanceHarness {
  const standIn = standIns[name];
  const url = new URL(address.url);
  const server = { host: url.hostname, port: Number(url.port) };
  const urlAt = ({ host, port }: typeof server, user = ''): string => {
    const elsewhere = new URL(address.url);
    elsewhere.host = `${host}:${port}`;
    elsewhere.searchParams.set('directConnection', 'true');
    return elsewhere.toString().replace('//', `//${user}`);
  };
  return {
    connector: mongodbConnector,
    reach: 'network',
    standIn,
    changes: name === 'secantus' || url.searchParams.has('replicaSet') ? 'told' : 'untold',
    async openPlace() {
      const databaseName = `kit_${randomBytes(6).toString('hex')}`;
      const password = 'pa55word-of-nobody';
      return {
        options: { clientUrl: address.url, databaseName },
        unreachable: { clientUrl: urlAt({ host: '127.0.0.1', port: 1 }, `user:${password}@`), databaseName },
        secrets: [password],
        oracle: oracleOf(client, server, databaseName, standIn),
        network: { address: server, optionsAt: (other) => ({ clientUrl: urlAt(other), databaseName }) },
        async [Symbol.asyncDispose]() {
          await client.db(databaseName).dropDatabase();
        },
      };
    },
  };
}

function oracleOf(
  client: MongoClient,
  server: { readonly host: string; readonly port: number },
  databaseName: string,
  standIn: StandIn,
): Oracle {
  const database = client.db(databaseName);
  // Not by a filter, which mongo-java-server does not look at.
  const exists = async (entity: string): Promise<boolean> =>
    (await database.listCollections().toArray()).some(({ name }) => name === entity);
  return {
    async seed({ entity }, records) {
      if (!(await exists(entity))) await database.createCollection(entity);
      const documents = records.map(({ key, fields }) =>
        rawDocument([['_id', rawValueOf(key[0] ?? null)], ...rawFieldsOf(fields)]),
      );
      await insertByHand(server, databaseName, entity, documents);
    },
    async read({ entity }) {
      const found: unknown[] = await database.collection(entity).find({}, { raw: true }).toArray();
      return found.map((bytes) => recordOf(bytes as Uint8Array));
    },
    async count({ entity }) {
      return (await exists(entity)) ? await database.collection(entity).countDocuments({}) : undefined;
    },
    async change({ entity }, change) {
      const collection = database.collection<Document>(entity);
      const { key } = change.type === 'deleted' ? change : change.record;
      const { _id } = deserialize(rawDocument([['_id', rawValueOf(key[0] ?? null)]]));
      if (change.type === 'deleted') await collection.deleteOne({ _id });
      else {
        const replacement = deserialize(rawDocument(rawFieldsOf(change.record.fields)));
        await collection.replaceOne({ _id }, replacement, { upsert: true });
      }
    },
    takesKey: ([key = null]) => standIn.lacksKey(key) !== true,
  };
}

function recordOf(bytes: Uint8Array): DataRecord {
  const entries = documentEntries(documentOfBytes(bytes));
  const key: Value = entries.find(([name]) => name === '_id')?.[1] ?? null;
  return { key: [key], fields: documentFrom(entries.filter(([name]) => name !== '_id')) };
}
