import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CassandraAddress, type MongodbAddress, serverOrSkip } from '@datamigrato/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Datamigrato, type MigrateOptions } from '../../src/index.js';
import { awkwardDocuments } from './awkward-documents.js';
import { missingRecords } from './dead-letters.js';
import { connectMongo, type PlainMongo } from './plain-stores.js';
import { cassandraTable, mongoCollection } from './store-references.js';

const cassandra = await serverOrSkip('cassandra');
const secantus = await serverOrSkip('secantus');
const folder = await mkdtemp(join(tmpdir(), 'datamigrato-pairs-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.skipIf(cassandra === undefined || secantus === undefined)('awkward documents there and back', () => {
  const datamigrato = new Datamigrato({ stateFolder: join(folder, 'state') });
  const records = 300;
  const tame = 12;
  let mongo: PlainMongo;
  const table = (name: string) => cassandraTable(cassandra as CassandraAddress, 'awkward', name);
  const collection = (database: string, name: string) => mongoCollection(mongo.url, database, name);

  beforeAll(async () => {
    mongo = await connectMongo((secantus as MongodbAddress).url);
    await mongo.fill('awkward', 'all', awkwardDocuments(records, tame));
  });
  afterAll(() => mongo?.[Symbol.asyncDispose]());

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
});
