import { crc32 } from 'node:zlib';
import { untrusted } from './state-errors.js';

/**
 * One line of a journal: JSON with a checksum in front, `{"crc":"89abcdef","line":…}` and a line feed.
 *
 * The checksum is the CRC-32 of the bytes after `"line":` up to the last brace, carried on from the checksum of the line before. So a line proves what stands in it and where it stands:
 * one that was changed, moved, repeated, left out or taken from another journal does not fit its predecessor.
 */
export interface JournalLine {
  readonly bytes: Uint8Array;
  /** What the next line carries on from; the first carries on from 0. */
  readonly checksum: number;
}

const before = '{"crc":"';
const between = '","line":';
const after = '}\n';
const contentStart = before.length + 8 + between.length;
const lineFeed = 0x0a;

/** The line for some plain JSON. */
export function journalLine(content: object, previous: number): JournalLine {
  const text = Buffer.from(JSON.stringify(content));
  const checksum = crc32(text, previous);
  return {
    bytes: Buffer.concat([Buffer.from(`${before}${hexadecimal(checksum)}${between}`), text, Buffer.from(after)]),
    checksum,
  };
}

/** What a journal's bytes hold. */
export interface JournalLines {
  /** The contents of the lines, parsed. */
  readonly contents: readonly unknown[];
  /** Bytes after the last good line: what a crash left of a line that was being written. */
  readonly torn: number;
}

/**
 * Reads lines up to the first that is not whole.
 *
 * That one is left out where it is the last: a line that was being written when everything stopped looks so, and what stood before it was durable before.
 *
 * @throws DatamigratoError `DM_STATE_UNTRUSTED` where other lines follow it, or where it is the first.
 */
export function readJournalLines(bytes: Buffer, path: string): JournalLines {
  const contents: unknown[] = [];
  let checksum = 0;
  let start = 0;
  while (start < bytes.length) {
    const feed = bytes.indexOf(lineFeed, start);
    const end = feed === -1 ? bytes.length : feed + 1;
    const line = feed === -1 ? undefined : readLine(bytes.subarray(start, end), checksum);
    if (line === undefined) {
      if (contents.length === 0 || end < bytes.length) {
        throw untrusted(path, `line ${contents.length + 1} is not what was written`);
      }
      break;
    }
    contents.push(line.content);
    checksum = line.checksum;
    start = end;
  }
  if (contents.length === 0) throw untrusted(path, 'it is empty');
  return { contents, torn: bytes.length - start };
}

function readLine(
  line: Buffer,
  previous: number,
): { readonly content: unknown; readonly checksum: number } | undefined {
  if (line.length < contentStart + after.length) return undefined;
  const text = line.subarray(contentStart, line.length - after.length);
  const checksum = crc32(text, previous);
  const frame = `${before}${hexadecimal(checksum)}${between}`;
  if (line.toString('latin1', 0, contentStart) !== frame) return undefined;
  if (line.toString('latin1', line.length - after.length) !== after) return undefined;
  try {
    return { content: JSON.parse(text.toString('utf8')), checksum };
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function hexadecimal(checksum: number): string {
  return checksum.toString(16).padStart(8, '0');
}
