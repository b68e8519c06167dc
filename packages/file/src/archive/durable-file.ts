import { constants } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, rename, rm, rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileError, hasSystemCode, systemError } from '../errors.js';

/** Everything that an archive writes is its owner's alone: it is a copy of a database. */
const fileMode = 0o600;
const folderMode = 0o700;

/** Runs a change of the file system and says in our words what went wrong. */
export async function writing<Result>(path: string, change: () => Promise<Result>): Promise<Result> {
  try {
    return await change();
  } catch (thrown) {
    throw thrown instanceof Error && 'syscall' in thrown ? systemError(thrown, 'write', path) : thrown;
  }
}

/** Makes a new file and opens it for writing. Follows no link; a file that is there already is an error. */
export function createFile(path: string): Promise<FileHandle> {
  return open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0), fileMode);
}

/** Makes names in a folder durable: new files, and what was renamed or removed. */
export async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open a folder for this, and makes names durable by itself.
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Puts a file in the place of another, or of none, so that after a crash there is the old one or the new one. */
export async function replaceFile(path: string, content: string): Promise<void> {
  const temporary = `${path}.tmp`;
  await rm(temporary, { force: true });
  const handle = await createFile(temporary);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, path);
  await syncFolder(dirname(path));
}

/** Makes a folder for its owner alone where there is none. Throws `DM_FILE_PATH_UNSAFE` where something else, or a link, has its name. */
export async function ensureFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: folderMode });
    await syncFolder(dirname(path));
  } catch (thrown) {
    if (!hasSystemCode(thrown, 'EEXIST')) throw thrown;
  }
  if (!(await lstat(path)).isDirectory()) {
    throw fileError('DM_FILE_PATH_UNSAFE', `${path} is a link or a file where a folder of an archive is to be`, {
      context: { path },
    });
  }
}

/** Makes the folder of an archive, and those above it, where there is none. */
export async function ensureRoot(path: string): Promise<void> {
  const first = await mkdir(path, { mode: folderMode, recursive: true });
  if (first !== undefined) await syncFolder(dirname(first));
}

/** Removes a folder if nothing is left in it. */
export async function removeEmptyFolder(path: string): Promise<void> {
  try {
    await rmdir(path);
  } catch (thrown) {
    // Files that the archive did not write stay, and their folder with them.
    if (!hasSystemCode(thrown, 'ENOTEMPTY', 'EEXIST', 'ENOENT')) throw thrown;
  }
}
