import { randomBytes } from 'node:crypto';
import { access, mkdir, readdir, readFile, rename, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A lock this old belongs to a process id that was given to somebody else since. */
const lockIsStaleAfterMilliseconds = 30 * 60_000;

/**
 * Gives `target`, having `build` make it first if it is missing.
 *
 * `build` gets a fresh folder and returns the path inside it that shall become `target`, moved there by one atomic rename:
 * a half-built target is never seen. Concurrent processes wait for the first one; the lock only saves double work, so a lock
 * that is taken over too early does no harm.
 */
export async function buildOnce(target: string, build: (folder: string) => Promise<string>): Promise<string> {
  if (await exists(target)) return target;
  await mkdir(dirname(target), { recursive: true });
  const lock = `${target}.lock`;
  while (!(await takeLock(lock))) {
    await sleep(200);
    if (await exists(target)) return target;
  }
  try {
    if (await exists(target)) return target;
    await removeAbandonedBuilds(target);
    const folder = `${target}.building-${process.pid}-${randomBytes(4).toString('hex')}`;
    await mkdir(folder);
    try {
      await moveUnlessThere(await build(folder), target);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
    return target;
  } finally {
    await rm(lock, { force: true });
  }
}

async function takeLock(lock: string): Promise<boolean> {
  try {
    await writeFile(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
  if (await isStale(lock)) await unlinkIfThere(lock);
  return false;
}

async function isStale(lock: string): Promise<boolean> {
  try {
    const age = Date.now() - (await stat(lock)).mtimeMs;
    const owner = Number(await readFile(lock, 'utf8'));
    // An empty lock was created a moment ago and is being written.
    return owner === 0 ? age > 5_000 : age > lockIsStaleAfterMilliseconds || !isAlive(owner);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}

async function removeAbandonedBuilds(target: string): Promise<void> {
  const prefix = `${basename(target)}.building-`;
  for (const name of await readdir(dirname(target))) {
    const owner = name.startsWith(prefix) ? Number(name.slice(prefix.length).split('-')[0]) : undefined;
    if (owner !== undefined && !isAlive(owner)) {
      await rm(join(dirname(target), name), { recursive: true, force: true });
    }
  }
}

async function moveUnlessThere(built: string, target: string): Promise<void> {
  try {
    await rename(built, target);
  } catch (error) {
    // Somebody else finished the same thing first.
    if (!(await exists(target))) throw error;
  }
}

async function unlinkIfThere(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
