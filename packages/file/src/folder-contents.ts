import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { documentEntries, isDocument, type Json, type Value } from '@datamigrato/core';
import { fileError, hasSystemCode, systemError } from './errors.js';
import { createJsonTextReader, JsonTextError } from './format/json-text.js';
import { maximumRecordDepth } from './limits.js';
import { nameParts } from './reading/detect-format.js';

/** A file that can be read as an entity, or one that is passed over and why. */
export interface FolderEntry {
  /** Name of the entity; for what is passed over, the name of the file. */
  readonly entity: string;
  readonly path: string;
  readonly excluded?: string;
  /** What mongodump wrote beside a collection: its options, indexes and UUID. */
  readonly metadata?: Json;
}

/**
 * The entities of a folder that is no archive: each data file is one, named without its extensions; where two would have one name, all of them keep theirs.
 *
 * A folder that mongodump wrote is read at either of its two levels: `dump/` gives `database/collection`, `dump/database/` gives `collection`.
 */
export async function folderContents(folder: string): Promise<readonly FolderEntry[]> {
  const entries: FolderEntry[] = [];
  for (const name of await namesIn(folder)) {
    const path = join(folder, name);
    if (name.startsWith('.')) entries.push({ entity: name, path, excluded: 'a hidden file' });
    else if (await isFolder(path)) entries.push(...(await subfolderContents(path, name)));
    else if (!/\.metadata\.json(?:\.gz)?$/i.test(name)) entries.push(await fileEntry(folder, name));
  }
  entries.push(...(await collectionsWithoutRecords(folder, entries)));
  return withDistinctNames(entries);
}

/** The one entity of a single file. */
export async function singleFile(path: string): Promise<readonly FolderEntry[]> {
  const { stem, format } = nameParts(path);
  return [format === 'bson' ? await fileEntry(dirname(path), basename(path)) : { entity: stem, path }];
}

async function subfolderContents(path: string, name: string): Promise<readonly FolderEntry[]> {
  const names = await namesIn(path);
  if (!names.some((inner) => nameParts(inner).format === 'bson')) {
    return [{ entity: name, path, excluded: 'a folder that holds no dumped collections' }];
  }
  const contents = await folderContents(path);
  return contents.map((entry) => ({ ...entry, entity: `${name}/${entry.entity}` }));
}

async function fileEntry(folder: string, name: string): Promise<FolderEntry> {
  const path = join(folder, name);
  const { stem, format } = nameParts(name);
  if (format === undefined) return { entity: name, path, excluded: 'a file of no known format' };
  if (format !== 'bson') {
    return name === 'prelude.json' || name === 'prelude.json.gz'
      ? { entity: name, path, excluded: "mongodump's note about the server, no records" }
      : { entity: stem, path };
  }
  const metadata = await dumpMetadata(folder, stem);
  const entity = metadata?.collectionName ?? unescaped(stem);
  const excluded = exclusion(entity, metadata);
  return {
    entity,
    path,
    ...(excluded === undefined ? {} : { excluded }),
    ...(metadata === undefined ? {} : { metadata: metadata.native }),
  };
}

function exclusion(entity: string, metadata: DumpMetadata | undefined): string | undefined {
  if (entity === 'oplog') return 'the log of changes during the dump, no collection';
  if (entity.startsWith('system.buckets.'))
    return 'the buckets of a time-series collection, whose records are packed inside';
  if (entity.startsWith('system.')) return 'a collection of the server itself';
  return metadata?.type === 'timeseries' ? 'a time-series collection, dumped as buckets' : undefined;
}

