import { DatamigratoError, type DocumentValue } from '@datamigrato/core';
import { nameBytes, scalarBytes } from './document-size.js';
import type { FieldEncoder } from './encode-value.js';
import type { NativeDocument } from './native-document.js';

/** Largest document by Firestore's own count: <https://cloud.google.com/firestore/quotas> */
export const documentBytesLimit = 1_048_576;

/** Bytes that a write takes besides the document: the name of project and database, tags and lengths. */
const writeBytes = 200;

/** A document as it is written. Throws `DM_FIRESTORE_DOCUMENT_TOO_LARGE` for one beyond the limit, and whatever the encoder does. */
export function encodeDocument(encoder: FieldEncoder, path: string, document: DocumentValue): NativeDocument {
  const fields = encoder.encode(document);
  const size = nameBytes(path) + encoder.size + scalarBytes.document;
  if (size > documentBytesLimit) throw tooLarge(size);
  return {
    path,
    fields,
    bytes: size + encoder.overhead + writeBytes,
    ...(encoder.references.length > 0 && { references: encoder.references }),
  };
}

function tooLarge(size: number): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_FIRESTORE_DOCUMENT_TOO_LARGE',
    category: 'record',
    message: `A record takes ${(size / 1_048_576).toFixed(2)} MiB as a document of Firestore, which allows 1 MiB`,
    nextStep:
      'leave its largest field out with the options `drop` or `select`, or keep it in a sub-collection with `onLimit: { recordBytes: { split: "field" } }`',
    context: { size, limit: documentBytesLimit },
  });
}
