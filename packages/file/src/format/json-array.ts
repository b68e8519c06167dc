import { fileError } from '../errors.js';
import type { FileRecord } from '../file-record.js';
import { CarriedBytes, type CutterOptions, type RecordCutter } from '../reading/record-cutter.js';
import { oversizedRecord, textRecord } from '../reading/record-text.js';

const quote = 0x22;
const comma = 0x2c;
const backslash = 0x5c;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/** What a splitter of arrays also tells: where the array's own bracket closed. */
export interface JsonArraySplitter extends RecordCutter {
  /** Bytes fed but not looked at, since they lie after the array. */
  rest(): Buffer;
}

/**
 * Splits a JSON array into the texts of its elements, without parsing them.
 *
 * Starts after the opening bracket, or after an element where an earlier reading stopped (`resumed`). Throws `DM_FILE_JSON_INVALID` for anything but one comma
 * between two elements and `DM_FILE_TRUNCATED` where the file ends before the closing bracket.
 */
export function createJsonArraySplitter(options: CutterOptions & { readonly resumed: boolean }): JsonArraySplitter {
  const { path, maximumBytes } = options;
  const carried = new CarriedBytes();
  let block: Buffer = Buffer.alloc(0);
  let blockStart = options.start;
  let at = 0;
  let offset = options.start;
  let elementStart = 0;
  let expects: 'first' | 'element' | 'separator' | 'inside' | 'nothing' = options.resumed ? 'separator' : 'first';
  let depth = 0;
  let inString = false;
  let escaped = false;

  /** Goes to the next byte that is not white space; -1 at the end of the block. */
  const nextByte = (): number => {
    for (; at < block.length; at += 1) {
      const byte = block[at] ?? 0;
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return byte;
    }
    return -1;
  };

  const begin = (): void => {
    expects = 'inside';
    elementStart = blockStart + at;
    depth = 0;
    inString = false;
    escaped = false;
  };

  /** Goes to the byte after the element; false where the block ends first. */
  const passElement = (): boolean => {
    const { length } = block;
    for (; at < length; at += 1) {
      const byte = block[at];
      if (inString) {
        if (escaped) escaped = false;
        else if (byte === backslash) escaped = true;
        else if (byte === quote) {
          inString = false;
          if (depth === 0) break;
        }
      } else if (byte === quote) inString = true;
      else if (byte === openBrace || byte === openBracket) depth += 1;
      else if (depth === 0 && (byte === comma || byte === closeBracket || byte === closeBrace)) return true;
      else if (byte === closeBrace || byte === closeBracket) {
        depth -= 1;
        if (depth === 0) break;
      }
    }
    if (at === length) return false;
    at += 1;
    return true;
  };

  const carry = (from: number): void => {
    const rest = block.subarray(from);
    if (carried.length + rest.length <= maximumBytes) carried.add(rest);
    else {
      const length = carried.length + rest.length;
      carried.clear();
      carried.length = length;
    }
  };

  const finishElement = (from: number): FileRecord => {
    expects = 'separator';
    offset = blockStart + at;
    const size = carried.length + at - from;
    if (size > maximumBytes) {
      carried.clear();
      return oversizedRecord(elementStart, size, maximumBytes);
    }
    if (carried.length === 0) return textRecord(block, from, at, elementStart);
    carried.add(block.subarray(from, at));
    const bytes = carried.take();
    return textRecord(bytes, 0, bytes.length, elementStart);
  };

  return {
    get offset() {
      return offset;
    },
    get isDone() {
      return expects === 'nothing';
    },
    feed(newBlock) {
      blockStart += block.length;
      block = newBlock;
      at = 0;
    },
    next() {
      while (expects !== 'nothing') {
        if (expects === 'inside') {
          const from = carried.length > 0 ? 0 : elementStart - blockStart;
          if (passElement()) return finishElement(Math.max(from, 0));
          carry(Math.max(from, 0));
          return undefined;
        }
        const byte = nextByte();
        if (byte < 0) return undefined;
        if (expects === 'separator' || (expects === 'first' && byte === closeBracket)) {
          if (byte !== comma && byte !== closeBracket) throw broken(path, blockStart + at);
          expects = byte === comma ? 'element' : 'nothing';
          at += 1;
        } else {
          if (byte === comma || byte === closeBracket || byte === closeBrace) throw broken(path, blockStart + at);
          begin();
        }
      }
      return undefined;
    },
    finish() {
      if (expects === 'nothing') return undefined;
      throw fileError(
        'DM_FILE_TRUNCATED',
        `${path} ends inside its array of records, after the record that ends at byte ${offset}`,
        { context: { path, offset } },
      );
    },
    rest: () => block.subarray(at),
  };
}

function broken(path: string, offset: number): Error {
  return fileError('DM_FILE_JSON_INVALID', `${path} is not valid JSON at byte ${offset}, between two records`, {
    context: { path, offset },
  });
}
