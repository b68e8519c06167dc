import type { DatamigratoError } from '../error/datamigrato-error.js';
import type { EntityName, EntitySchema } from '../schema/entity-schema.js';
import type { CallOptions, WriteOptions } from './call-options.js';

/** The side written to. */
export interface Target<Native> {
  /** What `prepareEntity` would do, found out by reading alone. */
  planEntity(schema: EntitySchema, call: CallOptions): Promise<EntityPreparation>;
  /** Makes the entity ready for records of this schema: creates what is missing, changes nothing that exists. Repeating it changes nothing. */
  prepareEntity(schema: EntitySchema, call: CallOptions): Promise<void>;
  /**
   * Writes records, each acknowledged by the store or reported as failed by its index in `records`.
   * Throws only where the fate of the whole batch is unknown or common to all of it. Keys within one batch are distinct.
   */
  writeBatch(entity: EntityName, records: readonly Native[], call: WriteOptions): Promise<WriteResult>;
}

/** What is there and what would be made. */
export interface EntityPreparation {
  readonly exists: boolean;
  /** Statements that would be run, as a person would type them; empty where nothing is to be made. */
  readonly statements: readonly string[];
  /** Why records of this schema could not be written; empty where they can. */
  readonly conflicts: readonly string[];
  /** Digest or text of what is there now, so that a later run can tell whether it moved. */
  readonly fingerprint: string;
}

/** The fate of every record of a batch. */
export interface WriteResult {
  /** Records that the store refused, by index into the very array that was passed in. All others are acknowledged. */
  readonly failures: readonly WriteFailure[];
  /** How many of the acknowledged ones the store already held in the same form, where it can tell; else 0. */
  readonly unchanged: number;
}

/** One record that was not written, and why. */
export interface WriteFailure {
  readonly index: number;
  readonly error: DatamigratoError;
}
