import { fileError } from './errors.js';
import type { FileRecord } from './file-record.js';
import { createJsonTextReader, JsonTextError } from './format/json-text.js';
import { maximumRecordDepth } from './limits.js';
import { CarriedBytes, type CutterOptions, type RecordCutter } from './reading/record-cutter.js';
import { oversizedRecord, textRecord } from './reading/record-text.js';

const newline = 0x0a;

/**
 * Splits at the byte 0x0A and nowhere else: U+2028 and U+2029 are legal inside a JSON string, and `node:readline` would split there.
 *
 * Blank lines are passed over. A last line without a newline is taken if it is whole JSON; if it ends in the middle, `finish` throws `DM_FILE_TORN_LINE`.
 * With `startsInLine` the first line is the rest of one that belongs to the part before, and is passed over.
 */
export function createLineSplitter(options: CutterOptions & { readonly startsInLine?: boolean }): RecordCutter {
  const { path, end = Number.POSITIVE_INFINITY, maximumBytes } = options;
  const carried = new CarriedBytes();
  let block: Buffer = Buffer.alloc(0);
  let at = 0;
  /** The byte of the file where `block` begins. */
  let blockStart = options.start;
  let lineStart = options.start;
  let passesOver = options.startsInLine === true;

  const take = (lineEnd: number): FileRecord | undefined => {
    const offset = lineStart;
    const from = at;
    lineStart = blockStart + lineEnd + 1;
    at = lineEnd + 1;
    if (passesOver) {
      passesOver = false;
      return undefined;
    }
    const size = carried.length + lineEnd - from;
    if (size > maximumBytes) {
      carried.clear();
      return oversizedRecord(offset, size, maximumBytes);
    }
    if (carried.length === 0) {
      return isBlank(block, from, lineEnd) ? undefined : textRecord(block, from, lineEnd, offset);
    }
    carried.add(block.subarray(from, lineEnd));
    const bytes = carried.take();
    return isBlank(bytes, 0, bytes.length) ? undefined : textRecord(bytes, 0, bytes.length, offset);
  };

  return {
    get offset() {
      return lineStart;
    },
    get isDone() {
      return lineStart >= end;
    },
    feed(newBlock) {
      blockStart += block.length;
      block = newBlock;
      at = 0;
    },
    next() {
      while (lineStart < end || passesOver) {
        const lineEnd = block.indexOf(newline, at);
        if (lineEnd < 0) {
          if (passesOver) at = block.length;
          else carryRest();
          return undefined;
        }
        const record = take(lineEnd);
        if (record !== undefined) return record;
      }
      return undefined;
    },
    finish() {
      if (passesOver || carried.length === 0 || lineStart >= end) return undefined;
      const offset = lineStart;
      const size = carried.length;
      lineStart += size;
      if (size > maximumBytes) return oversizedRecord(offset, size, maximumBytes);
      const bytes = carried.take();
      if (isBlank(bytes, 0, size)) return undefined;
      if (endsTooSoon(bytes.toString('utf8'))) throw torn(path, offset, size);
      return textRecord(bytes, 0, size, offset);
    },
  };

  /** Keeps the rest of the block for the line that goes on in the next; of a line that is too long, only its length. */
  function carryRest(): void {
    const rest = block.subarray(at);
    at = block.length;
    if (rest.length === 0) return;
    if (carried.length > maximumBytes) {
      carried.length += rest.length;
      return;
    }
    carried.add(rest);
    if (carried.length > maximumBytes) {
      const { length } = carried;
      carried.clear();
      carried.length = length;
    }
  }
}

const reader = createJsonTextReader({ maximumDepth: maximumRecordDepth });
const words = ['true', 'false', 'null'];

/** Whether a text is the beginning of a JSON value rather than one that is whole or wrong in the middle. */
function endsTooSoon(text: string): boolean {
  try {
    reader.readValue(text);
    return false;
  } catch (thrown) {
    if (!(thrown instanceof JsonTextError)) throw thrown;
    const rest = text.slice(thrown.position).trimEnd();
    return thrown.problem === 'syntax' && words.some((word) => word !== rest && word.startsWith(rest));
  }
}

function torn(path: string, offset: number, size: number): Error {
  return fileError(
    'DM_FILE_TORN_LINE',
    `The last line of ${path} begins at byte ${offset} and is cut off after ${size} bytes`,
    { context: { path, offset, size } },
  );
}

function isBlank(bytes: Buffer, start: number, end: number): boolean {
  for (let index = start; index < end; index += 1) {
    const byte = bytes[index];
    if (byte !== 0x20 && byte !== 0x0d && byte !== 0x09) return false;
  }
  return true;
}
