import {
  type CallOptions,
  DatamigratoError,
  recordExists,
  type WriteFailure,
  type WriteMode,
  type WriteResult,
} from '@datamigrato/core';
import type { FirestoreDatabase } from './client.js';
import { codeOf, isTooLarge, recordRefused, status, statusDetails, translateError } from './errors.js';
import type { NativeDocument } from './native-document.js';
import type { Write } from './stub.js';

/** Bytes of one request. The emulator refuses one beyond 4 MiB; at 500 small documents a batch, more would help none. */
export const requestBytes = 3_500_000;

/** A write on its way, by its index in the array that the whole batch came in. */
export interface IndexedWrite {
  readonly index: number;
  readonly write: Write;
}

/** The write of a document, which overwrites it whole. */
export function documentWrite(database: FirestoreDatabase, document: NativeDocument, mode: WriteMode): Write {
  for (const { value, path } of document.references ?? []) value.referenceValue = `${database.documents}/${path}`;
  const update = { name: `${database.documents}/${document.path}`, fields: document.fields };
  return mode === 'replace' ? { update } : { update, currentDocument: { exists: false } };
}

/**
 * Sends writes, each with an outcome of its own. Where the service refuses the request as a whole, for one of its writes or for its size, each half is sent by itself, down to that write.
 *
 * @param unchangedCode - The code by which a write says that it had nothing to change.
 * @throws DatamigratoError for what concerns all of them.
 */
export async function sendWrites(
  database: FirestoreDatabase,
  writes: readonly IndexedWrite[],
  call: CallOptions,
  where: string,
  unchangedCode?: number,
): Promise<WriteResult> {
  const failures: WriteFailure[] = [];
  let unchanged = 0;
  const send = async (items: readonly IndexedWrite[]): Promise<void> => {
    const request = { database: database.database, writes: items.map(({ write }) => write) };
    try {
      const answer = await database.ask(database.stub.batchWrite, request, call);
      for (const [place, { index }] of items.entries()) {
        const { code, message } = answer.status[place] ?? { code: status.unknown, message: '' };
        if (code === status.ok) continue;
        if (code === unchangedCode) unchanged += 1;
        else failures.push({ index, error: failureOf(code, message, where) });
      }
      return;
    } catch (error) {
      if (call.signal.aborted) throw call.signal.reason;
      if (!(codeOf(error) === status.invalidArgument || isTooLarge(error))) throw translateError(error, where);
      const [only] = items;
      if (only !== undefined && items.length === 1) {
        failures.push({ index: only.index, error: recordRefused(codeOf(error) ?? status.unknown, where) });
        return;
      }
    }
    const half = items.length >> 1;
    await send(items.slice(0, half));
    await send(items.slice(half));
  };
  if (writes.length > 0) await send(writes);
  failures.sort((left, right) => left.index - right.index);
  return { failures, unchanged };
}

function failureOf(code: number, message: string, where: string): DatamigratoError {
  if (code === status.alreadyExists) return recordExists();
  // Of a single write these are about its document, not about the database.
  const ofRecord = [status.invalidArgument, status.failedPrecondition, status.outOfRange, status.notFound];
  if (ofRecord.some((known) => known === code)) return recordRefused(code, where);
  return new DatamigratoError(statusDetails(code, message, where));
}
