import {
  CodeValue,
  DatamigratoError,
  type DataRecord,
  documentEntries,
  documentFrom,
  type EntitySchema,
  isArray,
  isDocument,
  kindOf,
  type Manifest,
  MapValue,
  type RecordCodec,
  SetValue,
  TupleValue,
  type Value,
  valueFromText,
  valueToText,
} from '@datamigrato/core';
import type { StoredRecord } from './reference-store.js';

/** Native records are typed JSON texts; the encoder holds to what the manifest says. */
export function referenceCodec(manifest: Manifest): RecordCodec<StoredRecord> {
  return {
    createDecoder: () => ({
      decode: ({ key, fields }) => {
        const parts = valueFromText(key);
        const document = valueFromText(fields);
        if (!isArray(parts) || !isDocument(document)) throw refused('is not one of this store');
        return { key: parts, fields: document };
      },
      identify: ({ key }) => key.replaceAll(/\p{Cc}/gu, '?'),
    }),
    createEncoder: (schema) => ({
      encode: (record) => encode(record, schema, manifest),
      sizeOf: ({ key, fields }) => Buffer.byteLength(key) + Buffer.byteLength(fields),
    }),
  };
}

function encode(record: DataRecord, schema: EntitySchema, manifest: Manifest): StoredRecord {
  const { limits, keyKinds } = manifest;
  if (record.key.length !== schema.key.length) throw refused('has a key of another length than planned');
  for (const part of record.key) {
    if (!keyKinds.includes(kindOf(part))) throw refused(`has a key of kind ${kindOf(part)}`);
    requireHeld(part, manifest, 1);
  }
  const entries = documentEntries(record.fields);
  const kept = manifest.shape === 'table' ? entries.filter(([, value]) => value !== null) : entries;
  if (manifest.shape === 'table') requireColumns(kept, schema);
  const document = documentFrom(kept);
  requireHeld(document, manifest, 1);
  const native = { key: valueToText(record.key), fields: valueToText(document) };
  if (limits.keyBytes !== null && Buffer.byteLength(native.key) > limits.keyBytes) throw refused('has too long a key');
  if (limits.recordBytes !== null && Buffer.byteLength(native.fields) > limits.recordBytes)
    throw refused('is too large');
  return native;
}

function requireColumns(fields: readonly (readonly [string, Value])[], schema: EntitySchema): void {
  for (const [name, value] of fields) {
    const column = schema.fields.find((field) => field.name === name);
    if (column === undefined) throw refused('has a field for which there is no column');
    if (column.type !== undefined && column.type.kind !== kindOf(value))
      throw refused(`has a ${kindOf(value)} for a column of kind ${column.type.kind}`);
  }
}

function requireHeld(value: Value, manifest: Manifest, level: number): void {
  const kind = kindOf(value);
  const { fidelity, holds } = manifest.values[kind];
  if (fidelity !== 'exact' && kind !== 'null') throw refused(`holds a ${kind}`);
  if (fidelity === 'exact' && holds?.(value) === false) throw refused(`holds a ${kind} that the store does not`);
  if (isDocument(value)) {
    for (const [name, inner] of documentEntries(value)) {
      if (name === '' && !manifest.names.emptyField) throw refused('has a field without a name');
      requireHeld(inner, manifest, level + 1);
    }
  } else for (const inner of innerValues(value)) requireHeld(inner, manifest, level + 1);
  if (manifest.limits.depth !== null && level > manifest.limits.depth) throw refused('is too deep');
}

function innerValues(value: Value): readonly Value[] {
  if (isArray(value)) return value;
  if (value instanceof SetValue || value instanceof TupleValue) return value.elements;
  if (value instanceof MapValue) return value.entries.flat();
  return value instanceof CodeValue && value.scope !== null ? [value.scope] : [];
}

function refused(what: string): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_REFERENCE_VALUE',
    category: 'record',
    message: `A record ${what}`,
    nextStep: 'plan again, so that such values are converted',
  });
}
