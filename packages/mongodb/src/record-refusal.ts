import { DatamigratoError, recordExists } from '@datamigrato/core';
import { serverErrorDetails } from './errors.js';
import type { WriteRefusal } from './write-outcome.js';

/** Codes by which servers say that a document is larger than they store. */
const tooLarge = new Set([10334, 17419, 17420, 17280]);

/**
 * Why the server refused one record.
 *
 * Refusals that have nothing to do with the record (permission, a server that steps down) keep their own category.
 */
export function refusalError(refusal: WriteRefusal, mode: 'create' | 'other', where: string): DatamigratoError {
  if (refusal.duplicate === 'id' && mode === 'create') return recordExists();
  const code = refusal.code ?? 0;
  const context = { code };
  if (refusal.duplicate !== undefined) {
    return new DatamigratoError({
      code: 'DM_MONGODB_DUPLICATE_KEY',
      category: 'record',
      message: `A unique index of ${where} already holds a value of this record`,
      nextStep: 'remove the duplicate at the source, or the index at the target',
      context,
    });
  }
  if (code === 121) {
    return new DatamigratoError({
      code: 'DM_MONGODB_VALIDATION',
      category: 'record',
      message: `The validator of ${where} refuses this record`,
      nextStep: 'look at `db.getCollectionInfos()` for the validator, and change the mapping or the validator',
      context,
    });
  }
  if (tooLarge.has(code)) {
    return new DatamigratoError({
      code: 'DM_MONGODB_DOCUMENT_TOO_LARGE',
      category: 'record',
      message: `The server refuses this record as too large at ${where}`,
      nextStep: 'leave its largest field out with the options `drop` or `select`',
      context,
    });
  }
  const details = serverErrorDetails(refusal, where);
  return details.code === 'DM_MONGODB_REFUSED' ? recordRefused(refusal, where) : new DatamigratoError(details);
}

/** A record at which the server closes the connection, while it takes others. */
export function connectionClosedOn(where: string): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_MONGODB_RECORD_REFUSED',
    category: 'record',
    message: `The server closes the connection whenever this record is written to ${where}`,
    nextStep: 'look at the server log; the record may hold a kind or a size that this server does not take',
  });
}

/** A record with a top-level timestamp of zero, which the server would replace by its own time. */
export function emptyTimestampRefused(where: string): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_MONGODB_EMPTY_TIMESTAMP',
    category: 'record',
    message: `A record holds the timestamp of zero in a top-level field, which the server at ${where} would replace by its own time`,
    nextStep:
      'use a server that knows `bypassEmptyTsReplacement` (8.0, or a late patch of 5.0 to 7.0), or move the field below the top level',
  });
}

function recordRefused(refusal: WriteRefusal, where: string): DatamigratoError {
  const name = refusal.codeName ?? (refusal.code === undefined ? 'without a code' : `code ${refusal.code}`);
  return new DatamigratoError({
    code: 'DM_MONGODB_RECORD_REFUSED',
    category: 'record',
    message: `The server refuses this record (${name}) at ${where}`,
    nextStep: 'look the code up in the server manual; the server log has the full text',
    context: { ...(refusal.code !== undefined && { code: refusal.code }) },
  });
}
