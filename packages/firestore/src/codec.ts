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
import { badKey, requireId } from './document-id.js';
import { embeddedIn, embeddingBytesLimit } from './embedded-collections.js';
import {
  decodeEmbedding,
  type EncodeFields,
  embeddedDocuments,
  encodeEmbedding,
  writtenBytes,
} from './embedding-codec.js';
import { encodeDocument } from './encode-document.js';
import { FieldEncoder } from './encode-value.js';
import { type EntityPath, keyOfPath, parseEntityPath, pathOfKey } from './entity-path.js';
import type { NativeDocument } from './native-document.js';
import { splitDocument } from './split-document.js';

/** Native records are documents in the form of the wire, so that an integer is told from a double, and every 64-bit integer is exact. */
export const codec: RecordCodec<NativeDocument> = codecWith([]);

/** A codec that has the documents of these sub-collections as arrays in the records of their parents. */
export function codecWith(embed: readonly string[]): RecordCodec<NativeDocument> {
  return {
    createDecoder: (schema) => createDecoder(schema, embed),
    createEncoder: (schema) => createEncoder(schema, embed),
  };
}

function createDecoder(schema: EntitySchema, embed: readonly string[]): RecordDecoder<NativeDocument> {
  const entity = parseEntityPath(schema.entity);
  const embedded = embeddedIn(entity, embed);
  return {
    decode(document): DataRecord {
      if (document.oversized) throw embeddingTooLarge();
      if (document.incomplete || embeddedDocuments(document).some(({ incomplete }) => incomplete)) throw partsMissing();
      const key = keyOfPath(entity, document.path);
      if (key !== undefined) return { key, fields: decodeEmbedding(document, embedded) };
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

function createEncoder(schema: EntitySchema, embed: readonly string[]): RecordEncoder<NativeDocument> {
  const entity = parseEntityPath(schema.entity);
  const embedded = embeddedIn(entity, embed);
  const encoder = new FieldEncoder();
  const { splits } = schema;
  const encodeWhole: EncodeFields = (path, fields) => encodeDocument(encoder, path, fields);
  const encodeOrSplit: EncodeFields = (path, fields) => {
    try {
      return encodeWhole(path, fields);
    } catch (error) {
      const split = isBeyondSize(error) && splits !== undefined;
      const document = split ? splitDocument(encoder, path, fields, splits) : undefined;
      if (document === undefined) throw error;
      return document;
    }
  };
  return {
    encode: ({ key, fields }) =>
      encodeEmbedding(pathOfRecord(entity, key), fields, embedded, encodeOrSplit, encodeWhole),
    sizeOf: writtenBytes,
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

function embeddingTooLarge(): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_FIRESTORE_EMBED_TOO_LARGE',
    category: 'record',
    message: `A document has more than ${embeddingBytesLimit / 1_048_576} MiB with what is embedded in it`,
    nextStep: 'leave the sub-collection out of the option `embed`: it is then copied as an entity of its own',
    context: { limit: embeddingBytesLimit },
  });
}

/** The path of the document with a record's key. Throws `DM_FIRESTORE_KEY` for what is no id. */
export function pathOfRecord(entity: EntityPath, key: RecordKey): string {
  if (key.length !== entity.keyParts) throw badKey(`it has ${key.length} parts and not ${entity.keyParts}`);
  const ids: string[] = [];
  for (const part of key) {
    if (typeof part !== 'string') throw badKey('ids are texts');
    requireId(part);
    ids.push(part);
  }
  return pathOfKey(entity, ids);
}
