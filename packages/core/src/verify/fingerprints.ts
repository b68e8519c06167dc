import type { DataRecord, RecordKey } from '../record/data-record.js';
import { createRecordDigest, type RecordHash } from '../value/record-digest.js';
import { fieldOrderText } from './field-order.js';

/** What stands for records and keys while two sides are compared: hashes under a secret key, so that nobody can choose records that meet in one. */
export interface Fingerprints {
  /** The same for equal keys, and for no others. */
  ofKey(key: RecordKey): RecordHash;
  /** The same for equal records, and for no others. */
  ofRecord(record: DataRecord): RecordHash;
}

/**
 * Fingerprints under 32 secret bytes.
 *
 * With `ordered`, two records whose documents have the same fields in another order differ.
 */
export function createFingerprints(secretKey: Uint8Array, ordered: boolean): Fingerprints {
  const digest = createRecordDigest(secretKey);
  return {
    ofKey: (key) => digest.hash({ key, fields: {} }),
    ofRecord: (record) =>
      digest.hash(ordered ? { key: [...record.key, fieldOrderText(record.fields)], fields: record.fields } : record),
  };
}

/** A number from 0 up to but not including 1 that follows from a key's fingerprint, evenly spread over keys. */
export function shareOf(fingerprint: RecordHash): number {
  return number32(fingerprint, 4) / 2 ** 32;
}

/** The bucket of a key, of a power of two of them. */
export function bucketOf(fingerprint: RecordHash, buckets: number): number {
  return number32(fingerprint, 0) & (buckets - 1);
}

function number32(fingerprint: string, at: number): number {
  return (
    ((fingerprint.charCodeAt(at) << 24) |
      (fingerprint.charCodeAt(at + 1) << 16) |
      (fingerprint.charCodeAt(at + 2) << 8) |
      fingerprint.charCodeAt(at + 3)) >>>
    0
  );
}
