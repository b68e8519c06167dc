import { DatamigratoError, type ErrorDetails } from '@datamigrato/core';
import type { HttpAnswer } from './http-request.js';

/** Codes of Node.js and OpenSSL by which a certificate is refused: https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const certificateFault =
  /^(?:CERT_|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT|ERR_TLS_|ERR_SSL_|EPROTO|HOSTNAME_MISMATCH|INVALID_CA|UNABLE_TO_)/;

/** Codes of failures before anything was sent. */
const unreachable: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'ETIMEDOUT',
]);

/** A connection that could not be made or did not last, as an error of ours. */
export function connectionFailure(thrown: Error, where: string): DatamigratoError {
  const code = codeOf(thrown);
  if (certificateFault.test(code)) {
    return new DatamigratoError({
      code: 'DM_REALTIME_TLS',
      category: 'endpoint',
      message: `The server's certificate is refused, or no TLS agreed on (${code}), at ${where}`,
      nextStep: 'check whether something between this machine and Google answers in its place',
      context: { reason: code },
    });
  }
  if (unreachable.has(code)) {
    return new DatamigratoError({
      code: 'DM_ENDPOINT_UNREACHABLE',
      category: 'transient',
      retry: 'safe',
      message: `Nothing answers (${code}) at ${where}`,
      nextStep: 'check the address, the network and, for an emulator, that it runs',
      context: { reason: code },
    });
  }
  return new DatamigratoError(transient('ambiguous', `The connection broke (${code})`, where, {}));
}

/** The code of a system error, of the first one where several addresses were tried. */
function codeOf(thrown: Error): string {
  if ('code' in thrown && typeof thrown.code === 'string') return thrown.code;
  const [first] = thrown instanceof AggregateError ? thrown.errors : [];
  return first instanceof Error && 'code' in first && typeof first.code === 'string' ? first.code : thrown.name;
}

/** A request that did not end within its deadline. */
export function deadlineExceeded(where: string, milliseconds: number): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_DEADLINE_EXCEEDED',
    category: 'transient',
    retry: 'ambiguous',
    message: `A request did not end within its deadline at ${where}`,
    nextStep: 'check the load of the database, or allow a longer deadline',
    context: { milliseconds },
  });
}

/** An answer that is too large to be taken; reading less at once may help. */
export function answerTooLarge(where: string): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_REALTIME_READ_TOO_LARGE',
    category: 'endpoint',
    message: `One record is more than can be read at once at ${where}`,
    nextStep: 'name a deeper node as the root node, so that its children are the records',
  });
}

/** A write that is too large to be taken at once. */
function writeTooLarge(where: string): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_REALTIME_WRITE_TOO_LARGE',
    category: 'endpoint',
    message: `A write is more than the server takes at once at ${where}`,
    nextStep: 'nothing: less is sent at once',
  });
}

/** What the server says about a token that was good once. */
const expired = /expired/i;
const unreadable = /could not parse auth token|invalid/i;

/**
 * The meaning of an answer that is no success: https://firebase.google.com/docs/reference/rest/database#section-error-conditions
 *
 * The server's own texts are not passed on where they could hold data; that of status 400 for a single record is left to the caller.
 */
export function refusedAnswer(
  { status, text, headers }: HttpAnswer,
  where: string,
  { writes, renews }: { readonly writes: boolean; readonly renews: boolean },
): DatamigratoError {
  const said = errorText(text);
  const context = { status };
  if (status === 413 || (status === 400 && tooLarge.test(said)))
    return writes ? writeTooLarge(where) : answerTooLarge(where);
  switch (status) {
    case 401:
    case 403:
      return new DatamigratoError({ ...unauthorized(said, where, renews), context });
    case 404:
      return new DatamigratoError({
        code: 'DM_REALTIME_DATABASE_MISSING',
        category: 'endpoint',
        message: `There is no such database at ${where}`,
        nextStep: 'copy the address from the Firebase console; databases outside the USA have their region in it',
        context,
      });
    case 408:
    case 500:
    case 502:
    case 503:
    case 504:
      return new DatamigratoError(
        transient('ambiguous', `The server cannot answer now (status ${status})`, where, context),
      );
    case 429: {
      const seconds = Number(headers['retry-after']);
      return new DatamigratoError({
        ...transient('throttled', 'The server asks for less', where, context),
        ...(seconds > 0 && { retryAfter: seconds * 1000 }),
      });
    }
    default:
      return new DatamigratoError({
        code: 'DM_REALTIME_REFUSED',
        category: 'endpoint',
        message: `The server refused a request (status ${status}) at ${where}`,
        nextStep: 'check the address and the state of the database in the Firebase console',
        context,
      });
  }
}

/** How the server says that a request or its answer would be too large. */
const tooLarge = /^(?:Data requested|Data to write|The specified payload)/;

/** What a refusal says: `{ "error": "…" }`. */
function errorText(text: string): string {
  try {
    const parsed: unknown = JSON.parse(text);
    const said = typeof parsed === 'object' && parsed !== null && 'error' in parsed ? parsed.error : undefined;
    return typeof said === 'string' ? said : '';
  } catch (error) {
    if (error instanceof SyntaxError) return '';
    throw error;
  }
}

function unauthorized(said: string, where: string, renews: boolean): ErrorDetails {
  if (expired.test(said)) {
    if (renews) {
      return {
        code: 'DM_REALTIME_TOKEN',
        category: 'transient',
        retry: 'safe',
        message: `The access token has expired at ${where}`,
        nextStep: 'nothing: another one is asked for',
      };
    }
    return {
      code: 'DM_REALTIME_AUTH',
      category: 'endpoint',
      message: `The access token has expired at ${where}`,
      nextStep: 'give a new one, or a service account, which renews its own',
    };
  }
  if (unreadable.test(said)) {
    return {
      code: 'DM_REALTIME_AUTH',
      category: 'endpoint',
      message: `The server does not accept the credential at ${where}`,
      nextStep: 'check that the service account or token belongs to the project of the database',
    };
  }
  return {
    code: 'DM_REALTIME_UNAUTHORIZED',
    category: 'endpoint',
    message: `The server refuses for lack of permission at ${where}`,
    nextStep: 'give the service account of the project, or let the security rules of the database allow it',
  };
}

function transient(
  retry: 'safe' | 'ambiguous' | 'throttled',
  what: string,
  where: string,
  context: Readonly<Record<string, string | number>>,
): ErrorDetails {
  return {
    code: retry === 'throttled' ? 'DM_REALTIME_THROTTLED' : 'DM_REALTIME_UNAVAILABLE',
    category: 'transient',
    retry,
    message: `${what} at ${where}`,
    nextStep: 'wait and run again; finished work is kept',
    context,
  };
}
