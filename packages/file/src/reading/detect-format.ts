import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import type { CutForm, ValueForm } from '../entity-reading.js';
import { fileError, systemError } from '../errors.js';
import { extendedJsonWrapper } from '../format/extended-json.js';
import { createJsonArraySplitter } from '../format/json-array.js';
import { maximumRecordBytes } from '../limits.js';
import type { FileOptions } from '../options.js';
import { readBlocks } from './byte-blocks.js';

/** What the first look at a file tells. */
export interface DetectedFormat {
  readonly compressed: boolean;
  readonly cut: CutForm;
  readonly values: ValueForm;
  /** Bytes of a byte order mark at the beginning. */
  readonly mark: 0 | 3;
}

/** The formats that a name can tell, by extension without a last `.gz`. */
type NamedFormat = 'bson' | 'csv' | 'lines' | 'json';

const extensions: Readonly<Record<string, NamedFormat>> = {
  bson: 'bson',
  csv: 'csv',
  tsv: 'csv',
  ndjson: 'lines',
  jsonl: 'lines',
  ldjson: 'lines',
  json: 'json',
  geojson: 'json',
};

/** A file's name taken apart: `movies.json.gz` is `movies`, json, packed. */
export interface NameParts {
  readonly stem: string;
  readonly format: NamedFormat | undefined;
  readonly isTabSeparated: boolean;
  readonly compressed: boolean;
}

/** Takes a file's name apart; a name of an unknown kind is its own stem. */
export function nameParts(path: string): NameParts {
  const name = basename(path);
  const compressed = /\.gz$/i.test(name);
  const unpacked = compressed ? name.slice(0, -3) : name;
  const dot = unpacked.lastIndexOf('.');
  const extension = dot <= 0 ? '' : unpacked.slice(dot + 1).toLowerCase();
  const format = Object.hasOwn(extensions, extension) ? extensions[extension] : undefined;
  return {
    stem: format === undefined ? unpacked : unpacked.slice(0, dot),
    format,
    isTabSeparated: extension === 'tsv',
    compressed,
  };
}

/** Tells a file's format by the user's word, else by its name, else by its first bytes. Throws `DM_FILE_FORMAT_UNKNOWN`. */
export async function detectFormat(path: string, options: FileOptions, signal: AbortSignal): Promise<DetectedFormat> {
  const named = nameParts(path);
  const isBson = options.format === 'bson' || (options.format === 'auto' && named.format === 'bson');
  // The length of a BSON document may look like gzip's first two bytes, so that there only the name counts.
  const compressed = isBson ? named.compressed : await isGzip(path);
  if (isBson) return { compressed, cut: 'bson', values: 'bson', mark: 0 };
  const head = await firstBytes(path, compressed, signal);
  const mark = head.length >= 3 && head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf ? 3 : 0;
  if (options.format === 'csv' || (options.format === 'auto' && named.format === 'csv')) {
    return { compressed, cut: 'rows', values: options.csvTypes === 'infer' ? 'inferred-text' : 'text', mark };
  }
  refuseWideText(path, head);
  const first = firstCharacter(head, mark);
  const cut = await cutOf(path, { options, named: named.format, first, compressed, mark, signal });
  return { compressed, cut, values: valuesOf(options, head), mark };
}

async function isGzip(path: string): Promise<boolean> {
  const handle = await open(path, 'r').catch((thrown: unknown) => {
    throw systemError(thrown, 'read', path);
  });
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await handle.close();
  }
}

async function firstBytes(path: string, compressed: boolean, signal: AbortSignal): Promise<Buffer> {
  for await (const block of readBlocks({ path, compressed, start: 0, signal })) return block;
  return Buffer.alloc(0);
}

function refuseWideText(path: string, head: Buffer): void {
  const [first, second] = head;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff) || first === 0 || second === 0) {
    throw fileError('DM_FILE_FORMAT_UNKNOWN', `${path} is not UTF-8 text; it looks like UTF-16 or UTF-32`, {
      nextStep: 'convert it to UTF-8',
      context: { path },
    });
  }
}

function firstCharacter(head: Buffer, mark: number): string {
  return head.toString('latin1', mark).trimStart().charAt(0);
}

function valuesOf(options: FileOptions, head: Buffer): ValueForm {
  if (options.format === 'extended-json') return 'extended-json';
  if (options.format !== 'auto') return 'json';
  return extendedJsonWrapper.test(head.toString('latin1')) ? 'extended-json' : 'guessed-json';
}

interface CutQuestion {
  readonly options: FileOptions;
  readonly named: NamedFormat | undefined;
  readonly first: string;
  readonly compressed: boolean;
  readonly mark: 0 | 3;
  readonly signal: AbortSignal;
}

async function cutOf(path: string, question: CutQuestion): Promise<'lines' | 'array'> {
  const { options, named, first } = question;
  if (options.recordsPath !== undefined || options.format === 'json') return 'array';
  if (options.format === 'ndjson') return 'lines';
  if (first === '[') return 'array';
  if (options.format === 'auto' && named === 'lines') return 'lines';
  if (first === '') return 'lines';
  if (first === '{') return cutOfObjects(path, question);
  throw fileError('DM_FILE_FORMAT_UNKNOWN', `${path} begins like no format that is read`, { context: { path } });
}

/** A file that begins with an object: one document, or an object a line. */
async function cutOfObjects(
  path: string,
  { options, compressed, mark, signal }: CutQuestion,
): Promise<'lines' | 'array'> {
  const splitter = createJsonArraySplitter({ path, start: mark, maximumBytes: maximumRecordBytes, resumed: false });
  let firstObject: string | undefined;
  let read = 0;
  for await (const block of readBlocks({ path, compressed, start: mark, signal })) {
    read += block.length;
    let rest = block;
    if (firstObject === undefined) {
      splitter.feed(block);
      const record = splitter.next();
      if (record === undefined) {
        if (read > maximumRecordBytes) return 'array';
        continue;
      }
      firstObject = record.form === 'text' ? record.text : '';
      rest = splitter.rest();
    }
    const following = rest.toString('latin1').trimStart().charAt(0);
    if (following === '') continue;
    if (following === '{' && !firstObject.includes('\n')) return 'lines';
    throw fileError('DM_FILE_FORMAT_UNKNOWN', `${path} holds several JSON documents that are not one a line`, {
      nextStep: 'export it with one record a line (mongoexport without --pretty) or as one array',
      context: { path },
    });
  }
  // One object alone: a record if it has an `_id` or the user spoke of Extended JSON lines, else a document around its records.
  if (firstObject === undefined) return 'array';
  return options.format === 'extended-json' || /^\{\s*"_id"\s*:/.test(firstObject) ? 'lines' : 'array';
}
