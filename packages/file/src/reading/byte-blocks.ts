import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { fileError, hasSystemCode, systemError } from '../errors.js';

/** A part of a file, in bytes of its unpacked form. */
export interface ByteRange {
  readonly path: string;
  /** Whether the file is gzip. */
  readonly compressed: boolean;
  readonly start: number;
  readonly signal: AbortSignal;
}

const blockBytes = 256 * 1024;

/**
 * The bytes of a file from `start` to its end, in blocks of about 256 KiB; the next block is read while one is worked on.
 *
 * Each block is the receiver's to keep. A gzip file may have several members; one that is cut off, fails its checksum or is followed by something else
 * throws `DM_FILE_GZIP_DAMAGED` after the blocks before the damage.
 */
export function readBlocks(range: ByteRange): AsyncGenerator<Buffer> {
  return range.compressed ? unpackedBlocks(range) : plainBlocks(range);
}

async function* plainBlocks({ path, start, signal }: ByteRange): AsyncGenerator<Buffer> {
  const handle = await open(path, 'r').catch((thrown: unknown) => {
    throw systemError(thrown, 'read', path);
  });
  let position = start;
  const read = async (): Promise<Buffer> => {
    const buffer = Buffer.allocUnsafeSlow(blockBytes);
    const { bytesRead } = await handle.read(buffer, 0, blockBytes, position);
    position += bytesRead;
    return buffer.subarray(0, bytesRead);
  };
  // Settled without rejecting, so that a failure waits for whoever asks for the block.
  const readAhead = (): Promise<PromiseSettledResult<Buffer>> =>
    Promise.allSettled([read()]).then(([result]) => result);
  let ahead = readAhead();
  try {
    for (;;) {
      const result = await ahead;
      if (result.status === 'rejected') throw systemError(result.reason, 'read', path);
      if (result.value.length === 0) return;
      signal.throwIfAborted();
      ahead = readAhead();
      yield result.value;
    }
  } finally {
    await ahead;
    await handle.close();
  }
}

async function* unpackedBlocks({ path, start, signal }: ByteRange): AsyncGenerator<Buffer> {
  const packed = createReadStream(path, { highWaterMark: blockBytes });
  const unpacker = createGunzip({ chunkSize: blockBytes });
  packed.on('error', (thrown) => unpacker.destroy(thrown));
  const blocks: AsyncIterable<Buffer> = packed.pipe(unpacker);
  let passed = 0;
  try {
    for await (const block of blocks) {
      signal.throwIfAborted();
      const skipped = Math.min(Math.max(start - passed, 0), block.length);
      passed += block.length;
      if (skipped < block.length) yield skipped === 0 ? block : block.subarray(skipped);
    }
    // Zero bytes after the last member are passed over in silence by zlib.
    if (unpacker.bytesWritten !== packed.bytesRead) throw damaged(path, 'trailing bytes');
  } catch (thrown) {
    if (hasSystemCode(thrown, 'Z_BUF_ERROR')) throw damaged(path, 'it is cut off', thrown);
    if (hasSystemCode(thrown, 'Z_DATA_ERROR'))
      throw damaged(path, 'its bytes are not gzip or fail their checksum', thrown);
    throw hasSystemCode(thrown, 'ENOENT', 'EIO', 'EISDIR', 'EACCES') ? systemError(thrown, 'read', path) : thrown;
  } finally {
    packed.destroy();
    unpacker.destroy();
  }
}

function damaged(path: string, reason: string, cause?: unknown): Error {
  return fileError('DM_FILE_GZIP_DAMAGED', `The gzip file ${path} is damaged: ${reason}`, {
    context: { path },
    ...(cause === undefined ? {} : { cause }),
  });
}
