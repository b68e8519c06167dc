import { closeSync, openSync, readSync } from 'node:fs';

/** A line of a file, without its line feed. */
export interface FileLine {
  readonly bytes: Buffer;
  /** Bytes of the file before the line. */
  readonly offset: number;
  /** False for what follows the last line feed. */
  readonly isComplete: boolean;
}

const chunkBytes = 1024 * 1024;
const lineFeed = 0x0a;

/** The lines of a file, one after the other, so that the file need not fit into memory. */
export function* fileLines(path: string): Generator<FileLine> {
  const file = openSync(path, 'r');
  try {
    let rest: Buffer[] = [];
    let offset = 0;
    for (;;) {
      const chunk = Buffer.allocUnsafe(chunkBytes);
      const length = readSync(file, chunk, 0, chunkBytes, null);
      if (length === 0) break;
      let from = 0;
      for (let end = chunk.indexOf(lineFeed); end !== -1 && end < length; end = chunk.indexOf(lineFeed, from)) {
        const bytes = Buffer.concat([...rest, chunk.subarray(from, end)]);
        yield { bytes, offset, isComplete: true };
        rest = [];
        offset += bytes.length + 1;
        from = end + 1;
      }
      rest.push(chunk.subarray(from, length));
    }
    const bytes = Buffer.concat(rest);
    if (bytes.length > 0) yield { bytes, offset, isComplete: false };
  } finally {
    closeSync(file);
  }
}
