import { DatamigratoError } from '@datamigrato/core';

/** Codes of Node and OpenSSL for a certificate that is not to be trusted. */
const certificateFaults = /^(?:CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|ERR_TLS_CERT_)/;

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

/** A host that says it cannot answer now; `retryAfter` are the milliseconds that it asked to be left alone. */
export function busy(where: string, status: number, retryAfter: number | undefined): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_DOWNLOAD_FAILED',
    category: 'transient',
    retry: status === 429 || retryAfter !== undefined ? 'throttled' : 'safe',
    ...(retryAfter !== undefined && { retryAfter }),
    message: `${where} answers with HTTP status ${status}: it cannot answer now`,
    nextStep: 'try again later, or download the file yourself and name its path',
    context: { status },
  });
}

/** A connection that could not be made or broke. A host without a certificate to trust is refused for good. */
export function broken(where: string, cause: unknown): DatamigratoError {
  const name = cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined;
  const code = name === undefined ? '' : ` (${name})`;
  if (name !== undefined && certificateFaults.test(name))
    return refused(
      `${where} shows no certificate that this machine trusts${code}`,
      'check the address; nothing switches this check off',
    );
  return new DatamigratoError({
    code: 'DM_DOWNLOAD_FAILED',
    category: 'transient',
    retry: 'safe',
    message: `The download from ${where} failed${code}`,
    nextStep: 'check the address and the network, then try again',
    cause,
  });
}
