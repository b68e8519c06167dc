import { DatamigratoError } from '@datamigrato/core';

/** An address that must not be asked, or a way to it that must not be taken. */
export function refused(message: string, nextStep?: string): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_DOWNLOAD_REFUSED',
    category: 'usage',
    message,
    ...(nextStep && { nextStep }),
  });
}

/** An answer that cannot be used. */
export function unusable(message: string, nextStep?: string): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_DOWNLOAD_UNUSABLE',
    category: 'usage',
    message,
    ...(nextStep && { nextStep }),
  });
}

/** More than was allowed. */
export function tooLarge(where: string, maximumBytes: number): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_DOWNLOAD_TOO_LARGE',
    category: 'usage',
    message: `${where} sends more than the ${maximumBytes} bytes that are allowed after decompression`,
    nextStep: 'allow more with --max-bytes if you trust it',
    context: { maximumBytes },
  });
}

/** A wait that took too long. */
export function tooSlow(where: string, what: string, milliseconds: number): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_DOWNLOAD_TIMEOUT',
    category: 'transient',
    retry: 'safe',
    message: `${where} ${what} within ${milliseconds / 1000} s`,
    nextStep: 'try again later, or download the file yourself and name its path',
    context: { milliseconds },
  });
}

/** A connection that could not be made or broke. */
export function broken(where: string, cause: unknown): DatamigratoError {
  const code = cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? ` (${cause.code})` : '';
  return new DatamigratoError({
    code: 'DM_DOWNLOAD_FAILED',
    category: 'transient',
    retry: 'safe',
    message: `The download from ${where} failed${code}`,
    nextStep: 'check the address and the network, then try again',
    cause,
  });
}
