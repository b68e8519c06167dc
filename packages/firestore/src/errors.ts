import {
  DatamigratoError,
  type ErrorDetails,
  isDatamigratoError,
  type RetryClass,
  redactedCause,
} from '@datamigrato/core';

/** Codes of gRPC that are told apart: <https://grpc.io/docs/guides/status-codes/> */
export const status = {
  ok: 0,
  cancelled: 1,
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  alreadyExists: 6,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  aborted: 10,
  outOfRange: 11,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  dataLoss: 15,
  unauthenticated: 16,
} as const;

const names = new Map<number, string>(Object.entries(status).map(([name, code]) => [code, name]));

/** The code of a failure that gRPC tells of, or undefined for any other thing. */
export function codeOf(thrown: unknown): number | undefined {
  if (!(thrown instanceof Error) || !('code' in thrown)) return undefined;
  return typeof thrown.code === 'number' ? thrown.code : undefined;
}

/** Whether a request was refused for its size, by either side. */
export function isTooLarge(thrown: unknown): boolean {
  return codeOf(thrown) === status.resourceExhausted && /exceeds maximum size|larger than max/.test(detailsOf(thrown));
}

/**
 * Any thrown thing as an error of ours.
 *
 * The service's own texts are left out: they hold names of documents and values. What stays is the name of the code.
 *
 * @param where - The endpoint as it may be shown, and what was being done there, such as `firestore://shop/(default), reading users`.
 */
export function translateError(thrown: unknown, where: string): DatamigratoError {
  if (isDatamigratoError(thrown)) return thrown;
  const code = codeOf(thrown);
  const details = code === undefined ? driverFault(thrown, where) : statusDetails(code, detailsOf(thrown), where);
  const said = code === undefined ? undefined : `gRPC ${names.get(code) ?? code}`;
  return new DatamigratoError({ ...details, cause: redactedCause(thrown, said) });
}

/** The meaning of a code, whether it came for a request or for one write of it. */
export function statusDetails(code: number, text: string, where: string): ErrorDetails {
  const name = names.get(code) ?? `code ${code}`;
  const context = { code };
  if (/metadata from plugin failed/.test(text)) return { ...credentialFailure(text, where), context };
  switch (code) {
    case status.unauthenticated:
      return { ...credentialFailure('', where), context };
    case status.permissionDenied:
      return {
        code: 'DM_FIRESTORE_PERMISSION',
        category: 'endpoint',
        message: `The account may not do this at ${where}`,
        nextStep:
          'grant it the role Cloud Datastore User, or Cloud Datastore Viewer for reading alone; and check that the API is on',
        context,
      };
    case status.notFound:
      return {
        code: 'DM_FIRESTORE_DATABASE_MISSING',
        category: 'endpoint',
        message: `There is no such project or database at ${where}`,
        nextStep: 'check `projectId` and `databaseId`; a new project has no database until one is made in the console',
        context,
      };
    case status.failedPrecondition:
      return {
        code: 'DM_FIRESTORE_PRECONDITION',
        category: 'endpoint',
        message: `The database is not in a state for this at ${where}`,
        nextStep:
          'check that it is in native mode and that single-field indexes of collection groups are not switched off',
        context,
      };
    case status.resourceExhausted:
      return transient('throttled', 'The service asks for less', where, context);
    case status.deadlineExceeded:
      return { ...deadlineDetails(where), context };
    case status.unavailable:
      return /No connection established|Name resolution failed/.test(text)
        ? { ...unreachable(where), context }
        : transient('ambiguous', 'The connection broke or the service is not available', where, context);
    case status.aborted:
      return transient('safe', 'The service broke the request off', where, context);
    case status.cancelled:
    case status.unknown:
    case status.internal:
      return transient('ambiguous', `The service failed (${name})`, where, context);
    default:
      return {
        code: 'DM_FIRESTORE_REFUSED',
        category: 'endpoint',
        message: `The service refused a request (${name}) at ${where}`,
        nextStep: 'look the code up at https://grpc.io/docs/guides/status-codes/',
        context,
      };
  }
}

/** A request that did not end within its deadline. */
export function deadlineExceeded(where: string, milliseconds: number): DatamigratoError {
  return new DatamigratoError({ ...deadlineDetails(where), context: { milliseconds } });
}

/** Why one write of a request was refused. `code` is that of gRPC. */
export function recordRefused(code: number, where: string): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_FIRESTORE_RECORD_REFUSED',
    category: 'record',
    message: `The service refuses this record (${names.get(code) ?? `code ${code}`}) at ${where}`,
    nextStep:
      'it may exceed a limit of https://cloud.google.com/firestore/quotas, such as 40,000 index entries: leave its largest field out',
    context: { code },
  });
}

function credentialFailure(text: string, where: string): ErrorDetails {
  if (/ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN/.test(text)) return unreachable(where);
  return {
    code: 'DM_FIRESTORE_AUTH',
    category: 'endpoint',
    message: `The credentials are not accepted at ${where}`,
    nextStep:
      'check that the key of the service account was not deleted and that the clock of this machine is right; then make a new key',
  };
}

function unreachable(where: string): ErrorDetails {
  return {
    code: 'DM_ENDPOINT_UNREACHABLE',
    category: 'transient',
    retry: 'safe',
    message: `Nothing that speaks Firestore's protocol answers at ${where}`,
    nextStep: 'check the network and firewall, or that the emulator runs at this address',
  };
}

function deadlineDetails(where: string): ErrorDetails {
  return {
    code: 'DM_DEADLINE_EXCEEDED',
    category: 'transient',
    retry: 'ambiguous',
    message: `A request did not end within its deadline at ${where}`,
    nextStep: 'allow a longer deadline',
  };
}

function transient(
  retry: RetryClass,
  what: string,
  where: string,
  context: Readonly<Record<string, number>>,
): ErrorDetails {
  return {
    code: retry === 'throttled' ? 'DM_FIRESTORE_THROTTLED' : 'DM_FIRESTORE_UNAVAILABLE',
    category: 'transient',
    retry,
    message: `${what} at ${where}`,
    nextStep: 'wait and run again; finished work is kept',
    context,
  };
}

function driverFault(thrown: unknown, where: string): ErrorDetails {
  return {
    code: 'DM_FIRESTORE_DRIVER',
    category: 'internal',
    message: `The driver failed in a way it should not (${thrown instanceof Error ? thrown.name : typeof thrown}) at ${where}`,
    nextStep: 'report it with the output of the same command and `--verbose`',
  };
}

function detailsOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return '';
  return 'details' in thrown && typeof thrown.details === 'string' ? thrown.details : thrown.message;
}
