import {
  DatamigratoError,
  type DataRecord,
  type EntitySchema,
  isDatamigratoError,
  type RecordCodec,
  type RecordDecoder,
  type RecordEncoder,
  type RecordKey,
} from '@datamigrato/core';
import { decodeFields } from './decode-value.js';
import { encodeDocument } from './encode-document.js';
import { FieldEncoder } from './encode-value.js';
import { type EntityPath, keyOfPath, parseEntityPath, pathOfKey } from './entity-path.js';
import type { NativeDocument } from './native-document.js';
import { splitDocument } from './split-document.js';

/** Longest id in bytes of UTF-8. */
export const idBytesLimit = 1_500;

/** Ids that Firestore does not take: <https://cloud.google.com/firestore/quotas#collections_documents_and_fields> */
export const reservedId = '^(?:\\.{1,2}|__[\\s\\S]*__)$';
const reservedIdPattern = new RegExp(reservedId, 'u');

/** Native records are documents in the form of the wire, so that an integer is told from a double, and every 64-bit integer is exact. */
export const codec: RecordCodec<NativeDocument> = { createDecoder, createEncoder };

function createDecoder(schema: EntitySchema): RecordDecoder<NativeDocument> {
  const entity = parseEntityPath(schema.entity);
  return {
    decode({ path, fields, root = '', incomplete }): DataRecord {
      if (incomplete) throw partsMissing();
      const key = keyOfPath(entity, path);
      if (key !== undefined) return { key, fields: decodeFields(fields, root) };
      throw new DatamigratoError({
        code: 'DM_FIRESTORE_PATH',
        category: 'record',
        message: `A document does not belong to ${schema.entity}`,
        nextStep: 'read it under the name of its own collection',
      });
    },
    identify: ({ path }) => path,
  };
}

function createEncoder(schema: EntitySchema): RecordEncoder<NativeDocument> {
  const entity = parseEntityPath(schema.entity);
  const encoder = new FieldEncoder();
  const { splits } = schema;
  return {
    encode(record): NativeDocument {
      const path = pathOfRecord(entity, record.key);
      try {
        return encodeDocument(encoder, path, record.fields);
      } catch (error) {
        const split = isBeyondSize(error) && splits !== undefined;
        const document = split ? splitDocument(encoder, path, record.fields, splits) : undefined;
        if (document === undefined) throw error;
        return document;
      }
    },
    sizeOf: ({ bytes = 0 }) => bytes,
  };
}

function isBeyondSize(error: unknown): boolean {
  const codes = ['DM_FIRESTORE_DOCUMENT_TOO_LARGE', 'DM_FIRESTORE_VALUE_TOO_LONG'];
  return isDatamigratoError(error) && codes.includes(error.code);
}

function partsMissing(): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_FIRESTORE_PARTS_MISSING',
    category: 'record',
    message: 'A document is stored in parts, and some of them are not there',
    nextStep: 'write the record once more from where it came; a run that was interrupted does so when it is resumed',
  });
}

/** The path of the document with a record's key. Throws `DM_FIRESTORE_KEY` for what is no id. */
export function pathOfRecord(entity: EntityPath, key: RecordKey): string {
  if (key.length !== entity.keyParts) throw badKey(`it has ${key.length} parts and not ${entity.keyParts}`);
  const ids: string[] = [];
  for (const part of key) {
    if (typeof part !== 'string') throw badKey('ids are texts');
    if (part === '' || part.includes('/') || reservedIdPattern.test(part))
      throw badKey('it is empty, reserved or has a `/`');
    if (!part.isWellFormed()) throw badKey('it has half of a surrogate pair');
    if (part.length * 3 > idBytesLimit && Buffer.byteLength(part) > idBytesLimit)
      throw badKey('it has more than 1,500 bytes');
    ids.push(part);
  }
  return pathOfKey(entity, ids);
}

function badKey(why: string): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_FIRESTORE_KEY',
    category: 'record',
    message: `A record's key cannot be an id of Firestore: ${why}`,
    nextStep: 'give records keys that are ids; a migration makes such of any key by itself',
  });
}
