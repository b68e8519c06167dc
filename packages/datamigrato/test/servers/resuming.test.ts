import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { serverOrSkip } from '@datamigrato/testbed';
import { Client } from 'cassandra-driver';
import { Long, MongoClient } from 'mongodb';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { createWorkplace, type EventfulOutcome, type Workplace } from '../command-line/command-line.js';

// Each test runs whole processes against real servers, which a busy machine lets wait.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const total = 8_000;
const everyId = Array.from({ length: total }, (_, id) => id);
const database = `resuming_${process.pid}`;
const mongodb = await serverOrSkip('mongodb');
const cassandra = await serverOrSkip('cassandra');

interface Film {
  readonly _id: number;
  readonly title: string;
  readonly views: Long;
  readonly note?: string;
}

const film = (id: number): Film => ({
  _id: id,
  title: `film ${id} ${'é'.repeat(Math.abs(id % 7))}`,
  views: Long.fromString(`${9_007_199_254_740_993n + BigInt(id)}`),
  ...(id % 3 === 0 && { note: `note ${id}` }),
});

describe.skipIf(mongodb === undefined || cassandra === undefined)('a run from MongoDB to Cassandra', () => {
  const from = (mongodb?.url ?? '').replace(/\/(\?|$)/, `/${database}$1`);
  const to = (cassandra?.url ?? '').replace('/?', `/${database}?`);
  const slowly = ['--max-rate', '4000'];
  let workplace: Workplace;
  let source: MongoClient;
  let target: Client;

  beforeAll(async () => {
    workplace = await createWorkplace();
    source = await MongoClient.connect(mongodb?.url ?? '');
    const { contactPoints = [], localDataCenter = '', port = 9042 } = cassandra ?? {};
    target = new Client({ contactPoints: [...contactPoints], localDataCenter, protocolOptions: { port } });
    await target.connect();
    await source.db(database).collection<Film>('films').insertMany(everyId.map(film));
  });
  beforeEach(async () => {
    await target.execute(`DROP KEYSPACE IF EXISTS ${database}`, [], { isIdempotent: true });
  });
  afterAll(async () => {
    await source.db(database).dropDatabase();
    await target.execute(`DROP KEYSPACE IF EXISTS ${database}`);
    await Promise.all([source.close(), target.shutdown(), workplace[Symbol.asyncDispose]()]);
  });

  /** What the driver reads of the table, in the form of the documents. */
  async function stored(): Promise<readonly string[]> {
    const query = `SELECT id, title, views, note FROM ${database}.films`;
    const { rows } = await target.execute(query, [], { prepare: true, fetchSize: 4 * total });
    return rows
      .map((row) => textOf(Number(row.get('id')), row.get('title'), String(row.get('views')), row.get('note')))
      .sort();
  }

  const textOf = (id: number, title: unknown, views: string, note: unknown): string =>
    JSON.stringify([id, title, views, note ?? null]);
  const wanted = (ids: readonly number[]): readonly string[] =>
    ids.map((id) => textOf(id, film(id).title, film(id).views.toString(), film(id).note)).sort();

  const copy = (state: string): readonly string[] => [
    'copy',
    from,
    to,
    '--to-option',
    'createKeyspace=true',
    '--partitions',
    '8',
    '--state-folder',
    state,
  ];

  async function resumed(state: string): Promise<EventfulOutcome> {
    const outcome = await workplace.runWatched(['resume', '--json', '--state-folder', state]);
    expect(outcome.code).toBe(0);
    return outcome;
  }

  test('R-13: interrupted by SIGINT, goes on without a flag, reads nothing twice, and all arrives as it was', async () => {
    const first = await workplace.runUntilWritten([...copy('./interrupted'), ...slowly], 2_500, 'SIGINT');
    expect(first.code).toBe(130);
    expect(first.read).toBeLessThan(total);
    const second = await resumed('./interrupted');
    expect(first.read + second.read).toBe(total);
    expect(JSON.parse(second.stdout)).toMatchObject({ ledger: { read: total, written: total, dead: 0 } });
    expect(await stored()).toEqual(wanted(everyId));
  });

  test('R-01: killed twice, goes on without a flag, and all arrives as it was, under one ledger', async () => {
    const first = await workplace.runUntilWritten([...copy('./killed'), ...slowly], 2_000, 'SIGKILL');
    const again = ['resume', '--state-folder', './killed', ...slowly];
    const second = await workplace.runUntilWritten(again, 2_000, 'SIGKILL');
    expect([first.code, second.code]).toEqual([null, null]);
    const third = await resumed('./killed');
    expect(JSON.parse(third.stdout)).toMatchObject({
      ledger: { read: total, written: total, dead: 0 },
      entities: [{ digest: { count: total } }],
    });
    // Eight partitions: each may have read one interval and what was under way twice, at each kill.
    expect(first.read + second.read + third.read).toBeGreaterThanOrEqual(total);
    expect(await stored()).toEqual(wanted(everyId));
  });

  test('R-23: a second run of the plan writes nothing, by the times that the cells were written', async () => {
    const stores = ['--from', from, '--to', to, '--to-option', 'createKeyspace=true', '--state-folder', './again'];
    await workplace.run(['plan', from, to, '--to-option', 'createKeyspace=true', '--out', 'again.json']);
    expect(await workplace.run(['run', 'again.json', ...stores])).toMatchObject({ code: 0 });
    const times = async (): Promise<readonly string[]> => {
      const result = await target.execute(`SELECT id, writetime(title) AS at FROM ${database}.films`, [], {
        fetchSize: total,
      });
      return result.rows.map((row) => `${row.get('id')} ${row.get('at')}`).sort();
    };
    const before = await times();
    expect(before).toHaveLength(total);
    expect(await workplace.runWatched(['run', 'again.json', ...stores])).toMatchObject({ code: 0, read: 0 });
    expect(await times()).toEqual(before);
  });
  test('R-20: goes on with the partitions it began with, though the source would be cut at other places by now', async () => {
    const first = await workplace.runUntilWritten([...copy('./recut'), ...slowly], 2_500, 'SIGKILL');
    expect(first.code).toBeNull();
    const films = source.db(database).collection<Film>('films');
    await films.insertMany(Array.from({ length: 6_000 }, (_, index) => film(total + index)));
    await films.insertMany(Array.from({ length: 2_000 }, (_, index) => film(-1 - index)));
    await resumed('./recut');
    const found = new Set(await stored());
    // Documents that were there throughout are there; those that came in between may be.
    expect(wanted(everyId).filter((text) => !found.has(text))).toEqual([]);
    const [run = ''] = await readdir(join(workplace.folder, 'recut/runs'));
    const journal = (await readdir(join(workplace.folder, 'recut/runs', run))).find((name) =>
      name.startsWith('journal'),
    );
    const text = await readFile(join(workplace.folder, 'recut/runs', run, journal ?? ''), 'utf8');
    expect(text.match(/"type":"partitions"/g)).toHaveLength(1);
  });
});

