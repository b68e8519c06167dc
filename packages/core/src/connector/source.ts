import type { EntityName, EntitySchema } from '../schema/entity-schema.js';
import type { CallOptions, Json, PartitionOptions, ReadOptions } from './call-options.js';
import type { ChangeBatch, WatchOptions } from './change-feed.js';

/** The side read from. */
export interface Source<Native> {
  /** Every entity that can be read, and every one that cannot with the reason why. */
  listEntities(call: CallOptions): AsyncIterable<EntityListing>;
  /** The declared schema, or one inferred from at most `sampleSize` records. Throws `DM_ENTITY_MISSING` where the store has no such entity. */
  inferSchema(entity: EntityName, call: CallOptions & { readonly sampleSize: number }): Promise<EntitySchema>;
  /**
   * Cuts an entity into disjoint parts that together are all of it, about `targetCount` of them.
   * Never relies on estimates for completeness; an empty entity may give no partition or an empty one. With a filter, together all for which it holds.
   */
  planPartitions(entity: EntityName, call: PartitionOptions): AsyncIterable<Partition>;
  /** The records of a partition, in the partition's own order, after `after`. Leaving the loop frees what the reading holds. */
  readPartition(partition: Partition, call: ReadOptions): AsyncIterable<RecordBatch<Native>>;
  /**
   * The changes of an entity from a position on, for ever: the loop is left, or fails. Leaving it frees what the watching holds.
   *
   * Applied by key, in order, they lead from any mixture of states since that position to the latest one. Throws `DM_CHANGES_UNSUPPORTED` where this very store tells nobody of changes,
   * and `DM_CHANGES_LOST` where those after the position are not all to be had any more; never goes on from another position.
   */
  watch?(entity: EntityName, call: WatchOptions): AsyncIterable<ChangeBatch<Native>>;
}

/** One line of a store's table of contents. */
export interface EntityListing {
  readonly entity: EntityName;
  /** Why this entity is not copied unless named, such as `a view`; absent for ordinary entities. */
  readonly excluded?: string;
  /** Whether the store has no entities of its own, and this one is told by its looks alone: what a lock file knows of the same place then holds instead. */
  readonly proposed?: true;
}

/** A disjoint part of an entity, read in order: the unit of parallelism and of resumption. */
export interface Partition {
  readonly entity: EntityName;
  /** Unique within the entity, short, printable; the same range has the same id in every run. */
  readonly id: string;
  /** The connector's own description of the range. Core stores it and never reads it. */
  readonly range: Json;
}

/** Records read together. */
export interface RecordBatch<Native> {
  readonly records: readonly Native[];
  /** Where to go on after the last record. Core stores it and never reads it. */
  readonly position: Json;
  /** Bytes that the records take in memory, roughly. */
  readonly bytes: number;
}
