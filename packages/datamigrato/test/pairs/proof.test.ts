import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CassandraAddress, type MongodbAddress, serverOrSkip, startSecantus } from '@datamigrato/testbed';
import type { Client } from 'cassandra-driver';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Datamigrato, type MigrateOptions, type VerificationReport } from '../../src/index.js';
import { awkwardDocuments } from './awkward-documents.js';
import { connectCassandra, connectMongo, type PlainMongo } from './plain-stores.js';
import { cassandraTable, mongoCollection } from './store-references.js';

vi.setConfig({ testTimeout: 120_000 });

const cassandra = await serverOrSkip('cassandra');
const secantus = await serverOrSkip('secantus');
const folder = await mkdtemp(join(tmpdir(), 'datamigrato-proof-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

const keyspace = 'proof';

/** What was planted, by the text of the key. */
type Planted = Map<string, 'missing' | 'extra' | 'changed'>;

function foundIn(report: VerificationReport): Planted {
  return new Map(
    report.entities.flatMap(({ differences }) =>
      differences.map(({ key, difference }) => [key, difference as 'missing' | 'extra' | 'changed']),
    ),
  );
}

function sorted(differences: Planted): readonly (readonly [string, string])[] {
  return [...differences].sort(([left], [right]) => (left < right ? -1 : 1));
}

describe.skipIf(cassandra === undefined || secantus === undefined)('proof through real servers', () => {
  const datamigrato = new Datamigrato({ stateFolder: join(folder, 'state') });
  let mongo: PlainMongo;
  let client: Client;
  const table = (name: string) => cassandraTable(cassandra as CassandraAddress, keyspace, name);
  const collection = (name: string, database: string = keyspace) => mongoCollection(mongo.url, database, name);
  const copied = (options: MigrateOptions) => datamigrato.migrate({ acceptLoss: true, verify: true, ...options });

  beforeAll(async () => {
    client = connectCassandra(cassandra as CassandraAddress);
    mongo = await connectMongo((secantus as MongodbAddress).url);
    await mongo.fill(keyspace, 'awkward', awkwardDocuments(180, 12));
    const movies = Array.from({ length: 3000 }, (_, index) => ({
      _id: index,
      title: `movie ${index}`,
      year: 1900 + (index % 100),
      tags: ['a', `b${index}`],
      rating: index / 7,
    }));
    await mongo.fill(keyspace, 'movies', movies);
    await mongo.fill(keyspace, 'few', movies.slice(0, 400));
  });
  afterAll(() => Promise.all([mongo?.[Symbol.asyncDispose](), client?.shutdown()]));

  const mappings: readonly (readonly [title: string, mapping: Partial<MigrateOptions>])[] = [
    ['all seen', {}],
    ['late kinds', { sampleSize: 10 }],
    ['flat, composite key', { flatten: true, primaryKey: { partition: ['genre'], clustering: ['_id'] } }],
    ['tagged', { fidelity: 'tagged', sampleSize: 10 }],
  ];
  for (const [index, [title, mapping]] of mappings.entries()) {
    it(`R-24 declared conversions are no differences, there and back: ${title}`, async () => {
      const there = await copied({ from: collection('awkward'), to: table(`a${index}`), ...mapping });
      expect(there.verification).toMatchObject({ verdict: 'equal', entities: [{ compared: 180, actual: 180 }] });
      const back = await copied({
        from: table(`a${index}`),
        to: collection(`a${index}`, 'proof_back'),
        lock: there.lock,
      });
      expect(back.verification).toMatchObject({ verdict: 'equal', entities: [{ compared: 180, actual: 180 }] });
    });
  }

  it('R-24 R-27 MongoDB → Cassandra: finds what was changed behind its back, and mends it in one go', async () => {
    const { runId } = await copied({ from: collection('movies'), to: table('movies') });
    const planted: Planted = new Map();
    for (let index = 0; index < 30; index += 1) {
      const id = index * 97;
      const [statement, difference] = [
        [`DELETE FROM ${keyspace}.movies WHERE id = ${id}`, 'missing'],
        [`UPDATE ${keyspace}.movies SET title = 'movie ${id} ' WHERE id = ${id}`, 'changed'],
        [`DELETE rating FROM ${keyspace}.movies WHERE id = ${id}`, 'changed'],
        [`UPDATE ${keyspace}.movies SET tags = ['b${id}', 'a'] WHERE id = ${id}`, 'changed'],
        [`INSERT INTO ${keyspace}.movies (id, title) VALUES (${-1 - id}, 'extra')`, 'extra'],
      ][index % 5] as [string, 'missing' | 'extra' | 'changed'];
      await client.execute(statement);
      planted.set(difference === 'extra' ? `[${-1 - id}]` : `[${id}]`, difference);
    }
    const report = await datamigrato.verify({ run: runId });
    expect(report.verdict).toBe('different');
    expect(report.entities[0]?.reason).toBeUndefined();
    expect(sorted(foundIn(report))).toEqual(sorted(planted));
    expect(report.entities[0]?.differences.flatMap(({ fields }) => fields ?? [])).toContainEqual(
      expect.objectContaining({ path: ['tags'], difference: 'order' }),
    );
    const repaired = await datamigrato.repair({ run: runId, allowDelete: true });
    expect(repaired.entities[0]).toMatchObject({ written: 24, deleted: 6, kept: 0, refused: 0 });
    expect(repaired.verification?.verdict).toBe('equal');
    const { rows } = await client.execute(`SELECT title, tags, rating FROM ${keyspace}.movies WHERE id = 97`);
    expect(rows[0]).toMatchObject({ title: 'movie 97', tags: ['a', 'b97'], rating: 97 / 7 });
  });

  it('R-24 R-27 Cassandra → MongoDB: likewise', async () => {
    const { runId } = await copied({ from: table('movies'), to: collection('movies', 'proof_back') });
    const target = mongo.client.db('proof_back').collection<{ _id: number; [field: string]: unknown }>('movies');
    const planted: Planted = new Map();
    const changes: readonly ((id: number) => Promise<unknown>)[] = [
      (id) => target.deleteOne({ _id: id }),
      (id) => target.updateOne({ _id: id }, { $set: { title: 'other' } }),
      (id) => target.updateOne({ _id: id }, [{ $set: { year: { $toDouble: '$year' } } }]),
      (id) => target.updateOne({ _id: id }, { $unset: { rating: '' } }),
      (id) => target.insertOne({ _id: -1 - id, title: 'extra' }),
    ];
    for (let index = 0; index < 30; index += 1) {
      const id = index * 97;
      await changes[index % 5]?.(id);
      const kind = ([0, 4] as const).includes((index % 5) as 0 | 4);
      planted.set(
        index % 5 === 4 ? `[${-1 - id}]` : `[${id}]`,
        kind ? (index % 5 === 0 ? 'missing' : 'extra') : 'changed',
      );
    }
    const report = await datamigrato.verify({ run: runId });
    expect(report.entities[0]?.reason).toBeUndefined();
    expect(sorted(foundIn(report))).toEqual(sorted(planted));
    expect(report.entities[0]?.differences.flatMap(({ fields }) => fields ?? [])).toContainEqual({
      path: ['year'],
      difference: 'kind',
      expectedKind: 'int32',
      actualKind: 'double',
    });
    const repaired = await datamigrato.repair({ run: runId, allowDelete: true });
    expect(repaired.entities[0]).toMatchObject({ written: 24, deleted: 6, kept: 0, refused: 0 });
    expect(repaired.verification?.verdict).toBe('equal');
    expect(await target.countDocuments()).toBe(3000);
  });

  it('A-20 A-46 R-27 cells and tombstones from the future end as a difference that remains, not as a success', async () => {
    const { runId } = await copied({ from: collection('few'), to: table('future') });
    const future = (Date.now() + 3_600_000) * 1000;
    await client.execute(`UPDATE ${keyspace}.future USING TIMESTAMP ${future} SET title = 'newer' WHERE id = 10`);
    await client.execute(`DELETE FROM ${keyspace}.future USING TIMESTAMP ${future} WHERE id = 11`);
    const repaired = await datamigrato.repair({ run: runId });
    expect(repaired.entities[0]).toMatchObject({ written: 2, refused: 0, found: { changed: 1, missing: 1 } });
    expect(repaired.verification).toMatchObject({
      verdict: 'different',
      entities: [{ tally: { changed: 1, missing: 1, extra: 0 } }],
    });
  });

  it('R-24 MongoDB → MongoDB: the order of fields is data', async () => {
    const { runId } = await copied({ from: collection('few'), to: collection('ordered', 'proof_back') });
    const target = mongo.client.db('proof_back').collection<{ _id: number }>('ordered');
    await target.replaceOne({ _id: 0 }, { year: 1900, title: 'movie 0', tags: ['a', 'b0'], rating: 0 });
    const report = await datamigrato.verify({ run: runId });
    expect(report.entities[0]?.reason).toBeUndefined();
    expect(report).toMatchObject({ verdict: 'different', entities: [{ tally: { changed: 1 } }] });
    expect(report.entities[0]?.differences[0]?.fields).toContainEqual(
      expect.objectContaining({ path: [], difference: 'order' }),
    );
  });

  it('R-25 A-40 a server that dies while it is read leaves the question open', async () => {
    await using server = await startSecantus();
    await using plain = await connectMongo(server.url);
    const to = mongoCollection(server.url, keyspace, 'dying');
    const { runId } = await copied({ from: collection('few'), to });
    let read = 0;
    const verdict = await datamigrato.verify({
      run: runId,
      connectDeadline: 2000,
      outage: 1000,
      deadline: 5000,
      onRead: ({ side, records }) => {
        read += side === 'target' ? records : 0;
        if (read > 0 && read < 400) void server.kill();
      },
    });
    expect(verdict).toMatchObject({ verdict: 'inconclusive', entities: [{ tally: null }] });
    await plain.client.close(true);
  });
});
