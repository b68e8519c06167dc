import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CassandraAddress, realDataFile, serverOrSkip } from '@datamigrato/testbed';
import { Client } from 'cassandra-driver';
import { Int32, Long, MongoClient, ObjectId } from 'mongodb';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Datamigrato } from '../../src/index.js';
import { startLocalServer } from '../populate/local-server.js';

// Each test runs whole processes, which a busy machine lets wait.
vi.setConfig({ testTimeout: 60_000 });

const cassandra = await serverOrSkip('cassandra');
const mongodb = await serverOrSkip('mongodb');
const database = `handler_${process.pid}`;
const folder = await mkdtemp(join(tmpdir(), 'datamigrato-handler-'));
afterAll(() => rm(folder, { recursive: true, force: true }));
const datamigrato = new Datamigrato({ stateFolder: join(folder, 'state') });

describe.skipIf(mongodb === undefined)('the handler with MongoDB', () => {
  const url = mongodb?.url ?? '';
  let client: MongoClient;
  beforeAll(async () => {
    client = await MongoClient.connect(url);
  });
  afterAll(async () => {
    await client.db(database).dropDatabase();
    await client.close();
  });

  test('populates a collection from a file, and a second run changes nothing', async () => {
    const documents = async (): Promise<string> =>
      JSON.stringify(await client.db(database).collection('movies').find().sort({ _id: 1 }).toArray());
    const options = {
      from: realDataFile('movies'),
      clientUrl: url,
      databaseName: database,
      collectionName: 'movies',
    };
    const first = await datamigrato.populateMongo(options);
    expect(first.ledger).toMatchObject({ read: 3201, dead: 0 });
    expect(await client.db(database).collection('movies').countDocuments()).toBe(3201);
    const before = await documents();
    await datamigrato.populateMongo(options);
    expect(await documents()).toBe(before);
  });

  test('populates from a web server, from where the user says, and keeps exact duplicates', async () => {
    const rows = [{ a: 1 }, { a: 1 }, { a: 2 }];
    await using server = await startLocalServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ result: { rows } }));
    });
    const options = {
      from: `http://127.0.0.1:${server.port}/rows.json`,
      recordsPath: 'result.rows',
      clientUrl: url,
      databaseName: database,
      collectionName: 'rows',
    };
    await expect(datamigrato.populateMongo(options)).rejects.toMatchObject({ code: 'DM_DOWNLOAD_REFUSED' });
    const report = await datamigrato.populateMongo({ ...options, allowPrivate: true });
    expect(report.source.endpoint).toBe(`http://127.0.0.1:${server.port}/rows.json`);
    await datamigrato.populateMongo({ ...options, allowPrivate: true });
    const found = await client.db(database).collection('rows').find().toArray();
    expect(found.map(({ a }) => a as number).sort((left, right) => left - right)).toEqual([1, 1, 2]);
  });

  test('takes the connection string from a credential file', async () => {
    const credFile = join(folder, 'mongo.yaml');
    await writeFile(credFile, `client_url: ${JSON.stringify(url)}\n`, { mode: 0o600 });
    const report = await datamigrato.migrate({
      from: { connector: 'mongodb', options: { credFile, databaseName: database }, entity: 'rows' },
      to: `file:${join(folder, 'rows')}`,
    });
    expect(report.ledger).toMatchObject({ read: 3, written: 3 });
    expect(report.notices.join()).toContain('mongo.yaml');
  });

  test('asks before it writes where records are, if it is given somebody to ask', async () => {
    const questions: unknown[] = [];
    const options = {
      from: `file:${join(folder, 'rows')}`,
      to: { connector: 'mongodb', options: { clientUrl: url, databaseName: database } },
    };
    const refusal = datamigrato.migrate({
      ...options,
      consent: (question) => {
        questions.push(question);
        return false;
      },
    });
    await expect(refusal).rejects.toMatchObject({ code: 'DM_CONSENT_MISSING' });
    expect(questions).toMatchObject([{ entities: [{ entity: 'rows', records: 3 }], writeMode: 'replace' }]);
  });
});

