import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { readBlocks } from '../reading/byte-blocks.js';
import { chunkName, partName } from './chunk-file.js';
import { createFile, syncFolder, writing } from './durable-file.js';
import type { Chunk } from './manifest.js';

/** A chunk that is being appended to: the file `000007.part`, plain lines whether or not it is packed once it is complete. */
export interface ChunkWriter {
  readonly number: number;
  /** Lines that are durable. */
  readonly records: number;
  /** Bytes that are durable. */
  readonly bytes: number;
  /** Appends lines and resolves when they are on the disk. After a failure the file is cut back to what was durable before. */
  append(lines: readonly string[]): Promise<void>;
  /** Gives the file its lasting name. It is part of the entity once the manifest lists what this resolves to; `discardPart` removes the rest afterwards. */
  seal(gzip: boolean): Promise<Chunk>;
  /** Closes the file and leaves it as it is. */
  abandon(): Promise<void>;
}

/** Begins a chunk. */
export async function createChunkWriter(folder: string, number: number): Promise<ChunkWriter> {
  const path = join(folder, partName(number));
  const handle = await writing(path, () => createFile(path));
  await writing(path, () => syncFolder(folder));
  return new PartFile(folder, number, handle);
}

/**
 * Takes up a chunk that an earlier process left behind: a last line without an end was never acknowledged and is cut off.
 *
 * Undefined where there is no such file.
 */
export async function resumeChunkWriter(folder: string, number: number, signal: AbortSignal): Promise<ChunkWriter> {
  const path = join(folder, partName(number));
  const digest = createHash('sha256');
  let bytes = 0;
  let records = 0;
  let rest: Buffer[] = [];
  for await (const block of readBlocks({ path, compressed: false, start: 0, signal })) {
    const end = block.lastIndexOf(0x0a) + 1;
    if (end === 0) {
      rest.push(block);
      continue;
    }
    for (const piece of [...rest, block.subarray(0, end)]) {
      digest.update(piece);
      bytes += piece.length;
    }
    for (let at = block.indexOf(0x0a); at >= 0; at = block.indexOf(0x0a, at + 1)) records += 1;
    rest = end < block.length ? [block.subarray(end)] : [];
  }
  const handle = await writing(path, () => open(path, 'r+'));
  await writing(path, () => handle.truncate(bytes));
  return new PartFile(folder, number, handle, { digest, bytes, records });
}

class PartFile implements ChunkWriter {
  readonly number: number;
  records: number;
  bytes: number;
  readonly #folder: string;
  readonly #path: string;
  readonly #handle: FileHandle;
  #digest: ReturnType<typeof createHash>;

  constructor(
    folder: string,
    number: number,
    handle: FileHandle,
    state: { readonly digest: ReturnType<typeof createHash>; readonly bytes: number; readonly records: number } = {
      digest: createHash('sha256'),
      bytes: 0,
      records: 0,
    },
  ) {
    this.#folder = folder;
    this.#path = join(folder, partName(number));
    this.#handle = handle;
    this.#digest = state.digest;
    this.number = number;
    this.bytes = state.bytes;
    this.records = state.records;
  }

  async append(lines: readonly string[]): Promise<void> {
    const bytes = Buffer.from(`${lines.join('\n')}\n`, 'utf8');
    try {
      for (let written = 0; written < bytes.length; ) {
        written += (await this.#handle.write(bytes, written, bytes.length - written, this.bytes + written))
          .bytesWritten;
      }
      await this.#handle.datasync();
    } catch (thrown) {
      return await writing(this.#path, async () => {
        await this.#handle.truncate(this.bytes);
        throw thrown;
      });
    }
    this.#digest.update(bytes);
    this.bytes += bytes.length;
    this.records += lines.length;
  }

  async seal(gzip: boolean): Promise<Chunk> {
    const name = chunkName(this.number, gzip);
    const path = join(this.#folder, name);
    return writing(path, async () => {
      await this.#handle.sync();
      await this.#handle.close();
      if (gzip) return { name, records: this.records, ...(await pack(this.#path, path)) };
      await rename(this.#path, path);
      await syncFolder(this.#folder);
      return { name, records: this.records, bytes: this.bytes, sha256: this.#digest.digest('hex') };
    });
  }

  async abandon(): Promise<void> {
    await this.#handle.close();
  }
}

/** Writes the packed form of a file beside it, durable under its own name. */
async function pack(from: string, to: string): Promise<{ readonly bytes: number; readonly sha256: string }> {
  const temporary = `${to}.tmp`;
  await rm(temporary, { force: true });
  const handle = await createFile(temporary);
  const digest = createHash('sha256');
  let bytes = 0;
  try {
    await pipeline(createReadStream(from), createGzip(), async (blocks: AsyncIterable<Buffer>) => {
      for await (const block of blocks) {
        digest.update(block);
        bytes += block.length;
        await handle.writeFile(block);
      }
    });
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, to);
  await syncFolder(join(to, '..'));
  return { bytes, sha256: digest.digest('hex') };
}

/** Removes the unpacked lines of a chunk that is sealed and listed. */
export async function discardPart(folder: string, number: number): Promise<void> {
  const path = join(folder, partName(number));
  await writing(path, () => rm(path, { force: true }));
}
