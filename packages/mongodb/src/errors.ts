import { DatamigratoError, type ErrorDetails, isDatamigratoError, redactedCause } from '@datamigrato/core';
import {
  MongoBulkWriteError,
  MongoError,
  MongoNetworkError,
  MongoServerError,
  MongoServerSelectionError,
  MongoSystemError,
  MongoWriteConcernError,
} from 'mongodb';
import { tlsFault } from './tls-fault.js';

/** Codes of server errors by what they mean here: https://github.com/mongodb/mongo/blob/master/src/mongo/base/error_codes.yml */
const authentication = new Set([11, 18, 8000]);
const permission = new Set([13]);
const missing = new Set([26, 73]);
const notPrimary = new Set([10058, 10107, 13435, 13436]);
const interrupted = new Set([91, 189, 11600, 11602]);
const deadline = new Set([50, 262]);
const throttled = new Set([16500, 462]);
const conflict = new Set([112]);
const writeConcernImpossible = new Set([79, 100]);
const writeConcern = new Set([64]);
const lostCursor = new Set([43, 136, 206, 225, 237, 286, 291]);

/**
 * Any thrown thing as an error of ours.
 *
 * The driver's own texts are left out: they hold connection strings, documents and keys. What stays is the error's name, its code and the name of the code.
 *
 * @param where - The endpoint as it may be shown, and what was being done there, such as `mongodb://localhost/shop, reading movies`.
 */
export function translateError(thrown: unknown, where: string): DatamigratoError {
  if (isDatamigratoError(thrown)) return thrown;
  const code = codeOf(thrown);
  const said = thrown instanceof Error && code !== undefined ? `${thrown.name} ${code}` : undefined;
  return new DatamigratoError({ ...detailsOf(thrown, where), cause: redactedCause(thrown, said) });
}

/** Whether an error means that a cursor is gone, while the server may well answer the next request. */
export function isLostCursor(thrown: unknown): boolean {
  return thrown instanceof MongoServerError && lostCursor.has(codeOf(thrown) ?? 0);
}

/** Whether an error means that a connection broke, so that nobody knows what became of the request. */
export function isBrokenConnection(thrown: unknown): boolean {
  return isSocketError(thrown) || (thrown instanceof MongoNetworkError && !isPoolCleared(thrown));
}

/** Whether this is the system's own error, which the driver (7.9) passes on where a socket breaks while it waits for room to write more. */
function isSocketError(thrown: unknown): boolean {
  return thrown instanceof Error && 'syscall' in thrown && typeof thrown.syscall === 'string';
}

/** The server's number of an error. */
export function codeOf(thrown: unknown): number | undefined {
  const code = thrown instanceof MongoError ? Number(thrown.code) : Number.NaN;
  return Number.isInteger(code) ? code : undefined;
}

/** What is known of a server error besides its text. */
export interface ServerErrorDetails {
  readonly code: number | undefined;
  readonly codeName: string | undefined;
}

/** The meaning of a server error by its code; the same whether it came for a command or for one record of it. */
export function serverErrorDetails(error: ServerErrorDetails, where: string): ErrorDetails {
  const code = error.code ?? 0;
  const name = nameOf(error);
  const context = { code, ...(error.codeName === undefined ? {} : { codeName: error.codeName }) };
  if (authentication.has(code)) return { ...refusedCredentials(where), context };
  if (permission.has(code)) {
    return {
      code: 'DM_MONGODB_UNAUTHORIZED',
      category: 'endpoint',
      message: `The server refuses for lack of permission or of credentials at ${where}`,
      nextStep: 'give credentials, or grant the user `readWrite` on a target database and `read` on a source database',
      context,
    };
  }
  if (missing.has(code)) {
    return {
      code: 'DM_ENTITY_MISSING',
      category: 'endpoint',
      message: `There is no such collection or database at ${where}`,
      nextStep: 'check the names with `datamigrato inspect`',
      context,
    };
  }
  if (notPrimary.has(code) || conflict.has(code))
    return transient('safe', `The server does not take writes now (${name})`, where, context);
  if (interrupted.has(code))
    return transient('ambiguous', `The server broke the request off (${name})`, where, context);
  if (deadline.has(code)) return { ...deadlineDetails(where), context };
  if (throttled.has(code)) return transient('throttled', `The server asks for less (${name})`, where, context);
  if (lostCursor.has(code)) return transient('safe', `The server lost a cursor (${name})`, where, context);
  if (writeConcern.has(code)) return { ...writeConcernDetails(where), context };
  if (writeConcernImpossible.has(code)) {
    return {
      code: 'DM_MONGODB_WRITE_CONCERN_IMPOSSIBLE',
      category: 'endpoint',
      message: `The server cannot acknowledge writes by a majority of its members (${name}) at ${where}`,
      nextStep: 'bring the members of the replica set up, or correct its configuration',
      context,
    };
  }
  return {
    code: 'DM_MONGODB_REFUSED',
    category: 'endpoint',
    message: `The server refused a request (${name}) at ${where}`,
    nextStep: 'look the code up in the server manual; the server log has the full text',
    context,
  };
}

