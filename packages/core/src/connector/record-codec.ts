import type { DataRecord } from '../record/data-record.js';
import type { EntitySchema } from '../schema/entity-schema.js';

/**
 * Turns native records into canonical ones and back: pure, synchronous, without a client.
 *
 * Decoders and encoders are made once per entity, from its schema, so that the work that depends on the schema is not repeated per record.
 */
export interface RecordCodec<Native> {
  createDecoder(schema: EntitySchema): RecordDecoder<Native>;
  createEncoder(schema: EntitySchema): RecordEncoder<Native>;
}

/** Decodes records of one entity. */
export interface RecordDecoder<Native> {
  /** The canonical record. Throws a `DatamigratoError` of category `record` for one record that cannot be decoded without loss. */
  decode(native: Native): DataRecord;
  /** What can be told of a record's key when `decode` failed, as printable text without field values other than the key; undefined where nothing can. */
  identify?(native: Native): string | undefined;
}

/** Encodes records for one entity. */
export interface RecordEncoder<Native> {
  /** The native record. Throws a `DatamigratoError` of category `record` for a value that the store cannot hold exactly as it is: core has already converted what the plan declared. */
  encode(record: DataRecord): Native;
  /** Bytes that a native record takes on the wire, roughly; core sizes batches by it. */
  sizeOf(native: Native): number;
}
