import {
  DecimalValue,
  InstantValue,
  isInt64,
  type KindSupport,
  type Manifest,
  type ValueKind,
} from '@datamigrato/core';
import { decimalBytes } from './bson/decimal128.js';
import { documentBytesLimit } from './bson/record-fault.js';
import { depthLimitOfWriting } from './bson/write-document.js';
import { filterOperators, findFilters } from './source-filter.js';

const exact = (as: ValueKind, note?: string): KindSupport => ({ fidelity: 'exact', as, ...(note && { note }) });
const widened = (as: ValueKind, note?: string): KindSupport => ({ fidelity: 'widened', as, ...(note && { note }) });

/** What MongoDB holds: https://www.mongodb.com/docs/manual/reference/bson-types/ and https://www.mongodb.com/docs/manual/reference/limits/ */
export const manifest: Manifest = {
  shape: 'document',
  values: {
    null: exact('null'),
    boolean: exact('boolean'),
    int8: widened('int32'),
    int16: widened('int32'),
    int32: exact('int32'),
    int64: exact('int64'),
    varint: widened('decimal', 'one of more than 34 digits is kept as typed text'),
    counter: widened('int64', 'its value at the time of reading'),
    float32: widened('double'),
    double: exact('double'),
    decimal: {
      ...exact('decimal', 'one of more than 34 digits is kept as typed text'),
      holds: (value) => value instanceof DecimalValue && decimalBytes(value) !== undefined,
    },
    string: exact('string'),
    binary: exact('binary', 'with its subtype'),
    instant: {
      ...exact('instant', 'to the millisecond; a finer one is kept as typed text'),
      holds: (value) =>
        value instanceof InstantValue &&
        value.nanoseconds === 0 &&
        (typeof value.epochMilliseconds === 'number' || isInt64(value.epochMilliseconds)),
    },
    localDate: widened('string'),
    localTime: widened('string'),
    duration: widened('string'),
    uuid: exact('uuid', 'binary of subtype 4'),
    timeuuid: widened('uuid'),
    objectId: exact('objectId'),
    regularExpression: exact('regularExpression'),
    logicalTimestamp: exact('logicalTimestamp'),
    code: exact('code'),
    symbol: exact('symbol'),
    pointer: exact('pointer'),
    minKey: exact('minKey'),
    maxKey: exact('maxKey'),
    undefined: exact('undefined'),
    geoPoint: widened('document', 'a GeoJSON point, longitude first'),
    reference: widened('string', 'its path'),
    vector: widened('array', 'of doubles'),
    inet: widened('string'),
    set: widened('array'),
    map: widened('document', 'keys as text'),
    tuple: widened('array'),
    array: exact('array'),
    document: exact('document'),
  },
  keyKinds: [
    'null',
    'boolean',
    'int32',
    'int64',
    'double',
    'decimal',
    'string',
    'binary',
    'instant',
    'uuid',
    'objectId',
    'logicalTimestamp',
    'code',
    'symbol',
    'pointer',
    'minKey',
    'maxKey',
    'document',
  ],
  keyField: '_id',
  compositeKeys: false,
  limits: {
    batchRecords: 1000,
    batchBytes: documentBytesLimit,
    recordBytes: documentBytesLimit,
    fieldBytes: null,
    keyBytes: null,
    depth: depthLimitOfWriting,
    concurrentWrites: 4,
  },
  refusals: {
    recordBytes: ['DM_MONGODB_DOCUMENT_TOO_LARGE'],
    depth: ['DM_MONGODB_TOO_DEEP'],
    valueRange: ['DM_MONGODB_DECIMAL_RANGE'],
  },
  names: {
    fieldBytes: null,
    entityBytes: 235,
    entityPattern: '^(?!system\\.)(?!\\.)[^$\\u0000]+$',
    emptyField: true,
  },
  writeModes: ['replace', 'create', 'skip'],
  readConsistency: 'moving',
  filters: filterOperators,
  selects: (_, conditions) => conditions.filter((condition) => findFilters([condition]).length > 0),
  idempotentWrites: true,
  keepsFieldOrder: true,
  // https://www.mongodb.com/docs/manual/reference/database-references/
  references: { form: 'document', entityField: '$ref', keyField: '$id' },
};
