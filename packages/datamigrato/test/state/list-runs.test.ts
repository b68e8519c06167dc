import { appendFile, cp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type DeadLetter, type MigrationPlan, planId, type Runtime } from '@datamigrato/core';
import { beforeEach, describe, expect, it } from 'vitest';
import { createPalette } from '../../src/render/palette.js';
import { renderRun, renderRuns } from '../../src/render/runs-view.js';
import { systemRuntime } from '../../src/runtime.js';
import { findLastRun, findRun, type KnownRun, listRuns } from '../../src/state/list-runs.js';
import { createRunFolder } from '../../src/state/run-folder.js';
import { readStoredPlan } from '../../src/state/stored-plan.js';
import {
  checkpoint,
  codeOf,
  films,
  fingerprint,
  journalPath,
  openStore,
  partitions,
  runRecord,
} from './run-fixture.js';
import { temporaryFolder } from './temporary-folder.js';

const emptyPlan: Omit<MigrationPlan, 'id'> = {
  schema: 'datamigrato.plan/1',
  source: fingerprint.source,
  target: fingerprint.target,
  writeMode: 'replace',
  entities: [],
  excluded: [],
  notices: [],
};
const plan: MigrationPlan = { ...emptyPlan, id: planId(emptyPlan) };

const plain = createPalette(false);

const day = Date.UTC(2026, 10, 24);
const at = (hours: number): Runtime => ({ ...systemRuntime, wallClock: () => day + hours * 3_600_000 });

let stateFolder: string;
beforeEach(async () => {
  stateFolder = join(await temporaryFolder(), '.datamigrato');
});

const listing = () => ({ stateFolder, runtime: systemRuntime });

/** A run with one checkpoint that was started at an hour of the day; `end` lets go of it. */
async function started(hour: number) {
  const folder = await createRunFolder(stateFolder, at(hour).wallClock);
  await folder.begin(plan, runRecord);
  const store = await openStore(folder.path, 'create', { runtime: at(hour) });
  await store.partitions.save(films, films, partitions);
  await store.save(checkpoint(0, 1000 * hour, true));
  return { id: folder.id, folder: folder.path, store };
}

