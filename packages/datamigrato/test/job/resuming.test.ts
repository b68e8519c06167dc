import { appendFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type DataRecord, lockOf, type MigrationPlan } from '@datamigrato/core';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { recordOf } from '../../src/connect/store-record.js';
import { Datamigrato, isDatamigratoError, type Migration, type MigrationResult } from '../../src/index.js';
import { createRunFolder } from '../../src/state/run-folder.js';
import { trialConnector } from '../command-line/trial-connector.mjs';
import { startLocalServer } from '../populate/local-server.js';
import { numbers } from '../state/seeded-numbers.js';
import { temporaryFolder } from '../state/temporary-folder.js';

vi.setConfig({ testTimeout: 60_000 });

let folder: string;
let stateFolder: string;
beforeEach(async () => {
  folder = await temporaryFolder();
  stateFolder = join(folder, 'state');
});

const current = (): Datamigrato => ofVersion('1.4.2');
const ofVersion = (version: string): Datamigrato =>
  new Datamigrato({ stateFolder, connectors: [trialConnector('trial', { version })] });

/** A run that ended at its limit of dead letters: every second record is refused. */
async function failedRun(datamigrato: Datamigrato, to = 'trial:?refuse=2'): Promise<string> {
  const outcome = datamigrato.migrate({ from: 'trial:?records=200', to, maximumDeadLetters: 3 });
  const error: unknown = await outcome.then(undefined, (thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'DM_TOO_MANY_DEAD_LETTERS' });
  const run = isDatamigratoError(error) ? error.context['run'] : undefined;
  expect(run).toMatch(/^\d{4}-\d\d-\d\d-[a-z0-9]{4}$/);
  return String(run);
}

const accounted = { read: 200, written: 200, unchanged: 0, dead: 0, filtered: 0 };

describe('resume', () => {
  test('takes the run that is not finished rather than a later one that is', async () => {
    const run = await failedRun(current());
    const finished = await current().migrate({ from: 'trial:', to: 'trial:' });
    const resumed = await current().resume({ to: 'trial:' });
    expect(resumed).toMatchObject({
      runId: run,
      wasFinished: false,
      earlier: { ledger: { dead: expect.any(Number) } },
    });
    expect(resumed.ledger.read).toBe(200);
    expect((await current().status()).map(({ id, state }) => [id, state])).toEqual([
      [finished.runId, 'finished'],
      [run, 'finished'],
    ]);
    expect(await current().status({ run })).toMatchObject([{ id: run, state: 'finished' }]);
  });

  test('R-23: of a finished run gives its report again, and asks no store', async () => {
    const first = await current().migrate({ from: 'trial:?records=200', to: 'trial:' });
    const nowhere = new Datamigrato({ stateFolder });
    const again = await nowhere.resume({ run: first.runId });
    expect(again).toEqual({ ...first, wasFinished: true });
    await rm(join(first.runFolder, 'report.json'));
    await expect(nowhere.resume({ run: first.runId })).rejects.toMatchObject({ code: 'DM_STATE_UNTRUSTED' });
  });

  test.each([
    ['1.4.2', true],
    ['1.4.9', true],
    ['1.6.0', true],
    ['1.7.0', false],
    ['1.3.9', false],
    ['2.4.2', false],
    ['1.5.0-next.1', false],
  ])('R-11: by a connector of version %s after 1.4.2: %s', async (version, accepted) => {
    const run = await failedRun(current());
    const resuming = ofVersion(version).resume({ run, to: 'trial:' });
    if (accepted) expect(await resuming).toMatchObject({ runId: run, ledger: { read: 200 } });
    else await expect(resuming).rejects.toMatchObject({ code: 'DM_STATE_OTHER_PLAN', category: 'usage' });
  });

  test('begins a run that ended between its plan and its journal, under the same name', async () => {
    const datamigrato = current();
    const plan: MigrationPlan = await datamigrato.plan({ from: 'trial:?records=200', to: 'trial:' });
    const begun = await createRunFolder(stateFolder, Date.now);
    const record = (text: string) => recordOf(text, 'trial');
    await begun.begin(plan, {
      startedAt: new Date().toISOString(),
      program: '0.1.0',
      folder: process.cwd(),
      source: record('trial:?records=200'),
      target: record('trial:'),
      retries: null,
    });
    expect(await datamigrato.status()).toMatchObject([{ id: begun.id, state: 'interrupted', epoch: 0 }]);
    const result = await datamigrato.resume();
    expect(result).toMatchObject({ runId: begun.id, ledger: accounted, earlier: null });
    expect(result.lock).toEqual(lockOf(plan));
  });

  test('goes on with a document from the web that is there no more', async () => {
    const rows = Array.from({ length: 200 }, (_, id) => ({ id, name: `row ${id}` }));
    let url = '';
    {
      await using server = await startLocalServer((_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(rows));
      });
      url = `http://127.0.0.1:${server.port}/rows.json`;
      const options = { from: url, to: 'trial:?refuse=2', allowPrivate: true, maximumDeadLetters: 3 };
      await expect(current().populate(options)).rejects.toMatchObject({ code: 'DM_TOO_MANY_DEAD_LETTERS' });
    }
    const [run = ''] = await readdir(join(stateFolder, 'runs'));
    const files = async (): Promise<readonly string[]> => readdir(join(stateFolder, 'runs', run));
    expect(await files()).toContain('download');
    const result = await current().resume({ to: 'trial:' });
    expect(result).toMatchObject({ source: { endpoint: url }, ledger: { read: 200 } });
    expect(await files()).not.toContain('download');
  });

  test('R-10: of a plan whose run is damaged is refused rather than begun anew, unless that is asked for', async () => {
    const datamigrato = current();
    const stores = { from: 'trial:?records=200', to: 'trial:' };
    const plan = await datamigrato.plan(stores);
    const { runFolder } = await datamigrato.run({ ...stores, plan });
    const path = join(runFolder, 'journal-1.ndjson');
    await writeFile(path, (await readFile(path, 'utf8')).replace('"read":200', '"read":100'));
    await expect(datamigrato.run({ ...stores, plan })).rejects.toMatchObject({ code: 'DM_STATE_UNTRUSTED' });
    expect((await datamigrato.run({ ...stores, plan, restart: true })).ledger).toEqual(accounted);
    expect((await datamigrato.status()).map(({ state }) => state)).toEqual(['finished', 'untrusted']);
  });

  test('R-14: a fault of a connector ends it as a failure that can be resumed', async () => {
    const datamigrato = current();
    await expect(datamigrato.migrate({ from: 'trial:?broken=true', to: 'trial:' })).rejects.toMatchObject({
      code: 'DM_INTERNAL',
      context: { run: expect.any(String) },
    });
    expect(await datamigrato.status()).toMatchObject([{ state: 'failed', code: 'DM_INTERNAL' }]);
    expect((await datamigrato.resume({ from: 'trial:?records=200' })).ledger).toEqual(accounted);
  });
});

