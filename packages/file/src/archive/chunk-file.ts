import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { EntityReading } from '../entity-reading.js';
import { fileError, hasSystemCode, systemError } from '../errors.js';
import { readBlocks } from '../reading/byte-blocks.js';
import { readRecordBatches } from '../reading/read-records.js';
import { type ArchivedEntity, type Chunk, chunkNamePattern } from './manifest.js';

/** Name of a sealed chunk. */
export function chunkName(number: number, gzip: boolean): string {
  return `${String(number).padStart(6, '0')}.ndjson${gzip ? '.gz' : ''}`;
}

/** Name of the chunk that is being appended to; it is never packed, so that what was acknowledged can be found again. */
export function partName(number: number): string {
  return `${String(number).padStart(6, '0')}.part`;
}

/** Matches what {@link partName} makes, with the number as its group. */
export const partPattern = /^(\d{6,10})\.part$/;

/** How a chunk is read. */
export function chunkReading(path: string, size: number): EntityReading {
  return {
    path,
    compressed: path.endsWith('.gz'),
    size,
    cut: 'lines',
    values: 'typed',
    start: 0,
    key: { from: 'fields', names: [] },
    recordsPath: [],
    columns: [],
    delimiter: ',',
  };
}

const wholeLines = { batchRecords: 4096, batchBytes: 4 * 1024 * 1024 };

/** The lines of a chunk, many at once. */
export async function* chunkLines(path: string, signal: AbortSignal): AsyncGenerator<readonly string[]> {
  for await (const batch of readRecordBatches(chunkReading(path, 0), { start: 0 }, wholeLines, signal)) {
    yield batch.records.map((record) => {
      if (record.form === 'text') return record.text;
      throw fileError('DM_FILE_CHUNK_DAMAGED', `${path} has a line at byte ${record.offset} that is not text`, {
        context: { path, offset: record.offset },
      });
    });
  }
}

/** Checks size and SHA-256 of a chunk against the manifest, before any record of it is handed out. Throws `DM_FILE_CHUNK_DAMAGED`. */
export async function verifyChunk(folder: string, chunk: Chunk, signal: AbortSignal): Promise<void> {
  const path = join(folder, chunk.name);
  const size = await sizeOf(path);
  if (size === undefined) throw damaged(path, 'it is missing');
  if (size !== chunk.bytes) throw damaged(path, `it has ${size} bytes, the manifest says ${chunk.bytes}`);
  const digest = createHash('sha256');
  for await (const block of readBlocks({ path, compressed: false, start: 0, signal })) digest.update(block);
  if (digest.digest('hex') !== chunk.sha256) throw damaged(path, 'its SHA-256 is not the one in the manifest');
}

/** Throws `DM_FILE_CHUNK_DAMAGED` where the folder holds a chunk that the manifest does not know. */
export async function refuseUnlistedChunks(folder: string, entity: ArchivedEntity): Promise<void> {
  const known = new Set([...entity.chunks.map(({ name }) => name), ...(entity.obsolete ?? [])]);
  for (const name of await namesIn(folder)) {
    if (chunkNamePattern.test(name) && !known.has(name)) {
      throw damaged(join(folder, name), 'the manifest does not list it');
    }
  }
}

/** Names in an entity's folder; none where there is no folder. */
export async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (thrown) {
    if (hasSystemCode(thrown, 'ENOENT')) return [];
    throw systemError(thrown, 'read', folder);
  }
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (thrown) {
    if (hasSystemCode(thrown, 'ENOENT')) return undefined;
    throw systemError(thrown, 'read', path);
  }
}

function damaged(path: string, problem: string): Error {
  return fileError('DM_FILE_CHUNK_DAMAGED', `The archive's chunk ${path} cannot be used: ${problem}`, {
    context: { path },
  });
}
