import { JSONParser, Tokenizer, TokenParser, TokenType } from '@streamparser/json';
import { fileError } from '../errors.js';

/** Where in a JSON document the array of records lies: names of fields from the top, none for a document that is the array. */
export type RecordsPath = readonly string[];

/** Places where an array of records is looked for when the user names none. */
const usualPaths: readonly RecordsPath[] = [[], ['data', 'data'], ['data']];

/** A selector that no document should match: the library forgets every value that no selector wants. */
const unmatchedPath = '$.\u0000';

/**
 * The path that a text means: `features`, `data.items`, `$.data.items`, `$["a.b"].items`, with or without a last `[*]`; `$` is the document itself.
 *
 * Throws `DM_FILE_RECORDS_NOT_FOUND` for anything else, such as filters or indexes.
 */
export function parseRecordsPath(text: string): RecordsPath {
  const names: string[] = [];
  let rest = text.replace(/\[\*\]$/, '').replace(/^\$(?=$|[.[])/, '');
  while (rest !== '') {
    const match = /^(?:\.?([^.[\]"']+)|\["([^"]*)"\]|\['([^']*)'\])/.exec(rest);
    if (match === null) {
      throw fileError('DM_FILE_RECORDS_NOT_FOUND', 'The records path is not a chain of field names', {
        nextStep: 'write it like `data.items` or `$["a.b"].items`; filters and indexes are not understood',
      });
    }
    names.push(match[1] ?? match[2] ?? match[3] ?? '');
    rest = rest.slice(match[0].length);
  }
  return names;
}

/** Where an array of records begins. */
export interface RecordsPlace {
  readonly path: RecordsPath;
  /** Byte after the opening bracket. */
  readonly start: number;
}

/**
 * Finds the array of records in a document, reading no further than its opening bracket.
 *
 * @param start byte of the file at which the first block begins.
 * @param wanted the path that the user named; without one the usual places are tried.
 * @throws `DM_FILE_RECORDS_NOT_FOUND`, naming the arrays that are there, and `DM_FILE_JSON_INVALID`.
 */
export async function findRecords(
  blocks: AsyncIterable<Buffer>,
  options: { readonly path: string; readonly start: number; readonly wanted?: RecordsPath },
): Promise<RecordsPlace> {
  const paths = options.wanted === undefined ? usualPaths : [options.wanted];
  const seen = new ArrayPaths();
  const grammar = new TokenParser({ paths: [unmatchedPath], keepStack: false });
  grammar.onValue = () => {};
  const tokenizer = new Tokenizer();
  let found: RecordsPlace | undefined;
  tokenizer.onToken = (token) => {
    if (found !== undefined) return;
    grammar.write(token);
    const path = seen.follow(token.token, token.value);
    if (path !== undefined && paths.some((wanted) => isSamePath(wanted, path))) {
      found = { path, start: options.start + token.offset + 1 };
    }
  };
  try {
    for await (const block of blocks) {
      tokenizer.write(block);
      if (found !== undefined) return found;
    }
    tokenizer.end();
  } catch (thrown) {
    if (found !== undefined) return found;
    throw asJsonError(thrown, options.path);
  }
  throw notFound(options.path, options.wanted, seen.arrays);
}

/**
 * Checks what follows the array of records: that the document ends well, and with it the file.
 *
 * Takes the bytes after the closing bracket; `end` throws `DM_FILE_TRUNCATED` or `DM_FILE_JSON_INVALID`.
 */
export function createTailCheck(file: string, path: RecordsPath): { add(bytes: Buffer): void; end(): void } {
  const parser = new JSONParser({ paths: [unmatchedPath], keepStack: false });
  parser.onValue = () => {};
  parser.write(`${path.map((name) => `{${JSON.stringify(name)}:`).join('')}[]`);
  let isEnded = path.length === 0;
  return {
    add(bytes) {
      try {
        if (!isEnded) {
          parser.write(bytes);
          isEnded = parser.isEnded;
        } else if (!/^\s*$/.test(bytes.toString('latin1'))) {
          throw fileError('DM_FILE_JSON_INVALID', `${file} goes on after its JSON document`, {
            context: { path: file },
          });
        }
      } catch (thrown) {
        throw asJsonError(thrown, file);
      }
    },
    end() {
      if (isEnded) return;
      throw fileError('DM_FILE_TRUNCATED', `${file} ends before its JSON document does`, { context: { path: file } });
    },
  };
}

/** Follows tokens through a document and knows the path of each array that begins outside other arrays. */
class ArrayPaths {
  /** Paths seen, as a person would write them; at most ten. */
  readonly arrays: string[] = [];
  readonly #names: string[] = [];
  /** For each open bracket whether it is an object's. */
  readonly #open: boolean[] = [];
  #arrayDepth = 0;
  #lastString = '';

  /** Takes a token; gives the path of the array that begins with it. */
  follow(token: TokenType, value: unknown): RecordsPath | undefined {
    switch (token) {
      case TokenType.STRING:
        if (this.#arrayDepth === 0) this.#lastString = String(value);
        return undefined;
      case TokenType.COLON:
        if (this.#arrayDepth === 0) this.#names[this.#open.length - 1] = this.#lastString;
        return undefined;
      case TokenType.LEFT_BRACE:
        this.#open.push(true);
        return undefined;
      case TokenType.LEFT_BRACKET: {
        const path = this.#arrayDepth === 0 ? this.#names.slice(0, this.#open.length) : undefined;
        this.#open.push(false);
        this.#arrayDepth += 1;
        if (path !== undefined && this.arrays.length < 10) this.arrays.push(displayPath(path));
        return path;
      }
      case TokenType.RIGHT_BRACE:
      case TokenType.RIGHT_BRACKET:
        if (this.#open.pop() === false) this.#arrayDepth -= 1;
        this.#names.length = Math.min(this.#names.length, this.#open.length);
        return undefined;
      default:
        return undefined;
    }
  }
}

/** A path as `recordsPath` takes it. */
function displayPath(path: RecordsPath): string {
  const parts = path.map((name) => (/^[^.[\]"'$]+$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`));
  return `$${parts.join('')}`;
}

function isSamePath(left: RecordsPath, right: RecordsPath): boolean {
  return left.length === right.length && left.every((name, index) => name === right[index]);
}

function notFound(file: string, wanted: RecordsPath | undefined, arrays: readonly string[]): Error {
  const where = wanted === undefined ? 'data.data, data or the top' : displayPath(wanted);
  const nextStep =
    arrays.length === 0
      ? 'the document holds no array; if each line is a record, say `format: "ndjson"`'
      : `name the array with \`recordsPath\`, or \`--records\` of \`populate\`; there are ${arrays.join(', ')}`;
  return fileError('DM_FILE_RECORDS_NOT_FOUND', `${file} holds no array of records at ${where}`, {
    nextStep,
    context: { path: file },
  });
}

/** The library's own complaint quotes the document, so only ours is passed on. */
function asJsonError(thrown: unknown, file: string): unknown {
  if (!(thrown instanceof Error) || thrown.name === 'DatamigratoError' || 'code' in thrown) return thrown;
  return fileError('DM_FILE_JSON_INVALID', `${file} is not valid JSON outside its records`, {
    context: { path: file },
  });
}