test('R-13: aborted in order at a hundred random points, a run reads no record twice', async () => {
  const records = 4_000;
  const random = numbers(20261124);
  const datamigrato = current();
  const stores = { from: `trial:?records=${records}&pause=1`, to: 'trial:' };
  let aborted = 0;
  while (aborted < 100) {
    const read: number[] = [];
    let outcome: MigrationResult | undefined;
    while (outcome === undefined) {
      const migration: Migration = read.length === 0 ? datamigrato.migrate(stores) : datamigrato.resume();
      const abortAt = 1 + random(60);
      let batches = 0;
      read.push(0);
      try {
        for await (const event of migration) {
          if (event.type !== 'batch-read') continue;
          read[read.length - 1] = (read.at(-1) ?? 0) + event.records;
          batches += 1;
          if (batches === abortAt) migration.abort();
        }
        outcome = await migration;
      } catch (error) {
        expect(error).toMatchObject({
          code: 'DM_INTERRUPTED',
          nextStep: expect.stringContaining('datamigrato resume'),
        });
        aborted += 1;
      }
    }
    expect(read.reduce((sum, one) => sum + one, 0)).toBe(records);
    expect(outcome.ledger).toMatchObject({ read: records, written: records });
  }
});

test('R-13: what a target that is gone does not take within the drain is given up, and done when the run goes on', async () => {
  const gone = join(folder, 'gone');
  await writeFile(gone, '');
  const migration = current().migrate({ from: 'trial:?records=200', to: `trial:?gone=${gone}` });
  const began = performance.now();
  for await (const event of migration) {
    if (event.type !== 'retry-scheduled') continue;
    migration.abort({ drain: 300 });
    break;
  }
  await expect(migration).rejects.toMatchObject({ code: 'DM_INTERRUPTED' });
  expect(performance.now() - began).toBeGreaterThanOrEqual(300);
  expect(await current().status()).toMatchObject([{ state: 'interrupted', ledger: { written: 0 } }]);
  expect((await current().resume({ to: 'trial:' })).ledger).toEqual(accounted);
});

