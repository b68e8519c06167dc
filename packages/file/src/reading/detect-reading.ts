import { createHash } from 'node:crypto';
import { open, stat } from 'node:fs/promises';
import type { EntityReading } from '../entity-reading.js';
import { systemError } from '../errors.js';
import { createRowCutter, headerNames } from '../format/csv.js';
import { findRecords, parseRecordsPath } from '../format/records-path.js';
import { maximumRecordBytes } from '../limits.js';
import type { FileOptions } from '../options.js';
import { readBlocks } from './byte-blocks.js';
import { detectFormat, nameParts } from './detect-format.js';
import { detectKey } from './detect-key.js';

/** Finds out how a file is read. The same file and options give the same answer. */
export async function detectReading(path: string, options: FileOptions, signal: AbortSignal): Promise<EntityReading> {
  const size = await sizeOf(path);
  const format = await detectFormat(path, options, signal);
  const base = {
    path,
    compressed: format.compressed,
    size,
    cut: format.cut,
    values: format.values,
    start: format.mark,
    recordsPath: [],
    columns: [],
    delimiter: options.delimiter ?? (nameParts(path).isTabSeparated ? '\t' : ','),
  };
  const placed =
    format.cut === 'array'
      ? { ...base, ...(await placeOfArray(base, options, signal)) }
      : format.cut === 'rows'
        ? { ...base, ...(await placeOfRows(base, signal)) }
        : base;
  return { ...placed, key: await detectKey(placed, options, signal) };
}

type Unplaced = Pick<EntityReading, 'path' | 'compressed' | 'start' | 'delimiter'>;

async function placeOfArray(
  { path, compressed, start }: Unplaced,
  options: FileOptions,
  signal: AbortSignal,
): Promise<Pick<EntityReading, 'start' | 'recordsPath'>> {
  const wanted = options.recordsPath === undefined ? {} : { wanted: parseRecordsPath(options.recordsPath) };
  const place = await findRecords(readBlocks({ path, compressed, start, signal }), { path, start, ...wanted });
  return { start: place.start, recordsPath: place.path };
}

async function placeOfRows(
  { path, compressed, start, delimiter }: Unplaced,
  signal: AbortSignal,
): Promise<Pick<EntityReading, 'start' | 'columns'>> {
  const cutter = createRowCutter({ path, start, delimiter, maximumBytes: maximumRecordBytes });
  for await (const block of readBlocks({ path, compressed, start, signal })) {
    cutter.feed(block);
    const header = cutter.next();
    if (header !== undefined) return { columns: headerNames(path, header), start: cutter.offset };
  }
  return { columns: headerNames(path, cutter.finish()), start: cutter.offset };
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (thrown) {
    throw systemError(thrown, 'read', path);
  }
}

const markBytes = 4096;

/** A short text that tells a file from a changed one: its size, and a digest of its first and last 4 KiB. */
export async function fileMark(path: string): Promise<string> {
  const size = await sizeOf(path);
  const handle = await open(path, 'r').catch((thrown: unknown) => {
    throw systemError(thrown, 'read', path);
  });
  try {
    const digest = createHash('sha256');
    for (const position of [0, Math.max(0, size - markBytes)]) {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(markBytes), 0, markBytes, position);
      digest.update(buffer.subarray(0, bytesRead));
    }
    return `${size}:${digest.digest('hex').slice(0, 16)}`;
  } finally {
    await handle.close();
  }
}
