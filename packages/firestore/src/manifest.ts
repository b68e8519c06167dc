import {
  BinaryValue,
  GeoPointValue,
  InstantValue,
  type KindSupport,
  type Manifest,
  ReferenceValue,
  type Value,
  type ValueKind,
  VectorValue,
} from '@datamigrato/core';
import { documentBytesLimit, idBytesLimit, reservedId } from './codec.js';
import { depthLimit, valueBytesLimit } from './encode-value.js';
import { entityForKey, entityPattern } from './entity-path.js';
import { fieldNameBytes } from './field-name.js';
import { isWellFormed } from './well-formed.js';

const exact = (as: ValueKind, note?: string): KindSupport => ({ fidelity: 'exact', as, ...(note && { note }) });
const widened = (as: ValueKind, note?: string): KindSupport => ({ fidelity: 'widened', as, ...(note && { note }) });
const wrapped = (): KindSupport => ({ fidelity: 'unsupported', as: 'document', note: 'a typed wrapper' });
const holding = (support: KindSupport, holds: (value: Value) => boolean): KindSupport => ({ ...support, holds });

/** 0001-01-01T00:00:00Z and 9999-12-31T23:59:59.999Z. */
const firstMillisecond = -62_135_596_800_000;
const lastMillisecond = 253_402_300_799_999;

/** Most elements of a vector: <https://cloud.google.com/firestore/docs/vector-search> */
const vectorElements = 2_048;

/** Whether a path is that of a document, in this database or with the name of another one. */
function isDocumentPath(path: string): boolean {
  const segments = path.split('/');
  return segments.length % 2 === 0 && segments.every((segment) => segment !== '') && isWellFormed(path);
}

/** What Cloud Firestore holds: <https://cloud.google.com/firestore/docs/concepts/data-types> and <https://cloud.google.com/firestore/quotas> */
export const manifest: Manifest = {
  shape: 'document',
  values: {
    null: exact('null'),
    boolean: exact('boolean'),
    int8: widened('int64'),
    int16: widened('int64'),
    int32: widened('int64', 'integers have 64 bits there'),
    int64: exact('int64'),
    varint: widened('string', 'its digits'),
    counter: widened('int64', 'its value at the time of reading'),
    float32: widened('double'),
    double: exact('double'),
    decimal: widened('string', 'its digits'),
    string: holding(
      exact('string', 'half of a surrogate pair is kept as typed text'),
      (value) => typeof value !== 'string' || isWellFormed(value),
    ),
    binary: holding(
      exact('binary', 'one with a subtype other than 0 becomes typed text'),
      (value) => value instanceof BinaryValue && value.subtype === 0,
    ),
    instant: holding(
      exact('instant', 'to the microsecond, years 1 to 9999; others become typed text'),
      (value) => value instanceof InstantValue && holdsInstant(value),
    ),
    localDate: widened('string'),
    localTime: widened('string'),
    duration: widened('string'),
    uuid: widened('string'),
    timeuuid: widened('string'),
    objectId: widened('string', '24 hexadecimal digits'),
    regularExpression: wrapped(),
    logicalTimestamp: wrapped(),
    code: wrapped(),
    symbol: wrapped(),
    pointer: wrapped(),
    minKey: wrapped(),
    maxKey: wrapped(),
    undefined: wrapped(),
    geoPoint: holding(
      exact('geoPoint', 'latitude -90 to 90, longitude -180 to 180'),
      (value) => value instanceof GeoPointValue && Math.abs(value.latitude) <= 90 && Math.abs(value.longitude) <= 180,
    ),
    reference: holding(
      exact('reference', 'relative to the database'),
      (value) => value instanceof ReferenceValue && isDocumentPath(value.path),
    ),
    vector: holding(
      exact('vector', 'of 1 to 2,048 doubles; one of 32-bit numbers becomes typed text'),
      (value) =>
        value instanceof VectorValue &&
        value.elements instanceof Float64Array &&
        value.elements.length > 0 &&
        value.elements.length <= vectorElements,
    ),
    inet: widened('string'),
    set: widened('array'),
    map: widened('document', 'keys as text'),
    tuple: widened('array'),
    array: exact('array', 'an array directly in an array becomes typed text'),
    document: exact('document'),
  },
  keyKinds: ['string'],
  keyField: null,
  compositeKeys: true,
  keyText: { forbidden: '/', reserved: reservedId },
  limits: {
    batchRecords: 500,
    // The emulator refuses a request beyond 4 MiB; at 500 small documents a batch, more would help none.
    batchBytes: 3_500_000,
    recordBytes: documentBytesLimit,
    fieldBytes: valueBytesLimit,
    keyBytes: idBytesLimit,
    depth: depthLimit,
    concurrentWrites: 4,
  },
  names: {
    fieldBytes: fieldNameBytes,
    entityBytes: null,
    entityPattern,
    emptyField: true,
    entityForKey,
  },
  writeModes: ['replace', 'create', 'skip'],
  readConsistency: 'moving',
  idempotentWrites: true,
  keepsFieldOrder: false,
  nestedArrays: false,
};

function holdsInstant({ epochMilliseconds, nanoseconds }: InstantValue): boolean {
  const milliseconds = Number(epochMilliseconds);
  return nanoseconds % 1000 === 0 && milliseconds >= firstMillisecond && milliseconds <= lastMillisecond;
}
