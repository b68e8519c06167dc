import type {
  CallOptions,
  DatamigratoError,
  EntityName,
  Json,
  Partition,
  ReadOptions,
  RecordBatch,
} from '@datamigrato/core';
import { fileError } from '../errors.js';
import type { FileRecord } from '../file-record.js';
import { readRecordBatches } from '../reading/read-records.js';
import type { Archive } from './archive.js';
import { chunkReading } from './chunk-file.js';
import type { Chunk } from './manifest.js';

/** Runs of neighbouring chunks of about the same size together. */
export async function* archivePartitions(
  archive: Archive,
  entity: EntityName,
  call: CallOptions & { readonly targetCount: number },
): AsyncGenerator<Partition> {
  call.signal.throwIfAborted();
  const { chunks } = await archive.readable(entity);
  const total = chunks.reduce((sum, chunk) => sum + chunk.bytes, 0);
  const wanted = total / Math.max(1, call.targetCount);
  let run: Chunk[] = [];
  let bytes = 0;
  let runs = 0;
  for (const chunk of chunks) {
    run.push(chunk);
    bytes += chunk.bytes;
    if (bytes < wanted * (runs + 1) && chunk !== chunks.at(-1)) continue;
    yield partitionOf(entity, run);
    run = [];
    runs += 1;
  }
}

function partitionOf(entity: EntityName, run: readonly Chunk[]): Partition {
  const names = run.map(({ name }) => name);
  const [first = '', last = first] = [names[0], names.at(-1)];
  return {
    entity,
    id: first === last ? first : `${first} to ${last}`,
    range: { chunks: run.map(({ name, sha256 }) => [name, sha256.slice(0, 16)]) },
  };
}

/** The records of a run of chunks. Each chunk's bytes are checked against the manifest before any record of it is handed out. */
export async function* readArchivePartition(
  archive: Archive,
  partition: Partition,
  call: ReadOptions,
): AsyncGenerator<RecordBatch<FileRecord>> {
  call.signal.throwIfAborted();
  const entity = await archive.readable(partition.entity);
  const known = new Map(entity.chunks.map((chunk) => [`${chunk.name} ${chunk.sha256.slice(0, 16)}`, chunk]));
  const after = call.after === undefined ? undefined : positionFrom(call.after, archive.folder);
  let isReached = after === undefined;
  for (const [name, mark] of chunksFrom(partition.range, archive.folder)) {
    const isResumed = !isReached && name === after?.chunk;
    if (!isReached && !isResumed) continue;
    isReached = true;
    const chunk = known.get(`${name} ${mark}`);
    if (chunk === undefined) throw changed(archive.folder);
    const path = await archive.verifiedChunk(entity, chunk, call.signal);
    const start = isResumed ? (after?.offset ?? 0) : 0;
    let records = 0;
    for await (const batch of readRecordBatches(chunkReading(path, chunk.bytes), { start }, call, call.signal)) {
      records += batch.records.length;
      yield { ...batch, position: { chunk: name, offset: batch.position.offset } };
    }
    if (start === 0 && records !== chunk.records) throw miscounted(path, records, chunk.records);
  }
  if (!isReached) throw changed(archive.folder);
}

function chunksFrom(range: Json, folder: string): readonly (readonly [string, string])[] {
  if (typeof range !== 'object' || range === null || !('chunks' in range)) throw changed(folder);
  const { chunks } = range;
  if (!isList(chunks)) throw changed(folder);
  return chunks.map((chunk): readonly [string, string] => {
    const [name, mark] = isList(chunk) ? chunk : [];
    if (typeof name !== 'string' || typeof mark !== 'string') throw changed(folder);
    return [name, mark];
  });
}

function isList(json: Json | undefined): json is readonly Json[] {
  return Array.isArray(json);
}

function positionFrom(json: Json, folder: string): { readonly chunk: string; readonly offset: number } {
  if (typeof json === 'object' && json !== null && 'chunk' in json && 'offset' in json) {
    const { chunk, offset } = json;
    if (typeof chunk === 'string' && typeof offset === 'number') return { chunk, offset };
  }
  throw changed(folder);
}

function changed(folder: string): DatamigratoError {
  return fileError('DM_FILE_CHANGED', `The archive ${folder} was written to since the plan was made`, {
    context: { folder },
  });
}

function miscounted(path: string, records: number, expected: number): DatamigratoError {
  return fileError(
    'DM_FILE_CHUNK_DAMAGED',
    `The archive's chunk ${path} has ${records} records, the manifest says ${expected}`,
    {
      context: { path, records, expected },
    },
  );
}
