import { DecimalValue, type KindSupport, type Manifest, type ValueKind, valueKinds } from '@datamigrato/core';

const exact = (kind: ValueKind): KindSupport => ({ fidelity: 'exact', as: kind });

function kinds(others: Partial<Record<ValueKind, KindSupport>>): Manifest['values'] {
  const entries = valueKinds.map((kind) => [kind, others[kind] ?? exact(kind)] as const);
  return Object.fromEntries(entries) as Record<ValueKind, KindSupport>;
}

/** A store of documents that holds nearly everything, with small limits. */
export const documentManifest: Manifest = {
  shape: 'document',
  values: kinds({
    counter: { fidelity: 'widened', as: 'int64' },
    symbol: { fidelity: 'unsupported', as: 'string' },
    decimal: { ...exact('decimal'), holds: (value) => value instanceof DecimalValue && value.text !== 'NaN' },
  }),
  keyKinds: ['string', 'int32', 'int64', 'double', 'boolean', 'objectId', 'binary', 'uuid', 'document'],
  keyField: '_id',
  compositeKeys: false,
  limits: {
    batchRecords: 300,
    batchBytes: 256 * 1024,
    recordBytes: 128 * 1024,
    fieldBytes: null,
    keyBytes: 2000,
    depth: 30,
    concurrentWrites: 4,
  },
  names: { fieldBytes: null, entityBytes: 200, entityPattern: '^[^/]+$', emptyField: true },
  writeModes: ['replace', 'create', 'skip'],
  readConsistency: 'moving',
  idempotentWrites: true,
  keepsFieldOrder: true,
};

const columnKinds = valueKinds.filter((kind) => kind !== 'null' && kind !== 'minKey');

/** A store of tables that is less able: no nulls, one write mode, no empty names. */
export const tableManifest: Manifest = {
  ...documentManifest,
  shape: 'table',
  values: kinds({
    null: { fidelity: 'widened', as: 'null', note: 'an empty cell, which reads as missing' },
    minKey: { fidelity: 'unsupported', as: 'string' },
  }),
  keyKinds: ['string', 'int64', 'uuid'],
  keyField: 'id',
  compositeKeys: true,
  limits: { ...documentManifest.limits, recordBytes: null, keyBytes: null, depth: null },
  names: { fieldBytes: 60, entityBytes: 48, entityPattern: '^[A-Za-z0-9_]+$', emptyField: false },
  writeModes: ['replace'],
  keepsFieldOrder: false,
  table: { columnKinds, overflowField: 'dm_rest' },
};
