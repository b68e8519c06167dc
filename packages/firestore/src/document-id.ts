import { DatamigratoError } from '@datamigrato/core';
import { numericId } from './name-order.js';

/** Longest id in bytes of UTF-8. */
export const idBytesLimit = 1_500;

/** Ids that Firestore does not take: <https://cloud.google.com/firestore/quotas#collections_documents_and_fields> */
export const reservedId = '^(?:\\.{1,2}|__[\\s\\S]*__)$';
const reservedIdPattern = new RegExp(reservedId, 'u');

/** Throws `DM_FIRESTORE_KEY` for a text that is no id. */
export function requireId(id: string): void {
  if (id === '' || id.includes('/') || reservedIdPattern.test(id)) throw badKey('it is empty, reserved or has a `/`');
  if (!id.isWellFormed()) throw badKey('it has half of a surrogate pair');
  if (id.length * 3 > idBytesLimit && Buffer.byteLength(id) > idBytesLimit)
    throw badKey('it has more than 1,500 bytes');
}

/** Whether a reference may have a document or a collection of this id in its path: one that can be written, or a number (`__id5__`), such as documents that came from Datastore have. */
export function isReferable(id: string): boolean {
  return numericId.test(id) || (id !== '' && !reservedIdPattern.test(id) && Buffer.byteLength(id) <= idBytesLimit);
}

/** The error of a key that is no id. */
export function badKey(why: string): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_FIRESTORE_KEY',
    category: 'record',
    message: `A record's key cannot be an id of Firestore: ${why}`,
    nextStep: 'give records keys that are ids; a migration makes such of any key by itself',
  });
}
