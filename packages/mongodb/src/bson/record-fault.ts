import { DatamigratoError } from '@datamigrato/core';

/** Most levels of documents and arrays inside one another that are decoded; servers refuse to store deeper ones. */
export const depthLimitOfReading = 200;

/** One document whose bytes are not BSON as the specification has it. */
export function malformed(what: string, offset: number): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_MONGODB_MALFORMED',
    category: 'record',
    message: `A document is not valid BSON: ${what} at byte ${offset}`,
    nextStep: 'repair or delete the document at the source; the other records are not affected',
    context: { offset },
  });
}

/** One document with a string or a name that is not UTF-8. */
export function invalidUtf8(where: string, offset: number): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_MONGODB_INVALID_UTF8',
    category: 'record',
    message: `A document holds ${where} that is not valid UTF-8, at byte ${offset}`,
    nextStep: 'repair the document at the source, or migrate the field as binary; the other records are not affected',
    context: { offset },
  });
}

/** One document with the same field name twice, of which a canonical document could keep only one. */
export function duplicateField(offset: number): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_MONGODB_DUPLICATE_FIELD',
    category: 'record',
    message: `A document holds the same field name twice, the second time at byte ${offset}`,
    nextStep: 'rename or remove one of the two fields at the source',
    context: { offset },
  });
}

/** One document nested deeper than a server stores. */
export function tooDeep(limit: number): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_MONGODB_TOO_DEEP',
    category: 'record',
    message: `A record is nested deeper than ${limit} levels`,
    nextStep: 'flatten the record, or leave the deep field out with the options `drop` or `select`',
    context: { limit },
  });
}

/** One record with a value that a document cannot hold as it is. */
export function unholdable(code: `DM_MONGODB_${string}`, message: string, nextStep: string): DatamigratoError {
  return new DatamigratoError({ code, category: 'record', message, nextStep });
}

/** Largest document that a server stores, in bytes: 16 MiB. */
export const documentBytesLimit = 16_777_216;

/** One record whose document would be larger than a server stores. */
export function documentTooLarge(size: number, limit: number): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_MONGODB_DOCUMENT_TOO_LARGE',
    category: 'record',
    message: `A record takes ${size > limit ? 'at least ' : ''}${size} bytes as a document; MongoDB stores at most ${limit}`,
    nextStep: 'leave its largest field out with the options `drop` or `select`, or move it to an entity of its own',
    context: { size, limit },
  });
}
