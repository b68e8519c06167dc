import { isUtf8 } from 'node:buffer';
import { double, type Value } from '@datamigrato/core';
import { parse } from 'csv-parse/sync';
import { fileError } from '../errors.js';
import type { FailedRecord, FileRecord } from '../file-record.js';
import { CarriedBytes, type CutterOptions, type RecordCutter } from '../reading/record-cutter.js';
import { failedRecord, oversizedRecord } from '../reading/record-text.js';

const quote = 0x22;
const newline = 0x0a;
const carriageReturn = 0x0d;

/**
 * Cuts a CSV file (RFC 4180: quotes doubled inside quotes, newlines allowed there) into rows, the header being a row like any other.
 *
 * Rows are found by their bytes and parsed many at once by csv-parse; where it finds fault, one by one, so that a bad row is a failed record and the others are not.
 * Empty lines are passed over.
 */
export function createRowCutter(options: CutterOptions & { readonly delimiter: string }): RecordCutter {
  const { path, delimiter, maximumBytes } = options;
  const carried = new CarriedBytes();
  let block: Buffer = Buffer.alloc(0);
  let blockStart = options.start;
  let offset = options.start;
  let inQuotes = false;
  let rows: { readonly record: FileRecord; readonly end: number }[] = [];
  let taken = 0;

  /** Parses the complete rows at the beginning of the carried bytes and the block. */
  const parseRows = (): void => {
    const ends: number[] = [];
    for (let index = 0; index < block.length; index += 1) {
      const byte = block[index];
      if (byte === quote) inQuotes = !inQuotes;
      else if (byte === newline && !inQuotes) ends.push(index + 1);
    }
    const complete = ends.at(-1);
    if (complete === undefined) {
      carry(block);
      return;
    }
    const shift = carried.length;
    const start = blockStart - shift;
    if (shift > maximumBytes) {
      const first = ends.shift() ?? 0;
      carried.clear();
      queue(oversizedRecord(start, shift + first, maximumBytes), blockStart + first);
      parseRange(
        block.subarray(first, complete),
        ends.map((end) => end - first),
        blockStart + first,
      );
    } else {
      carried.add(block.subarray(0, complete));
      parseRange(
        carried.take(),
        ends.map((end) => end + shift),
        start,
      );
    }
    if (complete < block.length) carry(block.subarray(complete));
  };

  const carry = (rest: Buffer): void => {
    if (carried.length + rest.length <= maximumBytes) carried.add(rest);
    else {
      const length = carried.length + rest.length;
      carried.clear();
      carried.length = length;
    }
  };

  const queue = (record: FileRecord, end: number): void => {
    rows.push({ record, end });
  };

  /** Parses rows that end where `ends` says, relative to `bytes`, which begin at byte `start` of the file. */
  const parseRange = (bytes: Buffer, ends: readonly number[], start: number): void => {
    const ranges: { readonly from: number; readonly to: number }[] = [];
    let from = 0;
    for (const to of ends) {
      if (!isEmptyLine(bytes, from, to)) ranges.push({ from, to });
      from = to;
    }
    if (ranges.length === 0) return;
    const all = isUtf8(bytes) ? cellsOf(bytes, delimiter) : undefined;
    for (const [index, { from: rowStart, to }] of ranges.entries()) {
      const cells = all?.length === ranges.length ? all[index] : undefined;
      const offset = start + rowStart;
      const record: FileRecord =
        to - rowStart > maximumBytes
          ? oversizedRecord(offset, to - rowStart, maximumBytes)
          : cells === undefined
            ? oneRow(bytes.subarray(rowStart, to), offset, delimiter)
            : { form: 'row', cells, offset };
      queue(record, start + to);
    }
  };

  return {
    get offset() {
      return offset;
    },
    isDone: false,
    feed(newBlock) {
      blockStart += block.length;
      block = newBlock;
      rows = [];
      taken = 0;
      parseRows();
    },
    next() {
      const row = rows[taken];
      if (row === undefined) return undefined;
      taken += 1;
      offset = row.end;
      return row.record;
    },
    finish() {
      const size = carried.length;
      const start = blockStart + block.length - size;
      if (inQuotes) {
        throw fileError('DM_FILE_TRUNCATED', `${path} ends inside quotes; the row begins at byte ${start}`, {
          context: { path, offset: start },
        });
      }
      offset = start + size;
      if (size > maximumBytes) {
        carried.length = 0;
        return oversizedRecord(start, size, maximumBytes);
      }
      const bytes = carried.take();
      return isEmptyLine(bytes, 0, bytes.length) ? undefined : oneRow(bytes, start, delimiter);
    },
  };
}

function isEmptyLine(bytes: Buffer, from: number, to: number): boolean {
  for (let index = from; index < to; index += 1) {
    const byte = bytes[index];
    if (byte !== newline && byte !== carriageReturn) return false;
  }
  return true;
}

function oneRow(bytes: Buffer, offset: number, delimiter: string): FileRecord {
  if (!isUtf8(bytes)) return failedRecord(offset, 'is not valid UTF-8');
  const cells = cellsOf(bytes, delimiter);
  const [only] = cells ?? [];
  return only === undefined || cells?.length !== 1 ? badRow(offset) : { form: 'row', cells: only, offset };
}

function badRow(offset: number): FailedRecord {
  return failedRecord(
    offset,
    'is not a row of CSV: a quote inside a cell is not doubled, or text follows a closing quote',
  );
}

/** The cells of the rows, or undefined where csv-parse refuses them; its complaint would quote the row. */
function cellsOf(bytes: Buffer, delimiter: string): string[][] | undefined {
  try {
    return parse(bytes, {
      delimiter,
      relax_column_count: true,
      skip_empty_lines: true,
      record_delimiter: ['\r\n', '\n'],
    });
  } catch {
    return undefined;
  }
}

/**
 * The header's names. Throws `DM_FILE_CSV_INVALID` where it has none or has one twice.
 */
export function headerNames(path: string, header: FileRecord | undefined): readonly string[] {
  if (header === undefined) return [];
  const fail = (problem: string): never => {
    throw fileError('DM_FILE_CSV_INVALID', `The first row of ${path} is no header: ${problem}`, { context: { path } });
  };
  if (header.form !== 'row') return fail('it is not a row of CSV');
  const names = header.cells.map((cell, index) =>
    index === 0 && cell.charCodeAt(0) === 0xfeff ? cell.slice(1) : cell,
  );
  if (new Set(names).size !== names.length) return fail('two columns have the same name');
  return names;
}

/** What a cell means where types are inferred: empty is null, `true` and `false`, decimal numbers without leading zeros; all else is text. */
export function inferCell(cell: string): Value {
  if (cell === '') return null;
  if (cell === 'true') return true;
  if (cell === 'false') return false;
  if (!/^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(cell)) return cell;
  if (!/^-?\d+$/.test(cell)) {
    const number = Number(cell);
    return Number.isFinite(number) ? double(number) : cell;
  }
  const number = Number(cell);
  if (Object.is(number, -0)) return double(-0);
  return number === (number | 0) ? number : BigInt(cell);
}
