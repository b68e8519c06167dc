import { nameBytes, scalarBytes } from './document-size.js';
import type { NativeDocument } from './native-document.js';
import type { ProtoFields, ProtoValue } from './proto-value.js';

/** Bytes that a document takes in memory, roughly, with what is embedded in it. */
export function recordBytes({ path, fields, embedded }: NativeDocument): number {
  let bytes = documentBytes(path, fields);
  for (const documents of embedded?.values() ?? []) for (const document of documents) bytes += recordBytes(document);
  return bytes;
}

/** Bytes that a document takes in memory, roughly. */
export function documentBytes(path: string, fields: ProtoFields): number {
  return nameBytes(path) + scalarBytes.document + fieldsBytes(fields);
}

function fieldsBytes(fields: ProtoFields): number {
  let bytes = 0;
  for (const name in fields) bytes += name.length + 1 + valueBytes(fields[name] as ProtoValue);
  return bytes;
}

function valueBytes(value: ProtoValue): number {
  if (value.stringValue !== undefined) return value.stringValue.length + 1;
  if (value.mapValue !== undefined) return scalarBytes.document + fieldsBytes(value.mapValue.fields ?? {});
  if (value.arrayValue !== undefined) {
    let bytes = 0;
    for (const element of value.arrayValue.values ?? []) bytes += valueBytes(element);
    return bytes;
  }
  if (value.bytesValue !== undefined) return value.bytesValue.byteLength;
  if (value.referenceValue !== undefined) return value.referenceValue.length + 1;
  return scalarBytes.number;
}
