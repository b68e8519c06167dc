import { constants } from 'node:fs';
import { type FileHandle, link, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isDatamigratoError } from '@datamigrato/core';
import { createPrivateFile, errorCode, syncFolder, unsafe } from './private-file.js';
import { durably, untrusted } from './state-errors.js';

/**
 * What the state of a run needs of a disk, so that a test can own one that is full, read-only or failing.
 *
 * Every method rejects with the system's own error; nothing is durable before it was synced.
 */
export interface StateFileSystem {
  /** A new file, closed to other users, to append to. Never follows a link, never opens what is there already. */
  create(path: string): Promise<StateFile>;
  /** A file that is there, to append to. */
  open(path: string): Promise<StateFile>;
  /** The bytes of a file, in pieces. Rejects with `DM_STATE_UNSAFE` where it is a link, belongs to another user or can be written by others. */
  read(path: string): AsyncIterable<Uint8Array>;
  /** Names in a folder. */
  list(folder: string): Promise<readonly string[]>;
  /** Gives a file another name; what had that name before is replaced, all at once. */
  rename(from: string, to: string): Promise<void>;
  /** Gives a file a second name; resolves to false where that name is taken. */
  link(from: string, to: string): Promise<boolean>;
  /** Removes a file, if it is there. */
  remove(path: string): Promise<void>;
  /** Makes durable which names a folder has. */
  syncFolder(folder: string): Promise<void>;
}

/** An open file. */
export interface StateFile {
  append(bytes: Uint8Array): Promise<void>;
  /** Makes durable what was appended. */
  sync(): Promise<void>;
  /** Cuts the file to this many bytes. */
  cut(length: number): Promise<void>;
  close(): Promise<void>;
}

/** The disk of this machine. */
export const diskFileSystem: StateFileSystem = {
  create: async (path) => appendable(await createPrivateFile(path)),
  open: async (path) => appendable(await openOwn(path, constants.O_RDWR | constants.O_APPEND)),
  async *read(path) {
    const file = await openOwn(path, constants.O_RDONLY);
    try {
      yield* file.createReadStream({ autoClose: false }) as AsyncIterable<Uint8Array>;
    } finally {
      await file.close();
    }
  },
  list: (folder) => readdir(folder),
  rename: (from, to) => rename(from, to),
  async link(from, to) {
    try {
      await link(from, to);
      return true;
    } catch (error) {
      if (errorCode(error) === 'EEXIST') return false;
      throw error;
    }
  },
  remove: (path) => rm(path, { force: true }),
  syncFolder,
};

/** All bytes of a file, or undefined where there is none. Throws `DM_STATE_UNTRUSTED` for one of more than `maximumBytes`. */
export async function readWhole(
  fileSystem: StateFileSystem,
  path: string,
  maximumBytes: number,
): Promise<Buffer | undefined> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const piece of fileSystem.read(path)) {
      length += piece.length;
      if (length > maximumBytes) throw untrusted(path, `it has more than ${maximumBytes} bytes`);
      pieces.push(piece);
    }
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw isDatamigratoError(error)
      ? error
      : untrusted(path, `it could not be read (${errorCode(error) ?? 'unknown reason'})`);
  }
  return Buffer.concat(pieces);
}

/** Puts a whole file in its place at once: a reader, or whoever comes after a crash, sees all of it or what was there before. */
export async function replaceFile(
  fileSystem: StateFileSystem,
  path: string,
  bytes: Uint8Array,
  options: { readonly durable: boolean },
): Promise<void> {
  await durably(path, async () => {
    const part = `${path}.part`;
    await fileSystem.remove(part);
    const file = await fileSystem.create(part);
    try {
      await file.append(bytes);
      if (options.durable) await file.sync();
    } finally {
      await file.close();
    }
    await fileSystem.rename(part, path);
    if (options.durable) await fileSystem.syncFolder(dirname(path));
  });
}

function appendable(file: FileHandle): StateFile {
  return {
    append: (bytes) => file.appendFile(bytes),
    sync: () => file.datasync(),
    cut: (length) => file.truncate(length),
    close: () => file.close(),
  };
}

async function openOwn(path: string, flags: number): Promise<FileHandle> {
  // Without O_NONBLOCK a pipe that somebody put there would be waited for.
  const file = await open(path, flags | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)).catch(
    (error: unknown) => {
      throw errorCode(error) === 'ELOOP' ? unsafe(path, 'it is a symbolic link') : error;
    },
  );
  try {
    const found = await file.stat();
    if (!found.isFile()) throw unsafe(path, 'it is no file');
    const user = process.getuid?.();
    if (user !== undefined && found.uid !== user) throw unsafe(path, 'it belongs to another user');
    if (user !== undefined && (found.mode & 0o022) !== 0) throw unsafe(path, 'other users can write it');
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}
