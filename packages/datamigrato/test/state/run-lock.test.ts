import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Runtime } from '@datamigrato/core';
import { describe, expect, it } from 'vitest';
import { systemRuntime } from '../../src/runtime.js';
import { ownIdentity } from '../../src/state/process-identity.js';
import { holderBytes, type RunHolder } from '../../src/state/run-holder.js';
import { acquireRunLock, isRunning, type Lease, type RunLock } from '../../src/state/run-lock.js';
import { diskFileSystem } from '../../src/state/state-file-system.js';
import { checkpoint, codeOf, films, journalLines, openStore, partitions } from './run-fixture.js';
import { runFolder } from './temporary-folder.js';

const lease: Lease = { length: 200, renewal: 20 };

function acquire(
  folder: string,
  more: { readonly runtime?: Runtime; readonly above?: number; readonly lease?: Lease } = {},
): Promise<RunLock> {
  return acquireRunLock({ folder, fileSystem: diskFileSystem, runtime: systemRuntime, lease, ...more });
}

/** A folder that a process holds, as its file says. */
async function heldFolder(change: Partial<RunHolder>): Promise<string> {
  const folder = await runFolder();
  const holder: RunHolder = {
    schema: 'datamigrato.holder/1',
    ...(await ownIdentity()),
    epoch: 5,
    renewal: 9,
    at: Date.now(),
    released: false,
    sequence: 0,
    ...change,
  };
  await writeFile(join(folder, 'holder-5.json'), holderBytes(holder), { mode: 0o600 });
  return folder;
}

const shifted = (milliseconds: number): Runtime => ({
  ...systemRuntime,
  wallClock: () => systemRuntime.wallClock() + milliseconds,
});

/** A process that stands still: its clock goes on, and nothing wakes it. */
const asleep: Runtime = {
  ...systemRuntime,
  sleep: (_milliseconds, signal) =>
    new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true })),
};

