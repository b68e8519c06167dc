import { constants, open } from 'node:fs/promises';
import { basename } from 'node:path';
import { DatamigratoError, type ErrorCode, readSmallFile } from '@datamigrato/core';

/**
 * The bytes of a file of credentials.
 *
 * @param what - What the file is to be, such as `token file`.
 * @param limit - Most bytes; whole KiB.
 * @throws DatamigratoError with `code`, of category `usage`, for what is missing, no file, empty, or larger. The file's name is told, not its content.
 */
export async function readCredentialBytes(path: string, what: string, limit: number, code: ErrorCode): Promise<Buffer> {
  const read = await readSmallFile(() => open(path, constants.O_RDONLY | constants.O_NONBLOCK), limit);
  if ('refused' in read) {
    throw new DatamigratoError({
      code,
      category: 'usage',
      message: `The ${what} ${JSON.stringify(basename(path))} ${read.refused}`,
      nextStep: 'check that it is the right file, whole, and that you may read it',
      context: { file: basename(path) },
    });
  }
  return Buffer.from(read.bytes.buffer, read.bytes.byteOffset, read.bytes.byteLength);
}
