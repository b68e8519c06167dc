import {
  BinaryValue,
  DecimalValue,
  decimalParts,
  InstantValue,
  isInt32,
  isInt64,
  type KindSupport,
  type Manifest,
  type Value,
  type ValueKind,
} from '@datamigrato/core';
import { columnNameBytes, entityNameLimit, entityNamePattern } from './identifier.js';
import { filterOperators, keySelection } from './key-selection.js';
import { columnsOf } from './row.js';

function exact(as: ValueKind, note?: string): KindSupport {
  return { fidelity: 'exact', as, ...(note !== undefined && { note }) };
}

/** A kind that is held except for some values. */
function holding(support: KindSupport, holds: (value: Value) => boolean): KindSupport {
  return { ...support, holds };
}

/** A decimal is a coefficient and a scale of 32 bits: nothing is infinite or not a number there, and zero has no sign. */
function holdsDecimal(value: DecimalValue): boolean {
  const parts = decimalParts(value);
  return parts !== undefined && isInt32(parts.scale) && !(parts.unscaled === 0n && value.text.startsWith('-'));
}

function asTypedText(note: string): KindSupport {
  return { fidelity: 'unsupported', as: 'string', note };
}

const values: Manifest['values'] = {
  null: { fidelity: 'widened', as: 'null', note: 'an empty cell, which reads as missing' },
  boolean: exact('boolean'),
  int8: exact('int8', 'tinyint'),
  int16: exact('int16', 'smallint'),
  int32: exact('int32', 'int'),
  int64: exact('int64', 'bigint'),
  varint: exact('varint'),
  counter: { fidelity: 'widened', as: 'int64', note: 'bigint: a counter cannot be written twice with the same result' },
  float32: exact('float32', 'float'),
  double: exact('double'),
  decimal: holding(
    exact('decimal', 'NaN, the infinities and -0 become typed text'),
    (value) => value instanceof DecimalValue && holdsDecimal(value),
  ),
  string: exact('string', 'text; half of a surrogate pair is refused'),
  binary: holding(
    exact('binary', 'blob; one with a subtype other than 0 becomes typed text'),
    (value) => value instanceof BinaryValue && value.subtype === 0,
  ),
  instant: holding(
    exact('instant', 'timestamp, in milliseconds; finer ones become typed text'),
    (value) =>
      value instanceof InstantValue &&
      value.nanoseconds === 0 &&
      (typeof value.epochMilliseconds === 'number' || isInt64(value.epochMilliseconds)),
  ),
  localDate: exact('localDate', 'date'),
  localTime: exact('localTime', 'time'),
  duration: exact('duration', 'parts of different sign are refused'),
  uuid: exact('uuid'),
  timeuuid: exact('timeuuid'),
  objectId: { fidelity: 'widened', as: 'string', note: 'text of 24 hexadecimal digits' },
  regularExpression: asTypedText('typed text'),
  logicalTimestamp: asTypedText('typed text'),
  code: asTypedText('typed text'),
  symbol: asTypedText('typed text'),
  pointer: asTypedText('typed text'),
  minKey: asTypedText('typed text'),
  maxKey: asTypedText('typed text'),
  undefined: asTypedText('typed text'),
  geoPoint: asTypedText('typed text'),
  reference: { fidelity: 'widened', as: 'string', note: 'its path as text' },
  vector: exact('vector', 'vector of float or double'),
  inet: exact('inet'),
  set: exact('set'),
  map: exact('map'),
  tuple: exact('tuple'),
  array: exact('array', 'frozen list'),
  document: exact('document', 'user-defined type where its fields are declared'),
};

const columnKinds = (Object.keys(values) as ValueKind[]).filter((kind) => values[kind].fidelity === 'exact');

/** No key for a duration, which has no order; and none for a document, since another one may have other fields. */
const noKeys: ReadonlySet<ValueKind> = new Set(['duration', 'vector', 'document']);

/** What Cassandra holds and how it behaves. */
export const cassandraManifest: Manifest = {
  shape: 'table',
  values,
  keyKinds: columnKinds.filter((kind) => !noKeys.has(kind)),
  keyField: 'id',
  compositeKeys: true,
  limits: {
    batchRecords: 1_000,
    batchBytes: 1024 * 1024,
    // Half of the default commit log segment of 32 MiB; a server set otherwise refuses the record by itself.
    recordBytes: 16 * 1024 * 1024,
    fieldBytes: null,
    keyBytes: 65_535,
    depth: null,
    concurrentWrites: 4,
  },
  refusals: { keyBytes: ['DM_CASSANDRA_KEY_TOO_LARGE'], valueRange: ['DM_CASSANDRA_VALUE_RANGE'] },
  names: {
    fieldBytes: columnNameBytes,
    entityBytes: entityNameLimit,
    entityPattern: entityNamePattern,
    emptyField: false,
  },
  writeModes: ['replace', 'create', 'skip'],
  readConsistency: 'moving',
  filters: filterOperators,
  selects: (schema, conditions) => keySelection(columnsOf({ ...schema, fields: [] }), conditions)?.conditions ?? [],
  idempotentWrites: true,
  keepsFieldOrder: false,
  table: { columnKinds, overflowField: 'dm_rest' },
};