describe('retry', () => {
  test('R-07: brings whole records back, of every kind, by the mapping of their run', async () => {
    const records = [
      {
        _id: 1,
        when: { $date: '2026-11-24T00:00:00Z' },
        long: { $numberLong: '9007199254740993' },
        text: 'line\u2028',
      },
      { _id: 2, when: null, nested: { a: [1.5, { $numberDecimal: '0.10' }] } },
      { _id: 3, plain: true },
    ];
    await writeFile(join(folder, 'kinds.json'), JSON.stringify(records));
    const from = { connector: 'file', options: { path: join(folder, 'kinds.json'), format: 'extended-json' } };
    const options = { from, to: 'trial:', rename: { text: 'words' } };
    const keeping = (kept: DataRecord[]): Datamigrato =>
      new Datamigrato({
        stateFolder,
        connectors: [trialConnector('trial', { version: '1.4.2', onWrite: (record) => kept.push(record) })],
      });
    const straight: DataRecord[] = [];
    await keeping(straight).migrate(options);
    expect(straight.map(({ key }) => key)).toEqual([[1], [2], [3]]);
    const letters = await current().migrate({ ...options, to: 'trial:?refuse=1' });
    expect(letters.ledger).toMatchObject({ read: 3, dead: 3 });
    const retried: DataRecord[] = [];
    const result = await keeping(retried).retry({ run: letters.runId, to: 'trial:' });
    expect(result.ledger).toMatchObject({ read: 3, written: 3, dead: 0 });
    expect(retried).toEqual(straight);
  });

  test('R-07: leaves a record dead that could not even be decoded, with the reason that it had', async () => {
    await writeFile(join(folder, 'lines.ndjson'), '{"id":1}\n{"id":2,"name":"a\\ud800b"}\nnot JSON\n{"id":3}\n');
    const copied = await current().migrate({ from: `file:${join(folder, 'lines.ndjson')}`, to: 'trial:?refuse=1' });
    const dead = copied.ledger.dead;
    expect(copied.ledger).toMatchObject({ read: dead, written: 0 });
    const retried = await current().retry({ run: copied.runId, to: 'trial:' });
    expect(retried.ledger.read).toBe(dead);
    expect(retried.ledger.dead).toBeGreaterThan(0);
    const codes = async (path: string | null): Promise<readonly string[]> =>
      (await readFile(path ?? '', 'utf8'))
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as { readonly stage: string; readonly code: string; readonly message: string })
        .filter(({ stage }) => stage === 'decode')
        .map(({ code, message }) => `${code} ${message}`);
    expect(await codes(retried.deadLetterFile)).toEqual(await codes(copied.deadLetterFile));
  });

  test('is refused where letters are missing, doubled or not what was written', async () => {
    const copied = await current().migrate({ from: 'trial:', to: 'trial:?refuse=2' });
    const path = copied.deadLetterFile ?? '';
    const text = await readFile(path, 'utf8');
    const lines = text.split(/(?<=\n)/);
    expect(lines).toHaveLength(50);
    for (const changed of [lines.slice(1), [...lines, ...lines.slice(0, 1)], [...lines.slice(1), '{"schema":"x"}\n']]) {
      await writeFile(path, changed.join(''));
      await expect(current().retry({ run: copied.runId, to: 'trial:' })).rejects.toMatchObject({
        code: 'DM_STATE_UNTRUSTED',
      });
    }
    await rm(path);
    await expect(current().retry({ run: copied.runId })).rejects.toMatchObject({ code: 'DM_STATE_UNTRUSTED' });
    // Half a line is what a crash leaves.
    await writeFile(path, text, { mode: 0o600 });
    await appendFile(path, '{"schema":');
    expect((await current().retry({ run: copied.runId, to: 'trial:' })).ledger).toMatchObject({ read: 50, dead: 0 });
  });

  test('of a run without dead letters gives its report, and writes nothing', async () => {
    const copied = await current().migrate({ from: 'trial:', to: 'trial:' });
    expect(await current().retry({ run: copied.runId })).toEqual({ ...copied, wasFinished: true });
    expect(await current().status()).toHaveLength(1);
  });
});

test('status passes over what is no run', async () => {
  await mkdir(join(stateFolder, 'runs', 'notes'), { recursive: true, mode: 0o700 });
  expect(await current().status()).toEqual([]);
  await expect(current().resume()).rejects.toMatchObject({ code: 'DM_RUN_UNKNOWN' });
});