describe.skipIf(mongodb === undefined)('dead letters of MongoDB', () => {
  test('R-07: refused by a validator, are written once it is gone, and both sides are equal', async () => {
    await using workplace = await createWorkplace();
    const client = await MongoClient.connect(mongodb?.url ?? '');
    try {
      const name = `${database}_letters`;
      const url = (mongodb?.url ?? '').replace(/\/(\?|$)/, `/${name}$1`);
      const db = client.db(name);
      await db.createCollection('copies', { validator: { title: { $not: /[05] é*$/ } } });
      const films = Array.from({ length: 2_000 }, (_, id) => film(id));
      await db.collection<Film>('films').insertMany(films);
      const refused = films.filter(({ title }) => /[05] é*$/.test(title)).length;
      expect(refused).toBeGreaterThan(300);
      const flags = ['--state-folder', './letters', '--json', '--max-dead-letters', '1000'];
      const copied = await workplace.run(['copy', url, url, '--entity', 'films=copies', ...flags]);
      const { runId, ledger } = JSON.parse(copied.stdout) as { runId: string; ledger: object };
      expect({ code: copied.code, ledger }).toMatchObject({ code: 3, ledger: { read: 2_000, dead: refused } });
      // Nothing was put right: the same letters are dead once more.
      const early = await workplace.run(['retry', runId, ...flags]);
      expect({ code: early.code, report: JSON.parse(early.stdout) }).toMatchObject({
        code: 3,
        report: { ledger: { read: refused, written: 0, dead: refused } },
      });
      await db.command({ collMod: 'copies', validator: {} });
      const retried = await workplace.run(['retry', runId, ...flags]);
      expect({ code: retried.code, report: JSON.parse(retried.stdout) }).toMatchObject({
        code: 0,
        report: { ledger: { read: refused, written: refused, dead: 0 } },
      });
      const raw = { promoteValues: false } as const;
      const read = async (collection: string): Promise<string> =>
        JSON.stringify(await db.collection(collection).find({}, raw).sort({ _id: 1 }).toArray());
      expect(await read('copies')).toBe(await read('films'));
    } finally {
      await client.db(`${database}_letters`).dropDatabase();
      await client.close();
    }
  });
});
