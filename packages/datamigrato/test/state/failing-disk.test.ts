import { cp, readFile } from 'node:fs/promises';
import { type DeadLetter, isDatamigratoError } from '@datamigrato/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { diskFileSystem } from '../../src/state/state-file-system.js';
import { createFailingFileSystem, type DiskFault, type FailingFileSystem } from './failing-file-system.js';
import { checkpoint, films, openStore, partitions } from './run-fixture.js';
import { runFolder } from './temporary-folder.js';

const rounds = 12;
const compaction = 3000;
/** Too seldom a renewal to come in between. */
const steady = { length: 15_000, renewal: 60_000 };

const letter = (partition: number, number: number): DeadLetter => ({
  source: films,
  target: films,
  partition: (partitions[partition] as (typeof partitions)[number]).id,
  stage: 'write',
  code: 'DM_TEST_REFUSED',
  message: 'refused',
  record: { key: `[${number}]`, fields: `{"title":"é\\n${number}"}` },
  identity: null,
});

/** What a start of the run was told to be durable. */
interface Promised {
  /** Records of each partition. */
  readonly saved: Map<number, number>;
  readonly letters: string[];
  failures: string[];
}

/** Goes on with the run on a disk, four partitions at once, each with dead letters before its checkpoints, as core does it. */
async function goOn(folder: string, disk: FailingFileSystem): Promise<Promised> {
  const promised: Promised = { saved: new Map(), letters: [], failures: [] };
  try {
    await using store = await openStore(folder, 'resume', { fileSystem: disk, compaction, lease: steady });
    const movePartition = async (partition: number): Promise<void> => {
      for (let round = 2; round <= rounds; round += 1) {
        const lost = letter(partition, round);
        await store.deadLetters.append([lost]);
        promised.letters.push(lost.record?.fields ?? '');
        await store.save(checkpoint(partition, round * 100));
        promised.saved.set(partition, round * 100);
      }
    };
    const results = await Promise.allSettled([0, 1, 2, 3].map(movePartition));
    for (const result of results) if (result.status === 'rejected') promised.failures.push(codeIn(result.reason));
  } catch (error) {
    promised.failures.push(codeIn(error));
  }
  return promised;
}

function codeIn(error: unknown): string {
  if (isDatamigratoError(error)) return error.code;
  throw error;
}

let before: string;
let whole: FailingFileSystem;
let promisedByWhole: Promised;
beforeAll(async () => {
  before = await runFolder();
  {
    await using store = await openStore(before, 'create');
    await store.partitions.save(films, films, partitions);
    for (let partition = 0; partition < 4; partition += 1) {
      await store.deadLetters.append([letter(partition, 1)]);
      await store.save(checkpoint(partition, 100));
    }
  }
  whole = createFailingFileSystem(diskFileSystem, {});
  promisedByWhole = await goOn(await copy(), whole);
});

async function copy(): Promise<string> {
  const folder = await runFolder();
  await cp(before, folder, { recursive: true });
  return folder;
}

/** Lets the disk fail, and looks at what is left on one that works. Resolves to how many checkpoints had been promised. */
async function survives(fault: DiskFault): Promise<number> {
  const folder = await copy();
  const disk = createFailingFileSystem(diskFileSystem, fault);
  const promised = await goOn(folder, disk);
  expect(disk.failed).toBe(true);
  expect(new Set(promised.failures)).toEqual(new Set(['DM_STATE_UNWRITABLE']));

  // A disk that is read-only keeps the word of a holder who is silent now; its lease has to pass.
  const lease = { length: 1, renewal: 4 };
  await using store = await openStore(folder, 'resume', fault.code === 'EROFS' ? { lease } : {});
  const loaded = await store.load();
  expect(loaded).toHaveLength(4);
  for (const [partition, one] of loaded.entries()) {
    // Each is one that was saved, whole; none is behind what was promised.
    expect(one).toEqual(checkpoint(partition, one.ledger.read));
    expect(one.ledger.read).toBeGreaterThanOrEqual(promised.saved.get(partition) ?? 100);
    expect(one.ledger.read).toBeLessThanOrEqual((promised.saved.get(partition) ?? 100) + 100);
  }
  await store.deadLetters.append([letter(0, 99)]);
  const text = await readFile(store.deadLetters.path, 'utf8');
  const letters = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as DeadLetter);
  expect(letters).toHaveLength(store.deadLetters.count);
  // Those that checkpoints cover are there, in order and once; the records of others are read again.
  for (const [partition, one] of loaded.entries()) {
    const own = letters.filter((each) => each.partition === one.partition.id).map((each) => each.record?.fields);
    const covered = Array.from({ length: one.ledger.dead }, (_, round) => letter(partition, round + 1).record?.fields);
    expect(own).toEqual([...covered, ...(partition === 0 ? [letter(0, 99).record?.fields] : [])]);
  }
  return promised.saved.size;
}

describe('R-09: a disk that fails', () => {
  it('is asked for all of it where it does not', () => {
    expect(promisedByWhole.failures).toEqual([]);
    expect([...promisedByWhole.saved.values()]).toEqual([1200, 1200, 1200, 1200]);
    expect(promisedByWhole.letters).toHaveLength(44);
  });

  it('is full at each of 60 offsets: what was promised is there, and the run goes on', async () => {
    // How saves share a line depends on time, so that no two starts write quite as many bytes.
    const offsets = Array.from({ length: 60 }, (_, index) => Math.floor((index * 0.8 * whole.written) / 60));
    let promised = 0;
    for (const bytes of offsets) promised += (await survives({ bytes })) > 0 ? 1 : 0;
    expect(promised).toBeGreaterThan(30);
    expect(promised).toBeLessThan(60);
  }, 120_000);

  it.each(['EIO', 'EROFS'] as const)(
    'fails with %s from any call on: the same',
    async (code) => {
      const step = code === 'EIO' ? 1 : Math.max(1, Math.floor(whole.calls / 80));
      let tried = 0;
      for (let calls = 0; calls < 0.8 * whole.calls; calls += step) {
        await survives({ calls, code });
        tried += 1;
      }
      expect(tried).toBeGreaterThanOrEqual(50);
    },
    120_000,
  );

  it('keeps a run from being begun, and says where', async () => {
    for (const bytes of [0, 100, 200, 300, 330]) {
      const folder = await runFolder();
      const disk = createFailingFileSystem(diskFileSystem, { bytes });
      await expect(openStore(folder, 'create', { fileSystem: disk })).rejects.toMatchObject({
        code: 'DM_STATE_UNWRITABLE',
        message: expect.stringContaining('ENOSPC'),
      });
      // The same folder can be used once there is room.
      await using store = await openStore(folder, 'create');
      expect(await store.load()).toEqual([]);
    }
  });
});
