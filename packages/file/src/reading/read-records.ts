import type { RecordBatch } from '@datamigrato/core';
import type { EntityReading } from '../entity-reading.js';
import type { FileRecord } from '../file-record.js';
import { createBsonCutter } from '../format/bson-dump.js';
import { createRowCutter } from '../format/csv.js';
import { createJsonArraySplitter } from '../format/json-array.js';
import { createTailCheck } from '../format/records-path.js';
import { maximumBsonBytes, maximumRecordBytes, maximumTypedBytes } from '../limits.js';
import { createLineSplitter } from '../line-splitter.js';
import { readBlocks } from './byte-blocks.js';
import type { RecordCutter } from './record-cutter.js';

/** A part of a file. */
export interface RecordRange {
  /** First byte, of the unpacked file. */
  readonly start: number;
  /** Records that begin at or after it belong to the next part; absent for the last. */
  readonly end?: number;
  /** Whether `start` may lie inside a record, which then belongs to the part before. Lines only. */
  readonly startsInLine?: boolean;
  /** Whether `start` is the end of a record where an earlier reading stopped. */
  readonly resumed?: boolean;
}

/** How much is read at once. */
export interface BatchLimits {
  readonly batchRecords: number;
  readonly batchBytes: number;
}

/** The records of a part of a file, in batches; each batch's position is the byte after its last record. */
export async function* readRecordBatches(
  reading: EntityReading,
  range: RecordRange,
  limits: BatchLimits,
  signal: AbortSignal,
): AsyncGenerator<RecordBatch<FileRecord> & { readonly position: { readonly offset: number } }> {
  const { cutter, atEnd } = createCutter(reading, range);
  let records: FileRecord[] = [];
  let bytes = 0;
  let before = cutter.offset;
  const take = (record: FileRecord): boolean => {
    records.push(record);
    bytes += cutter.offset - before;
    before = cutter.offset;
    return records.length >= limits.batchRecords || bytes >= limits.batchBytes;
  };
  const finished = () => {
    const batch = { records, bytes, position: { offset: cutter.offset } };
    records = [];
    bytes = 0;
    return batch;
  };
  const blocks = readBlocks({ path: reading.path, compressed: reading.compressed, start: range.start, signal });
  let remaining: RecordCutter | undefined = cutter;
  for await (const block of blocks) {
    if (remaining === undefined) {
      atEnd?.add(block);
      continue;
    }
    cutter.feed(block);
    for (let record = cutter.next(); record !== undefined; record = cutter.next()) {
      if (take(record)) yield finished();
    }
    if (cutter.isDone) {
      remaining = undefined;
      if (atEnd === undefined) break;
      atEnd.add(atEnd.rest());
    }
  }
  const last = remaining?.finish();
  if (last !== undefined) take(last);
  if (records.length > 0) yield finished();
  atEnd?.end();
}

/** What is checked in the bytes after the last record. */
interface EndCheck {
  rest(): Buffer;
  add(bytes: Buffer): void;
  end(): void;
}

function createCutter(reading: EntityReading, range: RecordRange): { cutter: RecordCutter; atEnd?: EndCheck } {
  const { path } = reading;
  const place = { path, start: range.start, ...(range.end === undefined ? {} : { end: range.end }) };
  switch (reading.cut) {
    case 'lines':
      return {
        cutter: createLineSplitter({
          ...place,
          maximumBytes: maximumTextBytes(reading),
          startsInLine: range.startsInLine === true,
        }),
      };
    case 'array': {
      const cutter = createJsonArraySplitter({
        ...place,
        maximumBytes: maximumTextBytes(reading),
        resumed: range.resumed === true,
      });
      const tail = createTailCheck(path, reading.recordsPath);
      return { cutter, atEnd: { rest: () => cutter.rest(), add: (bytes) => tail.add(bytes), end: () => tail.end() } };
    }
    case 'bson':
      return { cutter: createBsonCutter({ ...place, maximumBytes: maximumBsonBytes }) };
    case 'rows':
      return { cutter: createRowCutter({ ...place, maximumBytes: maximumRecordBytes, delimiter: reading.delimiter }) };
  }
}

function maximumTextBytes(reading: EntityReading): number {
  return reading.values === 'extended-json' || reading.values === 'typed' ? maximumTypedBytes : maximumRecordBytes;
}
