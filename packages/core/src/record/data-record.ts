import type { DocumentValue, Value } from '../value/value.js';

/** The values of a record's key fields, in the order of its entity's key. */
export type RecordKey = readonly Value[];

/** A record in canonical values: its key, and the fields that are not part of the key. */
export interface DataRecord {
  readonly key: RecordKey;
  readonly fields: DocumentValue;
}
