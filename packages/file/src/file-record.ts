import type { DatamigratoError, DataRecord } from '@datamigrato/core';

/**
 * A record as this connector's files give and take it.
 *
 * `offset` is the first byte of the record in its (unpacked) file, or in its chunk; for a record to be written it is 0.
 */
export type FileRecord = TextRecord | BsonRecord | RowRecord | DecodedRecord | FailedRecord;

/** One line, or one element of an array, as text: JSON, Extended JSON, or a line of an archive. */
export interface TextRecord {
  readonly form: 'text';
  readonly text: string;
  readonly offset: number;
}

/** One BSON document. */
interface BsonRecord {
  readonly form: 'bson';
  readonly bytes: Buffer;
  readonly offset: number;
}

/** One row of a CSV file, its cells in the order of the header. */
interface RowRecord {
  readonly form: 'row';
  readonly cells: readonly string[];
  readonly offset: number;
}

/** A record that had to be decoded while it was read, since its generated key depends on the records before it. */
export interface DecodedRecord {
  readonly form: 'decoded';
  readonly record: DataRecord;
  readonly offset: number;
}

/** A record that cannot be read, and why. */
export interface FailedRecord {
  readonly form: 'failed';
  readonly failure: DatamigratoError;
  readonly offset: number;
}
