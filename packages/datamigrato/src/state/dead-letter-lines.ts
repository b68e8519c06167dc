import type { DeadLetter } from '@datamigrato/core';
import { z } from 'zod';
import { parsedJson } from './json-document.js';
import { errorCode } from './private-file.js';
import { untrusted } from './state-errors.js';
import type { StateFileSystem } from './state-file-system.js';

/** One line of a file of dead letters. */
export interface DeadLetterLine {
  readonly letter: DeadLetter;
  /** The line, its line feed included. */
  readonly bytes: Buffer;
  /** Bytes of the file up to the end of this line. */
  readonly end: number;
}

export const deadLetterSchema = 'datamigrato.dead-letter/1';

const lineFeed = 0x0a;
const name = z.custom<DeadLetter['source']>((value) => typeof value === 'string' && value !== '');

const shape: z.ZodType<DeadLetter & { readonly schema: typeof deadLetterSchema }> = z.strictObject({
  schema: z.literal(deadLetterSchema),
  source: name,
  target: name,
  partition: z.string(),
  stage: z.enum(['decode', 'map', 'encode', 'write']),
  code: z.string(),
  message: z.string(),
  record: z.strictObject({ key: z.string(), fields: z.string() }).nullable(),
  identity: z.string().nullable(),
});

/**
 * The letters of a file in the order in which they were written; what a crash left of a last line is passed over.
 *
 * Rejects with the system's error where there is no such file, and with `DM_STATE_UNTRUSTED` at a line that this program did not write.
 */
export async function* readDeadLetterLines(fileSystem: StateFileSystem, path: string): AsyncGenerator<DeadLetterLine> {
  let begun: Uint8Array[] = [];
  let end = 0;
  let line = 0;
  for await (const piece of fileSystem.read(path)) {
    let start = 0;
    for (let feed = piece.indexOf(lineFeed); feed !== -1; feed = piece.indexOf(lineFeed, start)) {
      const bytes = Buffer.concat([...begun, piece.subarray(start, feed + 1)]);
      begun = [];
      start = feed + 1;
      line += 1;
      end += bytes.length;
      yield { letter: letterIn(bytes, path, line), bytes, end };
    }
    if (start < piece.length) begun.push(piece.subarray(start));
  }
}

/** How many letters a file has, without looking into them; none where there is no such file. */
export async function countDeadLetters(fileSystem: StateFileSystem, path: string): Promise<number> {
  let count = 0;
  try {
    for await (const piece of fileSystem.read(path)) for (const byte of piece) if (byte === lineFeed) count += 1;
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
  return count;
}

function letterIn(bytes: Buffer, path: string, line: number): DeadLetter {
  const checked = shape.safeParse(parsedJson(bytes));
  if (!checked.success) throw untrusted(path, `line ${line} is not what was written`);
  const { schema: _schema, ...letter } = checked.data;
  return letter;
}