describe.skipIf(mongodb === undefined || cassandra === undefined)('the handler between MongoDB and Cassandra', () => {
  const url = mongodb?.url ?? '';
  const { contactPoints = [], port = 0, localDataCenter = '' } = (cassandra ?? {}) as Partial<CassandraAddress>;
  const keyspaceName = `handler_${process.pid}`;
  const table = { contactPoints, port, localDataCenter, keyspaceName, tableName: 'people', createKeyspace: true };
  let client: MongoClient;
  let session: Client;
  beforeAll(async () => {
    client = await MongoClient.connect(url);
    session = new Client({ contactPoints: [...contactPoints], localDataCenter, protocolOptions: { port } });
    await session.connect();
  });
  afterAll(async () => {
    await client.db(`${database}_there`).dropDatabase();
    await client.db(`${database}_back`).dropDatabase();
    await session.execute(`DROP KEYSPACE IF EXISTS ${keyspaceName}`);
    await Promise.all([client.close(), session.shutdown()]);
  });

  test('records go there and, with the lock, come back as they were', async () => {
    const there = client.db(`${database}_there`).collection('people');
    await there.insertMany([
      {
        _id: new ObjectId(),
        name: 'Ada',
        born: new Int32(1815),
        visits: Long.fromString('9007199254740993'),
        tags: ['a', 'b'],
        address: { city: 'London' },
      },
      {
        _id: new ObjectId(),
        name: 'Grace',
        born: new Int32(1906),
        visits: Long.fromNumber(1),
        tags: [],
        address: null,
      },
    ]);
    const names = { clientUrl: url, collectionName: 'people' };
    const forth = await datamigrato.mongoToCassandra({
      ...names,
      ...table,
      databaseName: `${database}_there`,
      flatten: true,
    });
    expect(forth.ledger).toEqual({ read: 2, written: 2, unchanged: 0, dead: 0, filtered: 0 });
    const rows = await session.execute(`SELECT id, name, address_city FROM ${keyspaceName}.people`);
    expect(
      rows.rows
        .map((row) => [typeof row['id'], row['name'], row['address_city']])
        .sort(([, left], [, right]) => (left < right ? -1 : 1)),
    ).toEqual([
      ['string', 'Ada', 'London'],
      ['string', 'Grace', null],
    ]);
    const back = await datamigrato.cassandraToMongo({
      ...names,
      ...table,
      databaseName: `${database}_back`,
      lock: join(forth.runFolder, 'mapping.lock.json'),
    });
    expect(back.ledger).toMatchObject({ written: 2, dead: 0 });
    const plain = (name: string) =>
      client.db(name).collection('people').find({}, { promoteValues: false }).sort({ _id: 1 }).toArray();
    expect(await plain(`${database}_back`)).toEqual(await plain(`${database}_there`));
    expect(JSON.parse(await readFile(join(back.runFolder, 'report.json'), 'utf8'))).toMatchObject({
      runId: back.runId,
      status: 'finished',
    });
  });

  test('populates a table, keyed by the fields that were named', async () => {
    const report = await datamigrato.populateCassandra({
      ...table,
      tableName: 'scores',
      from: await scores(),
      primaryKey: { partition: ['team'], clustering: ['round'] },
    });
    expect(report.ledger).toMatchObject({ read: 4, written: 4 });
    const rows = await session.execute(`SELECT round, points FROM ${keyspaceName}.scores WHERE team = ?`, ['red'], {
      prepare: true,
    });
    expect(rows.rows.map((row) => [row['round'], row['points']])).toEqual([
      [1, 10],
      [2, 7],
    ]);
  });

  test('R-28 the plan of rows that expire says that what is copied stays', async () => {
    await datamigrato.populateCassandra({
      ...table,
      tableName: 'brief',
      from: await scores(),
      primaryKey: ['team', 'round'],
    });
    const planOf = (): ReturnType<Datamigrato['plan']> =>
      datamigrato.plan({
        from: { connector: 'cassandra', options: { contactPoints, port, localDataCenter, keyspaceName } },
        to: { connector: 'mongodb', options: { clientUrl: url, databaseName: `${database}_back` } },
        entities: ['brief'],
      });
    expect((await planOf()).entities[0]?.notices).toEqual([]);
    await session.execute(`ALTER TABLE ${keyspaceName}.brief WITH default_time_to_live = 86400`);
    expect((await planOf()).entities[0]?.notices).toEqual([
      expect.stringMatching(/^its rows expire, by default 86400 s after they are written; what is copied stays/),
    ]);
  });
});

async function scores(): Promise<string> {
  const path = join(folder, 'scores.json');
  const rows = [
    { team: 'red', round: 1, points: 10 },
    { team: 'red', round: 2, points: 7 },
    { team: 'blue', round: 1, points: 3 },
    { team: 'blue', round: 2, points: 9 },
  ];
  await writeFile(path, JSON.stringify({ data: rows }));
  return path;
}
