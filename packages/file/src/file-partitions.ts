import {
  type CallOptions,
  type DatamigratoError,
  type EntityName,
  isDatamigratoError,
  type Json,
  type Partition,
  type ReadOptions,
  type RecordBatch,
} from '@datamigrato/core';
import type { EntityReading } from './entity-reading.js';
import { fileError } from './errors.js';
import type { FilesClient } from './file-client.js';
import type { DecodedRecord, FailedRecord, FileRecord } from './file-record.js';
import { createBsonCutter } from './format/bson-dump.js';
import { createContentKeys } from './generated-key.js';
import { maximumBsonBytes } from './limits.js';
import { readBlocks } from './reading/byte-blocks.js';
import { fileMark } from './reading/detect-reading.js';
import { type RecordRange, readRecordBatches } from './reading/read-records.js';
import { createFieldsDecoder } from './record-decoder.js';

/** Bytes below which a file is not cut further. */
const smallestPartition = 256 * 1024;

/**
 * Byte ranges of an unpacked file of lines or BSON documents; one part for all else: packed files, arrays, CSV, and files whose keys are counted in order.
 */
export async function* filePartitions(
  client: FilesClient,
  entity: EntityName,
  call: CallOptions & { readonly targetCount: number },
): AsyncGenerator<Partition> {
  call.signal.throwIfAborted();
  const { reading } = await client.reading(entity, call.signal);
  const mark = await fileMark(reading.path);
  const borders = await bordersOf(reading, call);
  for (const [index, start] of borders.entries()) {
    const end = borders[index + 1];
    yield {
      entity,
      id: end === undefined ? `bytes ${start}-` : `bytes ${start}-${end}`,
      range: { start, mark, ...(end === undefined ? {} : { end }) },
    };
  }
}

async function bordersOf(
  reading: EntityReading,
  call: CallOptions & { readonly targetCount: number },
): Promise<number[]> {
  const { start, size } = reading;
  const count = Math.min(call.targetCount, Math.floor((size - start) / smallestPartition));
  const isOnePart = reading.compressed || reading.key.from === 'content' || count < 2;
  if (isOnePart || (reading.cut !== 'lines' && reading.cut !== 'bson')) return [start];
  const step = Math.ceil((size - start) / count);
  const wanted = Array.from({ length: count }, (_, index) => start + index * step);
  return reading.cut === 'lines' ? wanted : documentBorders(reading, wanted, call.signal);
}

/** The first document borders at or after the wanted bytes, found by going from length to length. */
async function documentBorders(
  reading: EntityReading,
  wanted: readonly number[],
  signal: AbortSignal,
): Promise<number[]> {
  const { path, start } = reading;
  const cutter = createBsonCutter({ path, start, maximumBytes: maximumBsonBytes });
  const borders = [start];
  try {
    for await (const block of readBlocks({ path, compressed: false, start, signal })) {
      cutter.feed(block);
      while (cutter.next() !== undefined) {
        const next = wanted[borders.length];
        if (next === undefined) return borders;
        if (cutter.offset >= next && cutter.offset < reading.size) borders.push(cutter.offset);
      }
    }
  } catch (thrown) {
    // Damage is met where it lies, by whoever reads the last part.
    if (!isDatamigratoError(thrown)) throw thrown;
  }
  return borders;
}

/** The records of a part, after `after`. Throws `DM_FILE_CHANGED` where the file is no longer the one that was cut. */
export async function* readFilePartition(
  client: FilesClient,
  partition: Partition,
  call: ReadOptions,
): AsyncGenerator<RecordBatch<FileRecord>> {
  call.signal.throwIfAborted();
  const { reading } = await client.reading(partition.entity, call.signal);
  const range = rangeFrom(partition.range, reading);
  if (range.mark !== undefined && (await fileMark(reading.path)) !== range.mark) throw changed(reading.path);
  const after = call.after === undefined ? undefined : offsetFrom(call.after, reading.path);
  if (reading.key.from === 'content') {
    yield* withContentKeys(reading, after, call);
    return;
  }
  yield* readRecordBatches(reading, rangeAfter(reading, range, after), call, call.signal);
}

function rangeAfter(reading: EntityReading, range: PartRange, after: number | undefined): RecordRange {
  const end = range.end === undefined ? {} : { end: range.end };
  if (after !== undefined) return { start: after, resumed: true, ...end };
  const isInside = reading.cut === 'lines' && range.start > reading.start;
  // One byte earlier: the line belongs to this part only if the byte before it ends another.
  return isInside ? { start: range.start - 1, startsInLine: true, ...end } : { start: range.start, ...end };
}

/** Records with keys of their content. Read from the beginning whatever `after` is, since the keys count what came before. */
async function* withContentKeys(
  reading: EntityReading,
  after: number | undefined,
  call: ReadOptions,
): AsyncGenerator<RecordBatch<FileRecord>> {
  const decode = createFieldsDecoder({ values: reading.values, key: reading.key, columns: reading.columns });
  const keys = createContentKeys();
  const keyed = (record: FileRecord): DecodedRecord | FailedRecord => {
    if (record.form === 'failed') return record;
    try {
      const { fields } = decode(record);
      return { form: 'decoded', offset: record.offset, record: { key: [keys.keyOf(fields)], fields } };
    } catch (thrown) {
      if (!isRecordFault(thrown)) throw thrown;
      return { form: 'failed', offset: record.offset, failure: thrown };
    }
  };
  for await (const batch of readRecordBatches(reading, { start: reading.start }, call, call.signal)) {
    const records = batch.records.map(keyed);
    if (after === undefined || batch.position.offset > after) {
      const wanted = after === undefined ? records : records.filter((record) => record.offset >= after);
      if (wanted.length > 0) yield { ...batch, records: wanted };
    }
  }
}

function isRecordFault(thrown: unknown): thrown is DatamigratoError {
  return isDatamigratoError(thrown) && thrown.category === 'record';
}

interface PartRange {
  readonly start: number;
  readonly end: number | undefined;
  readonly mark: string | undefined;
}

function rangeFrom(json: Json, reading: EntityReading): PartRange {
  if (typeof json !== 'object' || json === null || !('start' in json)) throw changed(reading.path);
  const { start, end, mark } = json;
  if (typeof start !== 'number') throw changed(reading.path);
  return {
    start,
    end: typeof end === 'number' ? end : undefined,
    mark: typeof mark === 'string' ? mark : undefined,
  };
}

function offsetFrom(json: Json, path: string): number {
  if (typeof json === 'object' && json !== null && 'offset' in json) {
    const { offset } = json;
    if (typeof offset === 'number') return offset;
  }
  throw changed(path);
}

function changed(path: string): DatamigratoError {
  return fileError('DM_FILE_CHANGED', `${path} is not the file that the plan was made from`, { context: { path } });
}
