import type { RecordKey } from '../record/data-record.js';
import type { EntityName, EntitySchema } from '../schema/entity-schema.js';
import type { CallOptions, CountOptions } from './call-options.js';
import type { WriteResult } from './target.js';

/** What changes or counts a store besides copying. Creating and reading records are built in core from source and target. */
export interface Admin {
  countRecords(entity: EntityName, call: CountOptions): Promise<RecordCount>;
  /** Deletes records by key, or all of them and keeps the entity. A key that is not there is no failure and counts as unchanged. */
  deleteRecords(schema: EntitySchema, keys: readonly RecordKey[] | 'all', call: CallOptions): Promise<WriteResult>;
  /** Removes an entity with its records. An entity that is not there is no failure. */
  dropEntity(entity: EntityName, call: CallOptions): Promise<void>;
  /** Removes the database that the options name, with every entity in it. */
  dropDatabase(call: CallOptions): Promise<void>;
}

/** A number of records, counted one by one or estimated by the store. */
export interface RecordCount {
  readonly value: number;
  readonly exact: boolean;
}
