import {
  DoubleValue,
  documentEntries,
  isArray,
  isDocument,
  type KindSupport,
  type Manifest,
  type Value,
  type ValueKind,
} from '@datamigrato/core';
import { entityForKey, entityPattern } from './entity-path.js';
import { forbiddenCharacters, nameBytesLimit } from './node-name.js';

const exact = (as: ValueKind, note?: string): KindSupport => ({ fidelity: 'exact', as, ...(note && { note }) });
const widened = (as: ValueKind, note?: string): KindSupport => ({ fidelity: 'widened', as, ...(note && { note }) });
const wrapped: KindSupport = { fidelity: 'unsupported', as: 'document' };

const isWhole = (value: Value): boolean =>
  value instanceof DoubleValue && Number.isFinite(value.value) && !Object.is(value.value, -0);

/** What a Realtime Database holds: JSON without null and without anything empty, https://firebase.google.com/docs/database/usage/limits */
export const manifest: Manifest = {
  shape: 'document',
  values: {
    null: wrapped,
    boolean: exact('boolean'),
    int8: widened('int32'),
    int16: widened('int32'),
    int32: exact('int32'),
    int64: widened('double', 'one beyond 2^53 is kept as typed text'),
    varint: widened('double', 'one beyond 2^53 is kept as typed text'),
    counter: widened('double', 'its value at the time of reading; one beyond 2^53 is kept as typed text'),
    float32: widened('double'),
    double: {
      ...exact('double', 'NaN, infinities and -0 are kept as typed text'),
      holds: (value) => !(value instanceof DoubleValue) || isWhole(value),
      readAs: { kind: 'int32', of: isWhole },
    },
    decimal: widened('string'),
    string: exact('string'),
    binary: widened('string', 'base64; one with a subtype is kept as typed text'),
    instant: widened('string', 'as ISO 8601'),
    localDate: widened('string'),
    localTime: widened('string'),
    duration: widened('string'),
    uuid: widened('string'),
    timeuuid: widened('string'),
    objectId: widened('string', '24 hexadecimal digits'),
    regularExpression: wrapped,
    logicalTimestamp: wrapped,
    code: wrapped,
    symbol: wrapped,
    pointer: wrapped,
    minKey: wrapped,
    maxKey: wrapped,
    undefined: wrapped,
    geoPoint: widened('document', 'a GeoJSON point, longitude first'),
    reference: widened('string', 'its path'),
    vector: widened('array', 'of doubles'),
    inet: widened('string'),
    set: widened('array'),
    map: widened('document', 'keys as text'),
    tuple: widened('array'),
    array: {
      ...exact('array', 'an empty one is kept as typed text'),
      holds: (value) => !isArray(value) || value.length > 0,
    },
    document: {
      ...exact('document', 'an empty one is kept as typed text'),
      holds: (value) => !isDocument(value) || documentEntries(value).length > 0,
    },
  },
  keyKinds: ['string'],
  keyField: null,
  compositeKeys: true,
  // Client libraries take nodes whose names are all whole numbers for arrays.
  keyText: { forbidden: forbiddenCharacters, reserved: '^(?:0|[1-9][0-9]*)$' },
  limits: {
    batchRecords: 1000,
    batchBytes: 1024 * 1024,
    recordBytes: null,
    fieldBytes: 10 * 1024 * 1024,
    keyBytes: nameBytesLimit,
    depth: 30,
    concurrentWrites: 4,
  },
  refusals: { fieldBytes: ['DM_REALTIME_TOO_LARGE'], keyBytes: ['DM_REALTIME_KEY'] },
  names: { fieldBytes: null, entityBytes: nameBytesLimit, entityPattern, emptyField: true, entityForKey },
  writeModes: ['replace', 'create', 'skip'],
  readConsistency: 'moving',
  idempotentWrites: true,
  keepsFieldOrder: false,
  emptyEntities: false,
};
