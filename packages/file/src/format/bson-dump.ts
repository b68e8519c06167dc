import { fileError } from '../errors.js';
import type { FileRecord } from '../file-record.js';
import { CarriedBytes, type CutterOptions, type RecordCutter } from '../reading/record-cutter.js';
import { oversizedRecord } from '../reading/record-text.js';

/** Lengths from here on are taken for damage rather than for a large document. */
const impossibleBytes = 64 * 1024 * 1024;
const smallestBytes = 5;

/**
 * Cuts the documents of a `.bson` file, as mongodump writes it, by the length that each begins with.
 *
 * Throws `DM_FILE_BSON_INVALID` for a length that cannot be, since nothing after it can be found, and `DM_FILE_TRUNCATED` where the file ends inside a document.
 */
export function createBsonCutter(options: CutterOptions): RecordCutter {
  const { path, end = Number.POSITIVE_INFINITY, maximumBytes } = options;
  const carried = new CarriedBytes();
  let block: Buffer = Buffer.alloc(0);
  let at = 0;
  let offset = options.start;
  /** Bytes of an oversized document that are still to be passed over. */
  let passing = 0;
  /** Length of the document that is being carried, once its first four bytes are there. */
  let carriedLength = 0;

  const lengthAt = (bytes: Buffer, position: number): number => {
    const length = bytes.readInt32LE(position);
    if (length < smallestBytes || length > impossibleBytes) {
      throw fileError('DM_FILE_BSON_INVALID', `${path} has no BSON document at byte ${offset}`, {
        context: { path, offset },
      });
    }
    return length;
  };

  const carryRest = (): undefined => {
    if (at < block.length) carried.add(block.subarray(at));
    at = block.length;
    return undefined;
  };

  /** The document whose first bytes came with earlier blocks. */
  const takeCarried = (): FileRecord | undefined => {
    if (carried.length < 4) {
      const missing = 4 - carried.length;
      carried.add(block.subarray(at, at + missing));
      at = Math.min(at + missing, block.length);
      if (carried.length < 4) return undefined;
    }
    if (carriedLength === 0) {
      const head = carried.take();
      const length = lengthAt(head, 0);
      if (length > maximumBytes) return passOver(length, head.length);
      carriedLength = length;
      carried.add(head);
    }
    const missing = carriedLength - carried.length;
    if (block.length - at < missing) return carryRest();
    carried.add(block.subarray(at, at + missing));
    at += missing;
    carriedLength = 0;
    return document(carried.take());
  };

  const document = (bytes: Buffer): FileRecord => {
    const start = offset;
    offset += bytes.length;
    return { form: 'bson', bytes, offset: start };
  };

  const passOver = (length: number, seen: number): FileRecord => {
    const start = offset;
    offset += length;
    passing = length - seen;
    return oversizedRecord(start, length, maximumBytes);
  };

  return {
    get offset() {
      return offset;
    },
    get isDone() {
      return offset >= end;
    },
    feed(newBlock) {
      block = newBlock;
      at = 0;
    },
    next() {
      if (passing > 0) {
        const passed = Math.min(passing, block.length - at);
        passing -= passed;
        at += passed;
      }
      if (offset >= end || at === block.length) return undefined;
      if (carried.length > 0) return takeCarried();
      if (block.length - at < 4) return carryRest();
      const length = lengthAt(block, at);
      if (length > maximumBytes) {
        at += 4;
        return passOver(length, 4);
      }
      if (block.length - at < length) return carryRest();
      at += length;
      return document(block.subarray(at - length, at));
    },
    finish() {
      if (offset >= end && passing === 0) return undefined;
      if (carried.length === 0 && passing === 0) return undefined;
      throw fileError('DM_FILE_TRUNCATED', `${path} ends inside the BSON document before byte ${offset}`, {
        context: { path, offset },
      });
    },
  };
}
