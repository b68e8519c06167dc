import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type CheckpointStore,
  createMemoryCheckpointStore,
  createMemoryDeadLetterStore,
  defaultRunSettings,
  type Endpoint,
  type MigrationReport,
  planMigration,
  runMigration,
} from '@datamigrato/core';
import { fileConnector } from '@datamigrato/file';
import { beforeAll, describe, expect, it } from 'vitest';
import { systemRuntime } from '../../src/runtime.js';
import { diskFileSystem, type StateFileSystem } from '../../src/state/state-file-system.js';
import { journalLines, openStore } from './run-fixture.js';
import { runFolder, temporaryFolder } from './temporary-folder.js';

const total = 100_000;
const call = { signal: new AbortController().signal, deadline: 30_000 };
let folder: string;

beforeAll(async () => {
  folder = await temporaryFolder();
  const lines = Array.from({ length: total }, (_, index) =>
    JSON.stringify({
      id: index,
      title: `The film of number ${index}`,
      year: 1900 + (index % 125),
      genres: ['drama', 'comedy', 'science fiction'].slice(index % 3),
      rating: { average: (index % 100) / 10, votes: index * 7 },
      plot: 'Somebody wants something and has a hard time getting it. '.repeat(2),
    }),
  );
  await writeFile(join(folder, 'films.ndjson'), `${lines.join('\n')}\n`);
});

async function open(options: object): Promise<Endpoint> {
  return (await fileConnector.configure(options)).open(call);
}

/** Copies all films into a new archive. */
async function copy(checkpoints: CheckpointStore): Promise<{ report: MigrationReport; milliseconds: number }> {
  await using source = await open({ path: join(folder, 'films.ndjson') });
  await using target = await open({ path: await mkdtemp(join(folder, 'archive-')), format: 'archive' });
  const plan = await planMigration({ source, target, options: {}, call });
  const started = performance.now();
  const report = await runMigration({
    plan,
    source,
    target,
    runtime: systemRuntime,
    checkpoints,
    deadLetters: createMemoryDeadLetterStore(),
    listener: () => {},
    stop: new AbortController().signal,
    digestKey: new Uint8Array(32),
  });
  return { report, milliseconds: performance.now() - started };
}

/** The disk, counting how often it is asked to sync. */
function counting(): StateFileSystem & { syncs: number } {
  const disk = {
    ...diskFileSystem,
    syncs: 0,
    open: async (path: string) => {
      const file = await diskFileSystem.open(path);
      return {
        ...file,
        sync: () => {
          disk.syncs += 1;
          return file.sync();
        },
      };
    },
  };
  return disk;
}

describe('R-33: what checkpoints cost', () => {
  it('one sync for a thousand records of a partition, at most', async () => {
    const run = await runFolder();
    const disk = counting();
    const saves: number[] = [];
    await using store = await openStore(run, 'create', { fileSystem: disk });
    const { report, milliseconds } = await copy({
      load: () => store.load(),
      partitions: store.partitions,
      async save(checkpoint) {
        const started = performance.now();
        await store.save(checkpoint);
        saves.push(performance.now() - started);
      },
    });
    expect(report.ledger).toMatchObject({ read: total, written: total });
    const partitions = report.entities[0]?.partitions ?? 0;
    const seconds = milliseconds / defaultRunSettings.checkpointInterval.milliseconds;
    expect(saves.length).toBeGreaterThan(partitions);
    expect(saves.length).toBeLessThanOrEqual(
      total / defaultRunSettings.checkpointInterval.records + partitions * (2 + seconds),
    );
    expect(disk.syncs).toBeLessThanOrEqual(saves.length + 1);
    expect(await journalLines(run)).toHaveLength(disk.syncs + 1);

    const without = await copy(createMemoryCheckpointStore());
    const sum = saves.reduce((left, right) => left + right, 0);
    console.info(
      `${saves.length} saves, ${disk.syncs} syncs, ${partitions} partitions: ${sum.toFixed(0)} ms in saves, most of it beside the work, ` +
        `of ${milliseconds.toFixed(0)} ms; without a journal ${without.milliseconds.toFixed(0)} ms`,
    );
  }, 120_000);
});