describe('the runs of a state folder', () => {
  it('are none where there is no folder', async () => {
    expect(await listRuns(listing())).toEqual([]);
    expect(await findLastRun(listing())).toBeUndefined();
    expect(await codeOf(findRun(listing()))).toBe('DM_RUN_UNKNOWN');
  });

  it('are listed with what became of them, the last first', async () => {
    const interrupted = await started(1);
    await interrupted.store[Symbol.asyncDispose]();
    const finished = await started(2);
    await finished.store.end({ status: 'finished', at: '2026-11-24T02:30:00.000Z', code: null });
    await finished.store[Symbol.asyncDispose]();
    const failed = await started(4);
    await failed.store.end({ status: 'failed', at: '2026-11-24T04:30:00.000Z', code: 'DM_ACCESS_DENIED' });
    await failed.store[Symbol.asyncDispose]();
    await using running = (await started(3)).store;
    // Planning goes on here; nothing has begun.
    await createRunFolder(stateFolder, at(5).wallClock);

    const runs = await listRuns(listing());
    expect(runs).toMatchObject([
      { id: failed.id, state: 'failed', code: 'DM_ACCESS_DENIED', endedAt: '2026-11-24T04:30:00.000Z' },
      { id: running.runId, state: 'running', endedAt: null, code: null },
      { id: finished.id, state: 'finished', endedAt: '2026-11-24T02:30:00.000Z', code: null },
      { id: interrupted.id, state: 'interrupted', endedAt: null },
    ]);
    expect(runs[2]).toEqual({
      id: finished.id,
      folder: finished.folder,
      state: 'finished',
      fingerprint,
      retries: null,
      epoch: 1,
      ledger: { read: 2000, written: 1980, unchanged: 0, dead: 20, filtered: 0 },
      deadLetters: 0,
      partitions: 4,
      finishedPartitions: 1,
      startedAt: '2026-11-24T02:00:00.000Z',
      openedAt: '2026-11-24T02:00:00.000Z',
      endedAt: '2026-11-24T02:30:00.000Z',
      code: null,
    });
    expect(await findLastRun(listing())).toEqual(runs[0]);
    expect(await findRun(listing(), finished.id)).toEqual(runs[2]);
    expect(await findRun(listing(), finished.id.slice(-4))).toEqual(runs[2]);
    expect(await codeOf(findRun(listing(), 'no-such-run'))).toBe('DM_RUN_UNKNOWN');
    expect(await codeOf(findRun(listing(), finished.id.slice(-3)))).toBe('DM_RUN_UNKNOWN');
    expect(await codeOf(findRun(listing(), `../runs/${finished.id}`))).toBe('DM_RUN_UNKNOWN');
  });

  it('go on being listed by their first start when they are taken up again', async () => {
    const first = await started(1);
    await first.store[Symbol.asyncDispose]();
    const second = await started(2);
    await second.store[Symbol.asyncDispose]();
    await using store = await openStore(first.folder, 'resume', { runtime: at(6) });
    expect(store.epoch).toBe(2);
    const [last, earlier] = await listRuns({ stateFolder, runtime: at(6) });
    expect(last).toMatchObject({ id: second.id, state: 'interrupted' });
    expect(earlier).toMatchObject({
      id: first.id,
      state: 'running',
      startedAt: '2026-11-24T01:00:00.000Z',
      openedAt: '2026-11-24T06:00:00.000Z',
    });
  });

  it('tell how many dead letters are kept, also where no checkpoint covers them', async () => {
    const folder = await createRunFolder(stateFolder, at(1).wallClock);
    await folder.begin(plan, runRecord);
    const letter: DeadLetter = {
      source: films,
      target: films,
      partition: 'a-f',
      stage: 'write',
      code: 'DM_RECORD_TOO_LARGE',
      message: 'too\nlarge',
      record: { key: '[1]', fields: '{}' },
      identity: null,
    };
    {
      await using store = await openStore(folder.path, 'create', { runtime: at(1) });
      await store.partitions.save(films, films, partitions);
      await store.deadLetters.append([letter, letter]);
      await store.deadLetters.append([letter]);
      await store.end({ status: 'failed', at: '2026-11-24T01:30:00.000Z', code: 'DM_TOO_MANY_DEAD_LETTERS' });
    }
    const [run] = await listRuns(listing());
    expect(run).toMatchObject({ state: 'failed', ledger: { read: 0, dead: 0 }, deadLetters: 3 });
    const lines = renderRun(run as KnownRun, plain).split('\n');
    expect(lines).toContain(
      '3 dead letters are kept, though no checkpoint covers their records yet: read again on resume',
    );
    expect(renderRuns([run as KnownRun], plain)).toMatch(/ failed +0 +3 +0\/4 /);
  });

  it('are there from their plan on, also where they ended before anything was recorded', async () => {
    const folder = await createRunFolder(stateFolder, at(1).wallClock);
    await folder.begin(plan, runRecord);
    expect(await listRuns(listing())).toMatchObject([
      {
        id: folder.id,
        state: 'interrupted',
        epoch: 0,
        fingerprint: { ...fingerprint, plan: plan.id },
        ledger: { read: 0 },
        startedAt: runRecord.startedAt,
      },
    ]);
  });

  it('are listed as untrusted where they are, each for itself', async () => {
    const torn = await started(1);
    const damaged = await started(2);
    const gone = await started(3);
    const copied = await started(4);
    for (const { store } of [torn, damaged, gone, copied]) await store[Symbol.asyncDispose]();
    await appendFile(await journalPath(torn.folder), '{"crc":"1');
    const bytes = await readFile(await journalPath(damaged.folder));
    bytes[200] = (bytes[200] as number) ^ 1;
    await writeFile(await journalPath(damaged.folder), bytes);
    await rm(await journalPath(gone.folder));
    await cp(copied.folder, join(stateFolder, 'runs', 'copy'), { recursive: true });
    await symlink(copied.folder, join(stateFolder, 'runs', 'link'));

    const runs = await listRuns(listing());
    const states = new Map(runs.map((run) => [run.id, run.state === 'untrusted' ? run.error.code : run.state]));
    expect(states).toEqual(
      new Map([
        [torn.id, 'interrupted'],
        [damaged.id, 'DM_STATE_UNTRUSTED'],
        [gone.id, 'DM_STATE_UNTRUSTED'],
        [copied.id, 'interrupted'],
        ['copy', 'DM_STATE_UNTRUSTED'],
        ['link', 'DM_STATE_UNSAFE'],
      ]),
    );
  });
});

describe('the plan of a run', () => {
  it('is what the run began with, or refused', async () => {
    const { folder, store } = await started(1);
    await store[Symbol.asyncDispose]();
    expect(await readStoredPlan(folder)).toEqual(plan);
    const path = join(folder, 'plan.json');
    for (const text of ['', 'null', '[]', '{}', JSON.stringify({ ...plan, writeMode: 'create' })]) {
      await writeFile(path, text);
      expect(await codeOf(readStoredPlan(folder))).toBe('DM_STATE_UNTRUSTED');
    }
    await rm(path);
    await mkdir(path);
    expect(await codeOf(readStoredPlan(folder))).toBe('DM_STATE_UNSAFE');
    await rm(path, { recursive: true });
    expect(await codeOf(readStoredPlan(folder))).toBe('DM_STATE_UNTRUSTED');
  });
});
