import { constants } from 'node:fs';
import { chmod, type FileHandle, lstat, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DatamigratoError, isDatamigratoError } from '@datamigrato/core';

const privateFileMode = 0o600;
const privateFolderMode = 0o700;

/**
 * Creates a file that only its owner can read and write, whatever the umask is.
 *
 * Never follows a symbolic link and never opens a file that is already there.
 *
 * @throws DatamigratoError `DM_STATE_UNWRITABLE`.
 */
export async function createPrivateFile(path: string): Promise<FileHandle> {
  const flags =
    constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_APPEND | (constants.O_NOFOLLOW ?? 0);
  try {
    const file = await open(path, flags, privateFileMode);
    await file.chmod(privateFileMode);
    return file;
  } catch (error) {
    throw unwritable(path, error);
  }
}

/** Writes a whole private file, durable once this resolves. A reader sees all of it or none. */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  const part = `${path}.part`;
  try {
    await removeLeftover(part);
    const file = await createPrivateFile(part);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(part, path);
    await syncFolder(dirname(path));
  } catch (error) {
    throw isDatamigratoError(error) ? error : unwritable(path, error);
  }
}

/** Removes the part that a crash or a full disk left of a file. Anything else of that name stays and keeps the file from being written. */
async function removeLeftover(part: string): Promise<void> {
  try {
    if ((await lstat(part)).isFile()) await rm(part);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
}

/** Makes what a folder lists durable. Where the platform cannot open a folder (Windows), its own rules hold. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, constants.O_RDONLY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/**
 * Makes sure that a folder is there: a new one is closed to everybody else, one that exists must be no link, belong to this user and let nobody else write.
 *
 * @throws DatamigratoError `DM_STATE_UNSAFE` or `DM_STATE_UNWRITABLE`.
 */
export async function ensureOwnFolder(path: string): Promise<void> {
  if (!(await createPrivateFolder(path))) await requireOwnFolder(path);
}

/** Makes sure that a folder that is there is no link, belongs to this user and lets nobody else write. Throws `DM_STATE_UNSAFE`, or the system's error where there is none. */
export async function requireOwnFolder(path: string): Promise<void> {
  const found = await lstat(path);
  if (!found.isDirectory()) throw unsafe(path, found.isSymbolicLink() ? 'it is a symbolic link' : 'it is no folder');
  const user = process.getuid?.();
  if (user === undefined) return;
  if (found.uid !== user) throw unsafe(path, 'it belongs to another user');
  if ((found.mode & 0o022) !== 0) throw unsafe(path, 'other users can write in it');
}

/** Creates a folder that only its owner can enter, whatever the umask is; resolves to false where something of that name is there already. */
export async function createPrivateFolder(path: string): Promise<boolean> {
  try {
    await mkdir(path, { mode: privateFolderMode });
    await chmod(path, privateFolderMode);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw unwritable(path, error);
  }
}

/** The error for a file or folder that somebody else could have put there or could change. */
export function unsafe(path: string, why: string): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_STATE_UNSAFE',
    category: 'endpoint',
    message: `State cannot be kept in ${path}: ${why}`,
    nextStep: 'remove it, or name another folder with --state-folder',
  });
}

/** The error for a file or folder of ours that the system will not let us write. */
export function unwritable(path: string, cause: unknown): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_STATE_UNWRITABLE',
    category: 'endpoint',
    message: `${path} could not be written (${errorCode(cause) ?? 'unknown reason'})`,
    nextStep: 'make room and check permissions, or name another folder with --state-folder',
    cause,
  });
}

/** The short code of an operating system's error, such as `ENOSPC`. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
