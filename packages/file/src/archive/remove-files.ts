import { lstat, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileError, hasSystemCode } from '../errors.js';
import { namesIn, partPattern } from './chunk-file.js';
import { removeEmptyFolder, writing } from './durable-file.js';
import { keyFilePattern } from './key-index.js';
import { chunkNamePattern } from './manifest.js';

/** Removes the files that an archive writes into an entity's folder, and the folder if nothing else is in it. */
export async function removeEntityFiles(folder: string): Promise<void> {
  if (!(await isRealFolder(folder))) return;
  const ours = (await namesIn(folder)).filter(
    (name) =>
      chunkNamePattern.test(name) ||
      partPattern.test(name) ||
      keyFilePattern.test(name) ||
      /^\d{6,10}\.ndjson\.gz\.tmp$/.test(name),
  );
  await removeFiles(folder, ours);
  await writing(folder, () => removeEmptyFolder(folder));
}

/** Removes files of a folder by name. */
export async function removeFiles(folder: string, names: readonly string[]): Promise<void> {
  for (const name of names) await writing(join(folder, name), () => rm(join(folder, name), { force: true }));
}

async function isRealFolder(path: string): Promise<boolean> {
  try {
    if ((await lstat(path)).isDirectory()) return true;
  } catch (thrown) {
    if (hasSystemCode(thrown, 'ENOENT')) return false;
    throw thrown;
  }
  throw fileError('DM_FILE_PATH_UNSAFE', `${path} is a link or a file where a folder of an archive was`, {
    context: { path },
  });
}
