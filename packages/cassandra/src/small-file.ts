import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { DatamigratoError, type ErrorCode } from '@datamigrato/core';

/**
 * The bytes of a small file, read once, so that what is checked is what is used.
 *
 * @throws DatamigratoError with `code`, of category `usage`, for what is missing, no file, empty, or larger than `limit` bytes. The file's name is told, not its content.
 */
export async function readSmallFile(path: string, what: string, limit: number, code: ErrorCode): Promise<Buffer> {
  const problem = (why: string, nextStep: string): DatamigratoError =>
    new DatamigratoError({
      code,
      category: 'usage',
      message: `The ${what} ${JSON.stringify(basename(path))} ${why}`,
      nextStep,
      context: { file: basename(path) },
    });
  try {
    await using file = await open(path, 'r');
    const status = await file.stat();
    if (!status.isFile()) throw problem('is not a file', 'name the file itself');
    if (status.size === 0) throw problem('is empty', 'download it again');
    // One byte more than allowed, so that a file which grows while it is read is noticed.
    const bytes = Buffer.alloc(Math.min(status.size, limit) + 1);
    let length = 0;
    while (length < bytes.length) {
      const { bytesRead } = await file.read(bytes, length, bytes.length - length, length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    if (status.size > limit || length === bytes.length)
      throw problem(`is larger than ${limit} bytes`, 'check that it is the right file');
    return bytes.subarray(0, length);
  } catch (thrown) {
    const system = thrown as NodeJS.ErrnoException;
    // A path with a NUL in it is refused before the system is asked.
    const isUnreadable = system.syscall !== undefined || system.code === 'ERR_INVALID_ARG_VALUE';
    if (typeof system.code !== 'string' || !isUnreadable) throw thrown;
    throw problem(`cannot be read: ${system.code}`, 'check its path and that you may read it');
  }
}
