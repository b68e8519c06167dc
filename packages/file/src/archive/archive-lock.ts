import { readFile, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileError, hasSystemCode } from '../errors.js';
import { createFile, writing } from './durable-file.js';

export const lockName = 'writing.lock';

/** The right to write to an archive, which one process has at a time. */
export interface ArchiveLock {
  release(): Promise<void>;
}

/**
 * Takes the right to write, by a file that names process and host.
 *
 * The lock of a process of this host that is no longer there is taken over. Throws `DM_FILE_LOCKED` where another one lives, or where its host is another.
 */
export async function lockArchive(folder: string): Promise<ArchiveLock> {
  const path = join(folder, lockName);
  const mine = `${process.pid} ${hostname()}\n`;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const handle = await createFile(path);
      await handle.writeFile(mine);
      await handle.close();
      return { release: () => writing(path, () => rm(path, { force: true })) };
    } catch (thrown) {
      if (!hasSystemCode(thrown, 'EEXIST')) return writing(path, () => Promise.reject(thrown));
    }
    const [pid, host] = (await textOf(path)).trim().split(' ');
    if (attempt > 3 || host !== hostname() || pid === undefined || isAlive(Number(pid))) {
      throw fileError(
        'DM_FILE_LOCKED',
        `The archive ${folder} is being written to by process ${pid ?? '?'} on ${host ?? '?'}`,
        {
          nextStep: `wait for it to end; if it is surely gone, remove ${path}`,
          context: { folder },
        },
      );
    }
    await writing(path, () => rm(path, { force: true }));
  }
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (thrown) {
    // Released between the two looks.
    if (hasSystemCode(thrown, 'ENOENT')) return `0 ${hostname()}`;
    throw thrown;
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return !hasSystemCode(thrown, 'ESRCH');
  }
}
