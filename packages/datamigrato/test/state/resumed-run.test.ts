import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  createRecordStore,
  type Endpoint,
  isDatamigratoError,
  type MigrationPlan,
  type MigrationReport,
  planMigration,
  runMigration,
} from '@datamigrato/core';
import { fileConnector } from '@datamigrato/file';
import { beforeAll, describe, expect, it } from 'vitest';
import { systemRuntime } from '../../src/runtime.js';
import { type RunFingerprint, runFingerprint } from '../../src/state/run-fingerprint.js';
import { diskFileSystem, type StateFileSystem } from '../../src/state/state-file-system.js';
import { createFailingFileSystem } from './failing-file-system.js';
import { openStore } from './run-fixture.js';
import { runFolder, temporaryFolder } from './temporary-folder.js';

const total = 8_000;
const call = { signal: new AbortController().signal, deadline: 30_000 };
let folder: string;

beforeAll(async () => {
  folder = await temporaryFolder();
  const lines = Array.from({ length: total }, (_, index) => JSON.stringify({ id: index, title: `film ${index}` }));
  await writeFile(join(folder, 'films.ndjson'), `${lines.join('\n')}\n`);
});

async function open(options: object): Promise<Endpoint> {
  return (await fileConnector.configure(options)).open(call);
}

/** A migration of all films, of which every start opens both sides anew. */
interface Migration {
  readonly run: string;
  readonly archive: string;
  plan?: MigrationPlan;
  /** Batches that the last start read and wrote. */
  batches: number;
}

async function start(
  migration: Migration,
  fileSystem: StateFileSystem,
  stopAfter = Number.POSITIVE_INFINITY,
): Promise<MigrationReport | string> {
  await using source = await open({ path: join(folder, 'films.ndjson') });
  await using target = await open({ path: migration.archive, format: 'archive' });
  const mode = migration.plan === undefined ? 'create' : 'resume';
  migration.plan ??= await planMigration({ source, target, options: { partitions: 4 }, call });
  const { plan } = migration;
  const fingerprint: RunFingerprint = runFingerprint(plan, { source, target }, '0.1.0');
  const stop = new AbortController();
  let written = 0;
  migration.batches = 0;
  try {
    await using store = await openStore(migration.run, mode, { fingerprint, fileSystem, compaction: 4_000 });
    return await runMigration({
      plan,
      source,
      target,
      runtime: systemRuntime,
      checkpoints: store,
      deadLetters: store.deadLetters,
      listener(event) {
        if (event.type === 'batch-read' || event.type === 'batch-written') migration.batches += 1;
        if (event.type === 'batch-written') written += event.records;
        if (written >= stopAfter) stop.abort(new Error('enough'));
      },
      stop: stop.signal,
      abandon: store.lost,
      digestKey: store.digestKey,
      settings: { batchRecords: 100, checkpointInterval: { records: 200, milliseconds: 1000 } },
    });
  } catch (error) {
    if (isDatamigratoError(error)) return error.code;
    throw error;
  }
}

async function archived(migration: Migration): Promise<{ readonly records: number; readonly keys: number }> {
  await using target = await open({ path: migration.archive, format: 'archive' });
  const keys = new Set<string>();
  let records = 0;
  for await (const record of createRecordStore(target, systemRuntime).readRecords('films')) {
    keys.add(JSON.stringify(record.key));
    records += 1;
  }
  return { records, keys: keys.size };
}

async function newMigration(): Promise<Migration> {
  return { run: await runFolder(), archive: await mkdtemp(join(folder, 'archive-')), batches: 0 };
}

const everything = { read: total, written: total, unchanged: 0, dead: 0, filtered: 0 };

describe('a run that goes on', () => {
  it('R-09: after its disk was full at each of 12 places: nothing is lost, and its ledger is that of one run', async () => {
    const whole = createFailingFileSystem(diskFileSystem, {});
    expect(await start(await newMigration(), whole)).toMatchObject({ ledger: everything });
    let failed = 0;
    for (let place = 1; place <= 12; place += 1) {
      const migration = await newMigration();
      const disk = createFailingFileSystem(diskFileSystem, { bytes: 1_200 + Math.floor((whole.written * place) / 18) });
      const first = await start(migration, disk);
      if (first === 'DM_STATE_UNWRITABLE') failed += 1;
      else expect(first).toMatchObject({ ledger: everything });
      expect(await start(migration, diskFileSystem)).toMatchObject({
        ledger: everything,
        entities: [{ digest: { count: total } }],
      });
      expect(await archived(migration)).toEqual({ records: total, keys: total });
    }
    expect(failed).toBeGreaterThanOrEqual(10);
  }, 120_000);

  it('after being stopped again and again: each start does the rest, under one digest', async () => {
    const straight = await newMigration();
    const migration = await newMigration();
    let starts = 0;
    let outcome: MigrationReport | string = 'DM_INTERRUPTED';
    while (outcome === 'DM_INTERRUPTED' && starts < 20) {
      outcome = await start(migration, diskFileSystem, 1_500);
      starts += 1;
    }
    expect(starts).toBeGreaterThan(2);
    expect(outcome).toMatchObject({ ledger: everything, entities: [{ finished: true, digest: { count: total } }] });
    expect(await archived(migration)).toEqual({ records: total, keys: total });
    expect(await start(straight, diskFileSystem)).toMatchObject({ ledger: everything });
    // Once it is finished, another start reads and writes nothing.
    expect(await start(migration, diskFileSystem)).toMatchObject({ ledger: everything });
    expect(migration.batches).toBe(0);
    expect(straight.batches).toBeGreaterThan(0);
  }, 60_000);
});
