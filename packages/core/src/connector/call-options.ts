import type { SourceCondition } from './source-filter.js';

/** What every asynchronous call into a connector takes, last. */
export interface CallOptions {
  /** Ends the call early. The call then rejects, soon, with the signal's reason. */
  readonly signal: AbortSignal;
  /** Milliseconds after which a single request to the store must have failed. */
  readonly deadline: number;
}

/** For a connector's cutting of an entity into partitions. */
export interface PartitionOptions extends CallOptions {
  /** How many partitions would be good to have, about. */
  readonly targetCount: number;
  /** The conditions with which the partitions will be read: what holds no record for which all of them hold may be left out. */
  readonly filter?: readonly SourceCondition[];
}

/** For a connector's reading of one partition. */
export interface ReadOptions extends CallOptions {
  /** Most records in one batch. */
  readonly batchRecords: number;
  /** Most bytes in one batch, roughly; a single larger record is a batch of its own. */
  readonly batchBytes: number;
  /** The position to go on after, exactly as an earlier batch of this partition gave it. */
  readonly after?: Json;
  /**
   * Conditions that all have to hold, of operators that the manifest names: records for which one does not may be left out. Core looks at each record itself,
   * so that a connector may hand out more, and ignores a condition that its store would decide otherwise. Positions are used with the same conditions again.
   */
  readonly filter?: readonly SourceCondition[];
}

/** For counting the records of an entity. */
export interface CountOptions extends CallOptions {
  /** Whether a number that costs the store next to nothing will do, be it only about right. Without it, records are counted one by one for as long as the deadline allows. */
  readonly estimate?: boolean;
}

/** For a connector's writing of one batch. */
export interface WriteOptions extends CallOptions {
  readonly mode: WriteMode;
}

/**
 * What happens to a record whose key the target already holds.
 *
 * - `replace`: the record takes its place. Repeating the write changes nothing more.
 * - `create`: the write of that record fails with `DM_RECORD_EXISTS`.
 * - `skip`: the record stays as it is and counts as unchanged.
 */
export type WriteMode = 'replace' | 'create' | 'skip';

/** What survives `JSON.parse(JSON.stringify(value))` unchanged. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };
