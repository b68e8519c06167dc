import {
  DatamigratoError,
  type DocumentValue,
  documentEntries,
  documentFrom,
  fieldOf,
  isArray,
  isDocument,
  type Value,
} from '@datamigrato/core';
import { decodeFields } from './decode-value.js';
import { requireId } from './document-id.js';
import { type EmbeddedCollections, idField } from './embedded-collections.js';
import { compareNames } from './name-order.js';
import type { NativeDocument } from './native-document.js';

/** The fields of a document with what is embedded in it: arrays of maps in the order of ids, each with its id first. */
export function decodeEmbedding(
  { fields, root = '', embedded }: NativeDocument,
  collections: EmbeddedCollections,
): DocumentValue {
  const own = decodeFields(fields, root);
  if (collections.size === 0) return own;
  const entries = [...documentEntries(own)];
  for (const [name, inside] of collections) {
    const field = fieldOf(own, name);
    const documents = embedded?.get(name) ?? [];
    // An array with elements would be taken for the documents on the way back.
    if (field !== undefined && (documents.length > 0 || isFilledArray(field))) throw fieldTaken(name);
    if (documents.length > 0) entries.push([name, documents.map((document) => decodeElement(document, inside, name))]);
  }
  return documentFrom(entries);
}

function decodeElement(document: NativeDocument, inside: EmbeddedCollections, collection: string): DocumentValue {
  const fields = decodeEmbedding(document, inside);
  if (fieldOf(fields, idField) !== undefined) throw fieldTaken(`${collection}.${idField}`);
  return documentFrom([[idField, document.path.slice(document.path.lastIndexOf('/') + 1)], ...documentEntries(fields)]);
}

/** Encodes the fields of one document. */
export type EncodeFields = (path: string, fields: DocumentValue) => NativeDocument;

/** A document with the arrays of its record that are sub-collections as documents of their own. An empty array has none, and stays a field. */
export function encodeEmbedding(
  path: string,
  record: DocumentValue,
  collections: EmbeddedCollections,
  encode: EncodeFields,
  encodeElement: EncodeFields = encode,
): NativeDocument {
  if (collections.size === 0) return encode(path, record);
  const embedded = new Map<string, readonly NativeDocument[]>();
  for (const [name, inside] of collections) {
    const elements = fieldOf(record, name);
    if (!isFilledArray(elements)) continue;
    let last = '';
    const documents = elements.map((element) => {
      if (element === null || !isDocument(element)) throw noDocument('an element is no map');
      const id = fieldOf(element, idField);
      if (typeof id !== 'string') throw noDocument(`an element has no text \`${idField}\``);
      requireId(id);
      const own = `${path}/${name}/${id}`;
      if (last !== '' && compareNames(last, own) >= 0)
        throw noDocument('its elements are not in the order of their ids, or two have the same');
      last = own;
      const fields = documentFrom(documentEntries(element).filter(([field]) => field !== idField));
      return encodeEmbedding(own, fields, inside, encodeElement);
    });
    embedded.set(name, documents);
  }
  if (embedded.size === 0) return encode(path, record);
  const rest = encode(path, documentFrom(documentEntries(record).filter(([field]) => !embedded.has(field))));
  return { ...rest, embedded };
}

/** All documents that are embedded in one, directly or not. */
export function embeddedDocuments({ embedded }: Pick<NativeDocument, 'embedded'>): readonly NativeDocument[] {
  if (embedded === undefined) return [];
  return [...embedded.values()].flat().flatMap((document) => [document, ...embeddedDocuments(document)]);
}

/** Bytes on the wire of all documents of a record, roughly. */
export function writtenBytes(document: NativeDocument): number {
  return [document, ...embeddedDocuments(document)].reduce((sum, { bytes = 0 }) => sum + bytes, 0);
}

function isFilledArray(value: Value | undefined): value is readonly Value[] {
  return value !== undefined && isArray(value) && value.length > 0;
}

function fieldTaken(field: string): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_FIRESTORE_EMBED_FIELD',
    category: 'record',
    message: `A document cannot have documents embedded: it has a field \`${field}\` of its own already`,
    nextStep: 'leave the sub-collection out of the option `embed`, or rename the field at the source',
    context: { field },
  });
}

function noDocument(why: string): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_FIRESTORE_EMBED_ELEMENT',
    category: 'record',
    message: `An array of a record cannot be a sub-collection: ${why}`,
    nextStep: `give each element an id as text in \`${idField}\` and sort them by it, or leave the sub-collection out of the option \`embed\``,
  });
}
