import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { serverOrSkip, startSecantus } from '@datamigrato/testbed';
import { Client } from 'cassandra-driver';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Datamigrato } from '../../src/index.js';
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
    'R-16: under 500 writes a second and more, where the machine keeps pace, a Cassandra table equals the collection once it has caught up and the source rests',
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
        // How many a second the machine allows is told, not judged.
        const reached = `${source.operations} operations, ${Math.round(source.rate)} a second`;
        console.info(`R-16: the source was changed by ${reached}`);
        expect(source.operations, reached).toBeGreaterThan(100);
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

  test('R-17: a run that began without it is refused, rather than continued from now', async () => {
    await filled('late');
    const datamigrato = new Datamigrato({ stateFolder: join(workplace.folder, 'late') });
    const to = { connector: 'file', options: { path: join(workplace.folder, 'late-archive') } };
    const copying = datamigrato.migrate({ from: url(`${database}_late`), to, maximumRate: 1000, batchRecords: 100 });
    for await (const { type } of copying) if (type === 'checkpoint-saved') break;
    copying.abort();
    await expect(copying).rejects.toMatchObject({ code: 'DM_INTERRUPTED' });
    await expect(datamigrato.resume({ catchUp: 10_000 })).rejects.toMatchObject({ code: 'DM_CATCH_UP_LATE' });
  });

  test('R-17: a run whose server has forgotten what came after its position ends with exit code 5', async () => {
    const server = await startSecantus({ oplogEntries: 500 });
    const oracle = await MongoClient.connect(server.url);
    try {
      const from = server.url.replace(/\/(\?|$)/, '/forgetful$1');
      const collection = oracle.db('forgetful').collection<Counted>('films');
      const more = (start: number): Promise<unknown> =>
        collection.insertMany(
          Array.from({ length: 500 }, (_, index) => ({ _id: start + index, title: 'more', version: 1 })),
        );
      await more(0);
      const state = join(workplace.folder, 'forgetful');
      const datamigrato = new Datamigrato({ stateFolder: state });
      const archive = join(workplace.folder, 'forgetful-archive');
      const copying = datamigrato.migrate({ from, to: archive, catchUp: 60_000 });
      for await (const event of copying) {
        if (event.type === 'migration-finished') await more(500);
        if (event.type === 'changes-applied') break;
      }
      copying.abort();
      await expect(copying).rejects.toMatchObject({ code: 'DM_INTERRUPTED' });
      for (let start = 1000; start < 4000; start += 500) await more(start);
      const resumed = await workplace.run(['resume', '--from', from, '--to', archive, '--state-folder', state]);
      expect(resumed).toMatchObject({ code: 5, stderr: expect.stringContaining('DM_CHANGES_LOST') });
      expect(resumed.stderr).toContain('datamigrato repair');
    } finally {
      await oracle.close();
      await server.stop();
    }
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
