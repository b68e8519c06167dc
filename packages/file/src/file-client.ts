import { readdir, realpath, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Archive, openArchive } from './archive/archive.js';
import { lockName } from './archive/archive-lock.js';
import { manifestName, readManifest } from './archive/manifest.js';
import type { EntityReading } from './entity-reading.js';
import { entityMissing, fileError, hasSystemCode, systemError } from './errors.js';
import { type FolderEntry, folderContents, singleFile } from './folder-contents.js';
import type { FileOptions } from './options.js';
import { detectReading } from './reading/detect-reading.js';

/** An open path: an archive, or files of other formats, which are only read. */
export type FileClient = ArchiveClient | FilesClient;

/** A folder that is an archive, or can become one: it is empty or not there yet. */
export interface ArchiveClient {
  readonly kind: 'archive';
  readonly options: FileOptions;
  readonly archive: Archive;
  /** Whether there was an archive when the path was opened. */
  readonly wasThere: boolean;
}

/** One file, or a folder of files. */
export interface FilesClient {
  readonly kind: 'files';
  readonly options: FileOptions;
  /** The path, absolute. */
  readonly path: string;
  readonly entries: readonly FolderEntry[];
  /** How the file of an entity is read; found out once. Throws `DM_ENTITY_MISSING`. */
  reading(
    entity: string,
    signal: AbortSignal,
  ): Promise<{ readonly entry: FolderEntry; readonly reading: EntityReading }>;
}

/** Finds out what lies at the path of the options. */
export async function openPath(options: FileOptions): Promise<FileClient> {
  const path = await realPath(resolve(options.path));
  const kind = await kindOfPath(path);
  if (kind === 'file') return filesClient(path, options, await singleFile(path));
  const manifest = kind === 'folder' ? await readManifest(path) : undefined;
  const isArchive = manifest !== undefined || kind === 'nothing' || (await isEmptyFolder(path));
  if (isArchive) {
    const { gzip, chunkBytes } = options;
    const archive = await openArchive(path, { gzip, chunkBytes });
    return { kind: 'archive', options, archive, wasThere: manifest !== undefined };
  }
  if (options.format === 'archive') {
    throw fileError('DM_FILE_MANIFEST_INVALID', `${path} holds files, but no manifest of an archive`, {
      nextStep: 'name the folder that holds the archive, or read the files with another `format`',
      context: { path },
    });
  }
  return filesClient(path, options, await folderContents(path));
}

function filesClient(path: string, options: FileOptions, entries: readonly FolderEntry[]): FilesClient {
  const readings = new Map<string, Promise<EntityReading>>();
  return {
    kind: 'files',
    options,
    path,
    entries,
    async reading(entity, signal) {
      const entry = entries.find((candidate) => candidate.entity === entity);
      if (entry === undefined) throw entityMissing(entity, path);
      let reading = readings.get(entity);
      if (reading === undefined) {
        reading = detectReading(entry.path, options, signal);
        readings.set(entity, reading);
        // Not kept where it failed, so that a later call with its own signal tries again.
        reading.catch(() => readings.delete(entity));
      }
      return { entry, reading: await reading };
    },
  };
}

/** The path with its links followed; of one that is not there yet, as it stands. */
async function realPath(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (thrown) {
    if (hasSystemCode(thrown, 'ENOENT', 'ENOTDIR')) return path;
    throw systemError(thrown, 'read', path);
  }
}

async function kindOfPath(path: string): Promise<'file' | 'folder' | 'nothing'> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'file';
  } catch (thrown) {
    if (hasSystemCode(thrown, 'ENOENT')) return 'nothing';
    throw systemError(thrown, 'read', path);
  }
}

/** Whether a folder holds nothing, or what a writer leaves that ends before its first manifest. */
async function isEmptyFolder(path: string): Promise<boolean> {
  try {
    return (await readdir(path)).every((name) => name === lockName || name === `${manifestName}.tmp`);
  } catch (thrown) {
    throw systemError(thrown, 'read', path);
  }
}
