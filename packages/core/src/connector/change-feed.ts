import type { CallOptions, Json } from './call-options.js';

/** For following the changes of one entity. */
export interface WatchOptions extends CallOptions {
  /** Most changes in one batch. */
  readonly batchChanges: number;
  /** The position to go on after, exactly as an earlier batch gave it. Absent: from now on; the first batch is then empty and tells the position of now. */
  readonly after?: Json;
}

/** Changes in the order in which the store made them; empty where nothing new came for about a second. */
export interface ChangeBatch<Native> {
  readonly changes: readonly Change<Native>[];
  /** Where to go on after the last change. Core stores it and never reads it. */
  readonly position: Json;
}

/**
 * What became of one record.
 *
 * - `written`: `record` is what the store held after the change, or after a later one that is still to come.
 * - `deleted`: `record` holds the key at least, and is decoded for that alone.
 */
export interface Change<Native> {
  readonly type: 'written' | 'deleted';
  readonly record: Native;
}
