import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CassandraAddress, type MongodbAddress, serverOrSkip } from '@datamigrato/testbed';
import type { Client } from 'cassandra-driver';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Datamigrato, type MigrateOptions } from '../../src/index.js';
import { awkwardDocuments } from './awkward-documents.js';
import { rowTexts } from './cell-text.js';
import { missingRecords } from './dead-letters.js';
import { canonicalText, connectCassandra, connectMongo, type PlainMongo } from './plain-stores.js';
import { cassandraTable, mongoCollection } from './store-references.js';

const cassandra = await serverOrSkip('cassandra');
const secantus = await serverOrSkip('secantus');
const folder = await mkdtemp(join(tmpdir(), 'datamigrato-pairs-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.skipIf(cassandra === undefined || secantus === undefined)('awkward documents there and back', () => {
  const datamigrato = new Datamigrato({ stateFolder: join(folder, 'state') });
  const records = 180;
  const tame = 12;
  let mongo: PlainMongo;
  let client: Client;
  const table = (name: string) => cassandraTable(cassandra as CassandraAddress, 'awkward', name);
  const collection = (database: string, name: string) => mongoCollection(mongo.url, database, name);

  beforeAll(async () => {
    client = connectCassandra(cassandra as CassandraAddress);
    mongo = await connectMongo((secantus as MongodbAddress).url);
    await mongo.fill('awkward', 'all', awkwardDocuments(records, tame));
  });
  afterAll(() => Promise.all([mongo?.[Symbol.asyncDispose](), client?.shutdown()]));

  type Mapping = Pick<
    MigrateOptions,
    'sampleSize' | 'flatten' | 'primaryKey' | 'groupBy' | 'rename' | 'fidelity' | 'constants'
  >;
  const reversible: readonly (readonly [title: string, mapping: Mapping])[] = [
    ['all seen', {}],
    ['late kinds', { sampleSize: 10 }],
    ['flat', { flatten: true }],
    ['flat with late kinds', { flatten: true, sampleSize: 10 }],
    ['flat, another separator', { flatten: { separator: '.' }, sampleSize: 10 }],
    ['composite key', { primaryKey: { partition: ['genre'], clustering: ['_id'] } }],
    ['composite key of fields', { primaryKey: { partition: ['genre', 'serial'] }, sampleSize: 10 }],
    ['grouped', { groupBy: 'genre', sampleSize: 10 }],
    ['grouped and flat', { groupBy: ['genre', 'serial'], flatten: true }],
    ['renamed', { rename: { genre: 'Kind', nested: 'genre', any: 'a"b' } }],
    ['with constants', { constants: { origin: 'x', version: 3 } }],
    ['tagged', { fidelity: 'tagged' }],
    ['tagged, late kinds', { fidelity: 'tagged', sampleSize: 10, flatten: true }],
  ];
  for (const [index, [title, mapping]] of reversible.entries()) {
    it(`MongoDB → Cassandra → MongoDB: ${title}`, async () => {
      const name = `t${index}`;
      const there = await datamigrato.migrate({
        from: collection('awkward', 'all'),
        to: table(name),
        acceptLoss: true,
        ...mapping,
      });
      expect(await missingRecords(there)).toEqual([]);
      expect(there.ledger).toEqual({ read: records, written: records, unchanged: 0, dead: 0, filtered: 0 });
      const back = await datamigrato.migrate({
        from: table(name),
        to: collection('awkward_back', name),
        lock: there.lock,
      });
      expect(await missingRecords(back)).toEqual([]);
      expect(back.ledger).toEqual({ read: records, written: records, unchanged: 0, dead: 0, filtered: 0 });
      expect(await mongo.texts('awkward_back', name)).toEqual(await mongo.texts('awkward', 'all'));
    }, 60_000);
  }

  it('MongoDB → archive → MongoDB: the very bytes, order of fields and all', async () => {
    const archive = { connector: 'file', options: { path: join(folder, 'archive') } };
    const there = await datamigrato.migrate({ from: collection('awkward', 'all'), to: archive });
    expect(await missingRecords(there)).toEqual([]);
    const back = await datamigrato.migrate({
      from: archive,
      to: collection('awkward_archived', 'all'),
      entities: ['all'],
      lock: there.lock,
    });
    expect(await missingRecords(back)).toEqual([]);
    expect(await mongo.bytes('awkward_archived', 'all')).toEqual(await mongo.bytes('awkward', 'all'));
  }, 60_000);

  it('a second run changes nothing, and one after a change replaces rows whole', async () => {
    const documents = awkwardDocuments(60, tame);
    await mongo.fill('awkward', 'changing', documents);
    const run = () =>
      datamigrato.migrate({
        from: collection('awkward', 'changing'),
        to: table('changing'),
        primaryKey: '_id',
      });
    await run();
    const first = await rowTexts(client, 'awkward', 'changing');
    expect(first).toHaveLength(60);
    await run();
    expect(await rowTexts(client, 'awkward', 'changing')).toEqual(first);

    const changing = mongo.client.db('awkward').collection<{ _id: string }>('changing');
    await changing.updateOne(
      { _id: 'k0' },
      { $set: { name: 'changed' }, $unset: { genre: '', nested: '', nullable: '' } },
    );
    await changing.updateMany(
      { count: { $gt: 20 } },
      { $set: { serial: null, name: 5 }, $unset: { number: '', late: '' } },
    );
    const changed = await run();
    const { rows } = await client.execute(`SELECT * FROM awkward.changing WHERE "_id" = 'k0'`);
    expect(rows.map(({ name, genre, nested, nullable }) => ({ name, genre, nested, nullable }))).toEqual([
      { name: '"changed"', genre: null, nested: null, nullable: null },
    ]);
    await datamigrato.migrate({
      from: table('changing'),
      to: collection('awkward_back', 'changing'),
      lock: changed.lock,
    });
    expect(await mongo.texts('awkward_back', 'changing')).toEqual(await mongo.texts('awkward', 'changing'));
  }, 60_000);

  it('select and drop say which fields come back, those that the sample has not seen among them', async () => {
    const chosen = { select: ['count', 'any', 'late 18'], sampleSize: 10 };
    const there = await datamigrato.migrate({
      from: collection('awkward', 'all'),
      to: table('selected'),
      ...chosen,
    });
    await datamigrato.migrate({
      from: table('selected'),
      to: collection('awkward_back', 'selected'),
      lock: there.lock,
    });
    const selected = awkwardDocuments(records, tame).map((document) =>
      canonicalText(
        Object.fromEntries(Object.entries(document).filter(([name]) => ['_id', ...chosen.select].includes(name))),
      ),
    );
    expect([...(await mongo.texts('awkward_back', 'selected')).values()].sort()).toEqual(selected.sort());

    const dropping = await datamigrato.migrate({
      from: collection('awkward', 'all'),
      to: table('dropped'),
      drop: ['any', 'list', 'nested'],
      sampleSize: 10,
    });
    await datamigrato.migrate({
      from: table('dropped'),
      to: collection('awkward_back', 'dropped'),
      lock: dropping.lock,
    });
    const kept = awkwardDocuments(records, tame).map((document) => {
      for (const name of ['any', 'list', 'nested']) delete document[name];
      return canonicalText(document);
    });
    expect([...(await mongo.texts('awkward_back', 'dropped')).values()].sort()).toEqual(kept.sort());
  }, 60_000);
});
