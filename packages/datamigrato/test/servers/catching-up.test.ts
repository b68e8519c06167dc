import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { serverOrSkip } from '@datamigrato/testbed';
import { Client } from 'cassandra-driver';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createWorkplace, type Workplace } from '../command-line/command-line.js';
import { type Counted, moveSource } from './moving-source.js';

// Whole processes against real servers under constant writes, which a busy machine lets wait.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 });

const size = 4_000;
const database = `catching_up_${process.pid}`;
const secantus = await serverOrSkip('secantus');
const cassandra = await serverOrSkip('cassandra');
const mongoJava = await serverOrSkip('mongo-java');

describe.skipIf(secantus === undefined)('a source that moves while it is copied', () => {
  const url = (name: string): string => (secantus?.url ?? '').replace(/\/(\?|$)/, `/${name}$1`);
  let workplace: Workplace;
  let client: MongoClient;

  beforeAll(async () => {
    workplace = await createWorkplace();
    client = await MongoClient.connect(secantus?.url ?? '');
  });
  afterAll(async () => {
    for (const name of ['tables', 'documents', 'kept', 'late']) await client.db(`${database}_${name}`).dropDatabase();
    await client.close();
    await workplace[Symbol.asyncDispose]();
  });

  async function filled(name: string): Promise<ReturnType<typeof films>> {
    const collection = films(name);
    const documents = Array.from({ length: size }, (_, id) => ({
      _id: id,
      title: `film ${id}`,
      version: 0,
      note: 'x',
    }));
    await collection.insertMany(documents);
    return collection;
  }
  const films = (name: string) => client.db(`${database}_${name}`).collection<Counted>('films');

  const textOf = (id: number, title: unknown, version: number, note: unknown): string =>
    JSON.stringify([id, title, version, note ?? null]);
  const wanted = async (name: string): Promise<readonly string[]> =>
    (await films(name).find().toArray())
      .map(({ _id, title, version, note }) => textOf(_id, title, version, note))
      .sort();

  test.skipIf(cassandra === undefined)(
    'R-16: under 500 writes a second, a Cassandra table equals the collection once it has caught up and the source rests',
    async () => {
      const { contactPoints = [], localDataCenter = '', port = 9042 } = cassandra ?? {};
      const target = new Client({ contactPoints: [...contactPoints], localDataCenter, protocolOptions: { port } });
      await target.connect();
      try {
        const source = moveSource(await filled('tables'), size);
        const to = (cassandra?.url ?? '').replace('/?', `/${database}?`);
        const flags = ['--to-option', 'createKeyspace=true', '--max-rate', '2000', '--state-folder', './tables'];
        const copying = workplace.run([
          'copy',
          url(`${database}_tables`),
          to,
          '--catch-up',
          'until-quiet',
          ...flags,
          '--json',
        ]);
        await new Promise((resolve) => setTimeout(resolve, 4_000));
        await source.rest();
        const outcome = await copying;
        expect({ code: outcome.code, stderr: outcome.code === 0 ? '' : outcome.stderr }).toEqual({
          code: 0,
          stderr: '',
        });
        const { catchUp } = JSON.parse(outcome.stdout);
        expect(catchUp).toMatchObject({ end: { quiet: 5000 }, quiet: true, entities: [{ ledger: { dead: 0 } }] });
        const [{ ledger }] = catchUp.entities;
        expect(ledger.written).toBeGreaterThan(0);
        expect(ledger.deleted).toBeGreaterThan(0);
        const query = `SELECT id, title, version, note FROM ${database}.films`;
        const { rows } = await target.execute(query, [], { prepare: true, fetchSize: 4 * size });
        const stored = rows
          .map((row) => textOf(Number(row.get('id')), row.get('title'), Number(row.get('version')), row.get('note')))
          .sort();
        expect(stored).toEqual(await wanted('tables'));
        expect(source.operations).toBeGreaterThan(500);
      } finally {
        await target.execute(`DROP KEYSPACE IF EXISTS ${database}`);
        await target.shutdown();
      }
    },
  );

  test('killed while it catches up, goes on by its token without a flag, and the collections are equal', async () => {
    const source = moveSource(await filled('documents'), size);
    const copy = ['copy', url(`${database}_documents`), url(`${database}_kept`), '--state-folder', './documents'];
    const runs = join(workplace.folder, 'documents/runs');
    const applied = async (): Promise<boolean> => {
      const [run = ''] = existsSync(runs) ? await readdir(runs) : [];
      const path = join(runs, run, 'catch-up-state');
      return existsSync(path) && /"changes":[1-9]/.test(await readFile(path, 'utf8'));
    };
    const first = await workplace.start([...copy, '--catch-up', 'until-quiet'], (child) => {
      const killOnceApplied = async (): Promise<void> => {
        while (child.exitCode === null && !(await applied())) await new Promise((resolve) => setTimeout(resolve, 25));
        child.kill('SIGKILL');
      };
      void killOnceApplied();
    });
    expect(first.code).toBeNull();
    expect(await applied()).toBe(true);
    const resuming = workplace.run(['resume', '--json', '--state-folder', './documents']);
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    await source.rest();
    const second = await resuming;
    expect({ code: second.code, stderr: second.code === 0 ? '' : second.stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(second.stdout)).toMatchObject({
      earlier: { ledger: { read: expect.any(Number) } },
      catchUp: { quiet: true },
    });
    const raw = async (name: string): Promise<readonly string[]> => {
      const documents: unknown[] = await films(name)
        .find({}, { raw: true, sort: { _id: 1 } })
        .toArray();
      return documents.map((document) => Buffer.from(document as Uint8Array).toString('hex'));
    };
    expect(await raw('kept')).toEqual(await raw('documents'));
  });

  test('R-17: a run that began without it is refused, rather than continued from now, with exit code 2', async () => {
    await filled('late');
    const flags = ['--state-folder', './late'];
    const copy = ['copy', url(`${database}_late`), './late-archive', ...flags, '--max-rate', '1000'];
    const first = await workplace.runUntilWritten(copy, 500, 'SIGINT');
    expect(first.code).toBe(130);
    const late = await workplace.run(['resume', ...flags, '--catch-up', '10s']);
    expect(late).toMatchObject({ code: 2, stderr: expect.stringContaining('DM_CATCH_UP_LATE') });
  });
});

describe.skipIf(mongoJava === undefined)('a source without change streams', () => {
  test('is refused with exit code 5 before anything is copied, and says what to do', async () => {
    await using workplace = await createWorkplace();
    const client = await MongoClient.connect(mongoJava?.url ?? '');
    try {
      await client.db(`${database}_still`).collection<Counted>('films').insertOne({ _id: 1, title: 'one', version: 1 });
      const from = (mongoJava?.url ?? '').replace(/\/(\?|$)/, `/${database}_still$1`);
      const outcome = await workplace.run(['copy', from, './archive', '--catch-up', 'until-quiet']);
      expect(outcome).toMatchObject({ code: 5, stderr: expect.stringContaining('DM_CHANGES_UNSUPPORTED') });
      expect(outcome.stderr).toContain('replica set');
    } finally {
      await client.db(`${database}_still`).dropDatabase();
      await client.close();
    }
  });
});
