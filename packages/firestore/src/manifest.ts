import { isInt32, type KindSupport, type Manifest, type ValueKind } from '@datamigrato/core';
import { idBytesLimit, reservedId } from './document-id.js';
import { documentBytesLimit } from './encode-document.js';
import { depthLimit, valueBytesLimit } from './encode-value.js';
import { entityForKey, entityPattern, parseEntityPath } from './entity-path.js';
import { fieldNameBytes } from './field-name.js';
import { holds } from './held-values.js';
import { fieldEqualities, filterOperators } from './source-filter.js';
import { requestBytes } from './write-batch.js';

const exact = (as: ValueKind, note?: string): KindSupport => ({ fidelity: 'exact', as, ...(note && { note }) });
const widened = (as: ValueKind, note?: string): KindSupport => ({ fidelity: 'widened', as, ...(note && { note }) });
const wrapped = (): KindSupport => ({ fidelity: 'unsupported', as: 'document', note: 'a typed wrapper' });
const holding = (kind: keyof typeof holds, note: string): KindSupport => ({ ...exact(kind, note), holds: holds[kind] });

/** What Cloud Firestore holds: <https://cloud.google.com/firestore/docs/concepts/data-types> and <https://cloud.google.com/firestore/quotas> */
export const manifest: Manifest = {
  shape: 'document',
  values: {
    null: exact('null'),
    boolean: exact('boolean'),
    int8: widened('int32'),
    int16: widened('int32'),
    int32: exact('int32'),
    int64: {
      ...exact('int64', 'one of up to 32 bits is read as int32: Firestore has one kind of integer'),
      readAs: { kind: 'int32', of: (value) => typeof value === 'bigint' && isInt32(Number(value)) },
    },
    varint: widened('string', 'its digits'),
    counter: widened('int64', 'its value at the time of reading'),
    float32: widened('double'),
    double: exact('double'),
    decimal: widened('string', 'its digits'),
    string: holding('string', 'half of a surrogate pair is kept as typed text'),
    binary: holding('binary', 'one with a subtype other than 0 becomes typed text'),
    instant: holding('instant', 'to the microsecond, years 1 to 9999; others become typed text'),
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
    geoPoint: holding('geoPoint', 'latitude -90 to 90, longitude -180 to 180'),
    reference: holding('reference', 'relative to the database'),
    vector: holding('vector', 'of 1 to 2,048 doubles; one of 32-bit numbers becomes typed text'),
    inet: widened('string'),
    set: widened('array'),
    map: widened('document', 'keys as text'),
    tuple: widened('array'),
    array: exact('array', 'an array or vector directly in an array becomes typed text'),
    document: exact('document'),
  },
  keyKinds: ['string'],
  keyField: null,
  compositeKeys: true,
  keyText: { forbidden: '/', reserved: reservedId },
  limits: {
    batchRecords: 500,
    batchBytes: requestBytes,
    recordBytes: documentBytesLimit,
    fieldBytes: valueBytesLimit,
    keyBytes: idBytesLimit,
    depth: depthLimit,
    concurrentWrites: 4,
  },
  refusals: {
    recordBytes: ['DM_FIRESTORE_DOCUMENT_TOO_LARGE'],
    fieldBytes: ['DM_FIRESTORE_VALUE_TOO_LONG'],
    keyBytes: ['DM_FIRESTORE_KEY'],
    depth: ['DM_FIRESTORE_TOO_DEEP'],
    valueRange: ['DM_FIRESTORE_VALUE'],
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
  filters: filterOperators,
  selects: ({ entity }, conditions) => {
    const path = parseEntityPath(entity);
    return conditions.filter((condition) => fieldEqualities(path, [condition]).length > 0);
  },
  idempotentWrites: true,
  splitsRecords: true,
  keepsFieldOrder: false,
  references: { form: 'path' },
  emptyEntities: false,
  nestedArrays: false,
};
