import {
  DatamigratoError,
  type DataRecord,
  isDatamigratoError,
  type RecordCodec,
  type RecordDecoder,
  type RecordEncoder,
  valueToText,
} from '@datamigrato/core';
import { DocumentReader } from './bson/read-document.js';
import { DocumentWriter } from './bson/write-document.js';

/** Bytes that an update statement takes besides the document and its key. */
const statementBytes = 80;

/**
 * Native records are the bytes of one BSON document each, as the server sent them or as it shall store them.
 *
 * Bytes, rather than the driver's objects, keep what those lose (field order, dates far out, one bad string in a batch) and cost less to make and to read.
 */
export const codec: RecordCodec<Uint8Array> = {
  createDecoder,
  createEncoder,
};

function createDecoder(): RecordDecoder<Uint8Array> {
  const reader = new DocumentReader();
  return {
    decode(native): DataRecord {
      const { id, fields } = reader.readRecord(native);
      if (id === undefined) throw idMissing();
      return { key: [id], fields };
    },
    identify(native): string | undefined {
      try {
        const id = reader.readId(native);
        return id === undefined ? undefined : `_id ${valueToText(id)}`;
      } catch (error) {
        if (isDatamigratoError(error)) return undefined; // The key itself cannot be read.
        throw error;
      }
    },
  };
}

function createEncoder(): RecordEncoder<Uint8Array> {
  const writer = new DocumentWriter();
  return {
    encode: (record) => writer.write(record),
    sizeOf: (native) => native.byteLength + statementBytes,
  };
}

function idMissing(): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_MONGODB_ID_MISSING',
    category: 'record',
    message: 'A document has no field `_id`, so nothing tells it from others',
    nextStep: 'copy a collection rather than a view, or let the view give every document an `_id`',
  });
}