describe('the lock of a run', () => {
  it('is held by one at a time, renewed while it is held, and free afterwards', async () => {
    const folder = await runFolder();
    {
      await using lock = await acquire(folder);
      expect(lock.epoch).toBe(1);
      await delay(2 * lease.length);
      expect(await codeOf(acquire(folder))).toBe('DM_RUN_LOCKED');
      expect(await isRunning(diskFileSystem, folder, Date.now(), lease)).toBe(true);
      await lock.require();
    }
    expect(await isRunning(diskFileSystem, folder, Date.now(), lease)).toBe(false);
    await using next = await acquire(folder);
    expect(next.epoch).toBe(2);
    expect(await readdir(folder)).toEqual(['holder-2.json']);
  });

  it('is not kept by another process that was given the number of the holder', async () => {
    await using lock = await acquire(await heldFolder({ startedAt: '1' }));
    expect(lock.epoch).toBe(6);
  });

  it('is kept by a holder of the same number that is there', async () => {
    expect(await codeOf(acquire(await heldFolder({})))).toBe('DM_RUN_LOCKED');
  });

  it('is not kept by a process that is gone', async () => {
    const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
    await once(child, 'exit');
    await using lock = await acquire(await heldFolder({ pid: child.pid as number, startedAt: null }));
    expect(lock.epoch).toBe(6);
  });

  it.runIf(process.platform === 'linux')('is not kept by a process that is over and not yet buried', async () => {
    // The shell becomes `sleep`, which does not ask what became of the shell's child.
    const parent = spawn('sh', ['-c', 'sleep 0 & echo $!; exec sleep 30'], { stdio: ['ignore', 'pipe', 'ignore'] });
    try {
      const [line] = (await once(parent.stdout, 'data')) as [Buffer];
      const pid = Number(line.toString());
      let state = '';
      for (let attempt = 0; attempt < 100 && state !== 'Z'; attempt += 1) {
        await delay(20);
        state = /\) (\w)/.exec(await readFile(`/proc/${pid}/stat`, 'utf8'))?.[1] ?? '';
      }
      expect(state).toBe('Z');
      await using lock = await acquire(await heldFolder({ pid, startedAt: null }));
      expect(lock.epoch).toBe(6);
    } finally {
      parent.kill('SIGKILL');
      await once(parent, 'exit');
    }
  });

  it('is kept by a holder elsewhere as long as its lease runs', async () => {
    expect(await codeOf(acquire(await heldFolder({ host: 'elsewhere', space: 'elsewhere' })))).toBe('DM_RUN_LOCKED');
    const silent = await heldFolder({ host: 'elsewhere', space: 'elsewhere', at: Date.now() - 1000 });
    await using lock = await acquire(silent);
    expect(lock.epoch).toBe(6);
  });

  it('R-29: is kept by a holder that is awake, wherever the clocks stand', async () => {
    const folder = await runFolder();
    // Looked at for so long that a busy disk lets a renewal through.
    const patient: Lease = { length: 20_000, renewal: 1_000 };
    await using lock = await acquire(folder, { lease: patient });
    for (const jump of [3_600_000, -3_600_000])
      expect(await codeOf(acquire(folder, { runtime: shifted(jump), lease: patient }))).toBe('DM_RUN_LOCKED');
    await lock.require();
  });

  it('R-29: is not kept for ever by a holder from the future', async () => {
    const folder = await heldFolder({ host: 'elsewhere', space: 'elsewhere', at: Date.now() + 3_600_000 });
    await using lock = await acquire(folder);
    expect(lock.epoch).toBe(6);
  });

  it('is free where a power failure left a file without sense, unless somebody is still writing it', async () => {
    const folder = await runFolder();
    await writeFile(join(folder, 'holder-3.json'), '', { mode: 0o600 });
    await using lock = await acquire(folder);
    expect(lock.epoch).toBe(4);
    await writeFile(join(folder, 'holder-4.json'), 'nonsense');
    expect(await codeOf(acquire(folder))).toBe('DM_RUN_LOCKED');
  });

  it('goes on above an epoch that is known from elsewhere', async () => {
    await using lock = await acquire(await runFolder(), { above: 41 });
    expect(lock.epoch).toBe(42);
  });

  it('is lost with its file, and that is said', async () => {
    const folder = await runFolder();
    await using lock = await acquire(folder);
    await rm(join(folder, 'holder-1.json'));
    await expect(lock.require()).rejects.toMatchObject({ code: 'DM_RUN_LOCKED' });
    expect(lock.lost.aborted).toBe(true);
  });
});

describe('a holder that was taken over', () => {
  it('writes neither checkpoints nor dead letters, and nothing of the new holder is touched', async () => {
    const folder = await runFolder();
    const old = await openStore(folder, 'create', { runtime: asleep, lease, compaction: 2_000 });
    await old.partitions.save(films, films, partitions);
    await old.save(checkpoint(0, 100));
    await delay(2 * lease.length);

    await using store = await openStore(folder, 'resume', { lease });
    expect(store.resumed?.ledger.read).toBe(100);
    await store.save(checkpoint(0, 200));
    const lines = await journalLines(folder);

    expect(await codeOf(old.save(checkpoint(0, 101)))).toBe('DM_RUN_LOCKED');
    expect(await codeOf(old.save(checkpoint(1, 100)))).toBe('DM_RUN_LOCKED');
    expect(await codeOf(old.deadLetters.append([]))).toBe('DM_RUN_LOCKED');
    expect(await codeOf(old.end({ status: 'finished', at: '2026-11-24T10:00:00.000Z', code: null }))).toBe(
      'DM_RUN_LOCKED',
    );
    expect(old.lost.aborted).toBe(true);
    await old[Symbol.asyncDispose]();

    expect(await journalLines(folder)).toEqual(lines);
    const names = (await readdir(folder)).filter((name) => !name.endsWith('.part'));
    expect(names.sort()).toEqual(['digest-key', 'holder-2.json', 'journal-2.ndjson']);
    await store.save(checkpoint(0, 300));
  });
});
