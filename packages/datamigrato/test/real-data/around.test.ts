import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import {
  type CassandraAddress,
  type RealDataName,
  realDataFile,
  realDataRecords,
  serverOrSkip,
} from '@datamigrato/testbed';
import { Client } from 'cassandra-driver';
import { BSON, MongoClient } from 'mongodb';
import { afterAll, describe, expect, it } from 'vitest';
import { Datamigrato } from '../../src/index.js';
import { plainValue, sortedText, tally } from './plain-value.js';

const folder = await mkdtemp(join(tmpdir(), 'datamigrato-real-data-'));
afterAll(() => rm(folder, { recursive: true, force: true }));
const cassandra = await serverOrSkip('cassandra');
const secantus = await serverOrSkip('secantus');
const mongoJava = await serverOrSkip('mongo-java');

/** The small sets go through the server with the larger repertoire, the large one through the faster one. */
const journeys: readonly {
  readonly name: RealDataName;
  readonly records: number;
  readonly recordsPath?: string;
  readonly mongo: { readonly url: string } | undefined;
}[] = [
  { name: 'movies', records: 3201, mongo: secantus },
  { name: 'earthquakes', records: 1707, recordsPath: 'features', mongo: secantus },
  { name: 'countries', records: 250, mongo: secantus },
  { name: 'cities', records: 171_075, mongo: mongoJava },
];

const datamigrato = new Datamigrato({ stateFolder: join(folder, 'state') });

/** Every document of a collection as canonical extended JSON by its `_id`, read with the plain driver. */
async function documentsOf(
  client: MongoClient,
  database: string,
  collection: string,
): Promise<ReadonlyMap<string, string>> {
  const documents = new Map<string, string>();
  for await (const document of client
    .db(database)
    .collection(collection)
    .find({}, { promoteValues: false, promoteBuffers: false, batchSize: 5000 })) {
    documents.set(
      BSON.EJSON.stringify(document['_id'], { relaxed: false }),
      sortedText(JSON.parse(BSON.EJSON.stringify(document, { relaxed: false }))),
    );
  }
  return documents;
}

/** The records of an archive, read line by line as the format's documentation says. */
async function* linesOf(
  archive: string,
): AsyncGenerator<{ readonly key: readonly unknown[]; readonly fields: unknown }> {
  const names = await readdir(archive, { recursive: true });
  for (const name of names.filter((one) => /\.ndjson(\.gz)?$/.test(one)).sort()) {
    const bytes = await readFile(join(archive, name));
    const text = (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
    for (const line of text.split('\n')) if (line !== '') yield JSON.parse(line);
  }
}

async function rowsOf(client: Client, table: string): Promise<number> {
  let rows = 0;
  const result = await client.execute(`SELECT id FROM "real"."${table}"`, [], { prepare: true, fetchSize: 5000 });
  for await (const _ of result) rows += 1;
  return rows;
}

async function around(journey: (typeof journeys)[number], mongoUrl: string, address: CassandraAddress): Promise<void> {
  const { name, records, recordsPath } = journey;
  const { contactPoints, port, localDataCenter } = address;
  const table = {
    contactPoints: [...contactPoints],
    port,
    localDataCenter,
    keyspaceName: 'real',
    createKeyspace: true,
  };
  const cassandraStore = { connector: 'cassandra', options: table, entity: name };
  const mongoStore = (database: string) => ({
    connector: 'mongodb',
    options: { clientUrl: mongoUrl, databaseName: database },
    entity: name,
  });
  const archive = join(folder, name);
  // Every earthquake has an `id` of its own, which becomes its key; the records of the other sets have none, and get one made of their content.
  const ownKey = name === 'earthquakes';

  const filled = await datamigrato.migrate({
    from: {
      connector: 'file',
      options: { path: realDataFile(name), ...(recordsPath !== undefined && { recordsPath }) },
    },
    to: mongoStore('real'),
    entities: [{ source: name, target: name }],
  });
  const there = await datamigrato.migrate({ from: mongoStore('real'), to: cassandraStore });
  const back = await datamigrato.migrate({ from: cassandraStore, to: mongoStore('returned'), lock: there.lock });
  const stored = await datamigrato.migrate({
    from: mongoStore('returned'),
    to: { connector: 'file', options: { path: archive } },
  });
  for (const report of [filled, there, back, stored])
    expect(report.ledger).toEqual({ read: records, written: records, unchanged: 0, dead: 0, filtered: 0 });

  const mongo = await MongoClient.connect(mongoUrl, { directConnection: true });
  const client = new Client({ contactPoints: [...contactPoints], localDataCenter, protocolOptions: { port } });
  try {
    // What arrived in MongoDB is what the file holds, by value.
    const original = tally((await realDataRecords(name)).map((record) => sortedText(record)));
    const documents = await mongo.db('real').collection<Record<string, unknown>>(name).find().toArray();
    expect(tally(documents.map(({ _id, ...fields }) => sortedText(ownKey ? { ...fields, id: _id } : fields)))).toEqual(
      original,
    );
    // What came back from Cassandra is what left, by key and by value and kind.
    const left = await documentsOf(mongo, 'real', name);
    const returned = await documentsOf(mongo, 'returned', name);
    expect(left.size).toBe(records);
    expect(returned).toEqual(left);
    // What ended in the archive is what the file held.
    const texts: string[] = [];
    for await (const { key, fields } of linesOf(archive)) {
      const record = plainValue(fields) as Record<string, unknown>;
      texts.push(sortedText(ownKey ? { ...record, id: plainValue(key[0]) } : record));
    }
    expect(tally(texts)).toEqual(original);
    expect(texts).toHaveLength(records);
    expect(await rowsOf(client, name)).toBe(records);
  } finally {
    await Promise.all([mongo.close(), client.shutdown()]);
  }
}

describe('real data around: file → MongoDB → Cassandra → MongoDB → file', () => {
  for (const journey of journeys) {
    it.skipIf(cassandra === undefined || journey.mongo === undefined)(
      `${journey.name}, ${journey.records} records, equal by key and by value`,
      async () => {
        if (cassandra === undefined || journey.mongo === undefined) throw new Error('the servers are there');
        await around(journey, journey.mongo.url, cassandra);
      },
      600_000,
    );
  }
});