/** A request that did not end within its deadline. */
export function deadlineExceeded(where: string, milliseconds: number): DatamigratoError {
  return new DatamigratoError({ ...deadlineDetails(where), context: { milliseconds } });
}

function detailsOf(thrown: unknown, where: string): ErrorDetails {
  if (thrown instanceof MongoServerSelectionError || isHandshakeFailure(thrown)) {
    const tls = tlsFault(thrown);
    if (tls !== undefined) return { ...tls, message: `${tls.message} at ${where}` };
    return {
      code: 'DM_ENDPOINT_UNREACHABLE',
      category: 'transient',
      retry: 'safe',
      message: `Nothing that speaks MongoDB's protocol answers at ${where}`,
      nextStep:
        'check host, port, firewall and that the server runs; if it speaks TLS only, add `tls=true` to the connection string',
    };
  }
  if (thrown instanceof MongoWriteConcernError) return writeConcernDetails(where);
  if (thrown instanceof MongoServerError || thrown instanceof MongoBulkWriteError) {
    const codeName: unknown = thrown instanceof MongoServerError ? thrown['codeName'] : undefined;
    if (thrown.hasErrorLabel('SystemOverloadedError'))
      return transient('throttled', 'The server asks for less', where, {});
    return serverErrorDetails(
      { code: codeOf(thrown), codeName: typeof codeName === 'string' ? codeName : undefined },
      where,
    );
  }
  if (isPoolCleared(thrown)) return transient('safe', 'The connections were closed', where, {});
  if (isBrokenConnection(thrown)) return transient('ambiguous', 'The connection broke', where, {});
  if (thrown instanceof MongoSystemError) return transient('safe', 'No server can be chosen', where, {});
  return {
    code: 'DM_MONGODB_DRIVER',
    category: 'internal',
    message: `The driver failed in a way it should not (${thrown instanceof Error ? thrown.name : typeof thrown}) at ${where}`,
    nextStep: 'report it with the output of the same command and `--verbose`',
  };
}

/** Whether the driver gave a request up before sending it. It does not export the class. */
function isPoolCleared(thrown: unknown): boolean {
  return thrown instanceof MongoNetworkError && thrown.name === 'MongoPoolClearedError';
}

function isHandshakeFailure(thrown: unknown): boolean {
  return (
    thrown instanceof MongoNetworkError &&
    thrown.hasErrorLabel('HandshakeError') &&
    !(thrown instanceof MongoServerError)
  );
}

function refusedCredentials(where: string): ErrorDetails {
  return {
    code: 'DM_MONGODB_AUTH',
    category: 'endpoint',
    message: `The server does not accept the user name or password at ${where}`,
    nextStep: "check both, percent-encode special characters, and name the user's database with `authSource=`",
  };
}

function writeConcernDetails(where: string): ErrorDetails {
  return {
    code: 'DM_MONGODB_WRITE_CONCERN',
    category: 'transient',
    retry: 'ambiguous',
    message: `A write was not confirmed by a majority of the replica set in time at ${where}`,
    nextStep: 'check that a majority of its members is up and keeps pace',
  };
}

function deadlineDetails(where: string): ErrorDetails {
  return {
    code: 'DM_DEADLINE_EXCEEDED',
    category: 'transient',
    retry: 'ambiguous',
    message: `A request did not end within its deadline at ${where}`,
    nextStep: 'check the load of the server, or allow a longer deadline',
  };
}

function transient(
  retry: 'safe' | 'ambiguous' | 'throttled',
  what: string,
  where: string,
  context: Readonly<Record<string, string | number>>,
): ErrorDetails {
  return {
    code: retry === 'throttled' ? 'DM_MONGODB_THROTTLED' : 'DM_MONGODB_UNAVAILABLE',
    category: 'transient',
    retry,
    message: `${what} at ${where}`,
    nextStep: 'wait and run again; finished work is kept',
    context,
  };
}

function nameOf(error: ServerErrorDetails): string {
  if (error.codeName !== undefined)
    return error.code === undefined ? error.codeName : `${error.codeName}, ${error.code}`;
  return error.code === undefined ? 'without a code' : `code ${error.code}`;
}
