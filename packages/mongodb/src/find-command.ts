import type { Document } from 'mongodb';
import type { MongodbClient } from './client.js';
import type { IdCondition } from './partition-range.js';
import type { FindFilter } from './source-filter.js';

/** What a `find` command in the order of `_id` needs. */
export interface FindById {
  readonly entity: string;
  readonly condition: IdCondition;
  /** Filters that all have to hold besides. */
  readonly filters?: readonly FindFilter[];
  readonly direction?: 1 | -1;
  /** Whether strings have to be compared by bytes against the collection's default. */
  readonly collated: boolean;
  /** False for views, which have no index. */
  readonly indexed: boolean;
  readonly batchSize?: number;
  readonly limit?: number;
  readonly skip?: number;
  readonly idsOnly?: boolean;
}

/** A `find` command that walks the index on `_id`. */
export function findById(client: MongodbClient, find: FindById): Document {
  const level = client.client.readConcern?.level;
  const { condition, filters = [] } = find;
  const all = [...(Object.keys(condition).length === 0 ? [] : [{ _id: condition }]), ...filters];
  return {
    find: find.entity,
    filter: all.length > 1 ? { $and: all } : (all[0] ?? {}),
    sort: { _id: find.direction ?? 1 },
    ...(find.indexed && { hint: { _id: 1 } }),
    ...(find.idsOnly && { projection: { _id: 1 } }),
    ...(find.skip && { skip: find.skip }),
    ...(find.limit && { limit: find.limit }),
    ...(find.batchSize && { batchSize: find.batchSize }),
    // Another order than that of the index, or no index, means sorting, which may need more than memory.
    ...(find.collated && { collation: { locale: 'simple' } }),
    ...((find.collated || !find.indexed) && { allowDiskUse: true }),
    ...(level !== undefined && { readConcern: { level } }),
  };
}