/** Metadata without a file of records: views, and time-series collections, whose records lie in their buckets. */
async function collectionsWithoutRecords(
  folder: string,
  entries: readonly FolderEntry[],
): Promise<readonly FolderEntry[]> {
  const found: FolderEntry[] = [];
  const known = new Set(entries.map((entry) => entry.entity));
  for (const name of await namesIn(folder)) {
    const stem = /^(.*)\.metadata\.json(?:\.gz)?$/i.exec(name)?.[1];
    if (stem === undefined) continue;
    const metadata = await dumpMetadata(folder, stem);
    const entity = metadata?.collectionName ?? unescaped(stem);
    if (metadata === undefined || known.has(entity)) continue;
    const excluded =
      metadata.type === 'view'
        ? 'a view, which holds no records of its own'
        : metadata.type === 'timeseries'
          ? 'a time-series collection, dumped as buckets'
          : 'a collection of which only the metadata is here';
    found.push({ entity, path: join(folder, name), excluded });
  }
  return found;
}

interface DumpMetadata {
  readonly native: Json;
  readonly type: string | undefined;
  readonly collectionName: string | undefined;
}

const maximumMetadataBytes = 4 * 1024 * 1024;

async function dumpMetadata(folder: string, stem: string): Promise<DumpMetadata | undefined> {
  const plain = join(folder, `${stem}.metadata.json`);
  for (const path of [plain, `${plain}.gz`]) {
    const text = await textOf(path);
    if (text !== undefined) return parseMetadata(path, text);
  }
  return undefined;
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    if ((await stat(path)).size > maximumMetadataBytes) throw badMetadata(path);
    const bytes = await readFile(path);
    if (!path.endsWith('.gz')) return bytes.toString('utf8');
    return gunzipSync(bytes, { maxOutputLength: maximumMetadataBytes }).toString('utf8');
  } catch (thrown) {
    if (hasSystemCode(thrown, 'ENOENT')) return undefined;
    if (hasSystemCode(thrown, 'Z_BUF_ERROR', 'Z_DATA_ERROR', 'ERR_BUFFER_TOO_LARGE')) throw badMetadata(path);
    throw hasSystemCode(thrown, 'EACCES', 'EIO', 'EISDIR') ? systemError(thrown, 'read', path) : thrown;
  }
}

/** The metadata are Extended JSON; what is kept of them stays as it is written. */
function parseMetadata(path: string, text: string): DumpMetadata {
  let value: Value;
  try {
    value = createJsonTextReader({ maximumDepth: maximumRecordDepth }).readValue(text);
  } catch (thrown) {
    throw thrown instanceof JsonTextError ? badMetadata(path) : thrown;
  }
  if (!isDocument(value)) throw badMetadata(path);
  const fields = new Map(documentEntries(value));
  const type = fields.get('type');
  const collectionName = fields.get('collectionName');
  const native: Json = JSON.parse(text);
  return {
    native,
    type: typeof type === 'string' ? type : undefined,
    collectionName: typeof collectionName === 'string' && collectionName !== '' ? collectionName : undefined,
  };
}

function badMetadata(path: string): Error {
  return fileError('DM_FILE_METADATA_INVALID', `${path} is not the metadata of a dumped collection`, {
    context: { path },
  });
}

/** The name that mongodump escaped for the file system. */
function unescaped(stem: string): string {
  try {
    return decodeURIComponent(stem);
  } catch {
    // A lone % was not escaped by mongodump, so that the name is as it stands.
    return stem;
  }
}

function withDistinctNames(entries: readonly FolderEntry[]): readonly FolderEntry[] {
  const counts = new Map<string, number>();
  for (const { entity, excluded } of entries) {
    if (excluded === undefined) counts.set(entity, (counts.get(entity) ?? 0) + 1);
  }
  return entries.map((entry) =>
    entry.excluded === undefined && (counts.get(entry.entity) ?? 0) > 1
      ? { ...entry, entity: `${entry.entity.slice(0, entry.entity.lastIndexOf('/') + 1)}${basename(entry.path)}` }
      : entry,
  );
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (thrown) {
    throw systemError(thrown, 'read', folder);
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (thrown) {
    // A link that leads nowhere is no folder.
    if (hasSystemCode(thrown, 'ENOENT', 'ELOOP')) return false;
    throw systemError(thrown, 'read', path);
  }
}
