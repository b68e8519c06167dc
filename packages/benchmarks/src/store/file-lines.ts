import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';

const blockBytes = 1024 * 1024;
const newLine = 0x0a;

/** The lines of a file in blocks of about 1 MiB, each with its whole lines as text. Splits at 0x0A alone. */
export async function* lineBlocks(path: string): AsyncGenerator<string[]> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of createReadStream(path, { highWaterMark: blockBytes }) as AsyncIterable<Buffer>) {
    const end = chunk.lastIndexOf(newLine);
    if (end < 0) {
      rest = Buffer.concat([rest, chunk]);
      continue;
    }
    const whole = rest.length === 0 ? chunk.subarray(0, end) : Buffer.concat([rest, chunk.subarray(0, end)]);
    rest = Buffer.from(chunk.subarray(end + 1));
    yield whole.toString('utf8').split('\n');
  }
  if (rest.length > 0) yield rest.toString('utf8').split('\n');
}

/** How many lines a file has, without making texts of them. */
export async function countLines(path: string): Promise<number> {
  let count = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: blockBytes }) as AsyncIterable<Buffer>) {
    for (let at = chunk.indexOf(newLine); at >= 0; at = chunk.indexOf(newLine, at + 1)) count += 1;
  }
  return count;
}

/** Writes lines through one buffer of about 1 MiB. */
export interface LineWriter {
  /** Takes a line without its end; the promise, where there is one, is to be awaited before the next line. */
  write(line: string): Promise<unknown> | undefined;
  /** Writes what is left and makes the file durable. */
  finish(): Promise<void>;
}

/** A writer of a new file. */
export async function createLineWriter(path: string): Promise<LineWriter> {
  const file = await open(path, 'w');
  let lines: string[] = [];
  let characters = 0;
  let writing: Promise<unknown> = Promise.resolve();
  const flush = async (): Promise<void> => {
    const text = `${lines.join('\n')}\n`;
    lines = [];
    characters = 0;
    await writing;
    writing = file.write(text);
  };
  return {
    write(line) {
      lines.push(line);
      characters += line.length;
      return characters >= blockBytes ? flush() : undefined;
    },
    async finish() {
      if (lines.length > 0) await flush();
      await writing;
      await file.sync();
      await file.close();
    },
  };
}
