import type { Json } from '../connector/call-options.js';
import type { EntityName } from '../schema/entity-schema.js';

/**
 * When catching up ends. Milliseconds.
 *
 * - `quiet`: once no entity has changed for so long.
 * - `elapsed`: so long after the copy, whatever happens.
 */
export type CatchUpEnd = { readonly quiet: number } | { readonly elapsed: number };

/** What became of changes. `changes - written - deleted - dead` of them were overtaken by later ones of the same record. */
export interface ChangeLedger {
  readonly changes: number;
  readonly written: number;
  readonly deleted: number;
  readonly dead: number;
}

/** How far the changes of one entity are applied. */
export interface FollowedChanges {
  readonly source: EntityName;
  readonly target: EntityName;
  /** Where the source's connector goes on. */
  readonly position: Json;
  readonly ledger: ChangeLedger;
}

/** What is durably known of a run that catches up: plain JSON. */
export interface CatchUpState {
  readonly schema: 'datamigrato.catch-up-state/1';
  readonly end: CatchUpEnd;
  /** All entities of the plan, or none before the first of them is read. */
  readonly entities: readonly FollowedChanges[];
}

/** Where the state lives. Saving has succeeded only once it would survive a crash. */
export interface CatchUpStore {
  load(): Promise<CatchUpState | undefined>;
  save(state: CatchUpState): Promise<void>;
}

/** What catching up did, over all starts of a run. */
export interface CatchUpReport {
  readonly end: CatchUpEnd;
  /** Whether nothing new came any more when it ended. Where not, the target is behind by what came last. */
  readonly quiet: boolean;
  /** Of this start alone. */
  readonly milliseconds: number;
  readonly entities: readonly Omit<FollowedChanges, 'position'>[];
}

/** Nothing has changed. */
export const noChanges: ChangeLedger = { changes: 0, written: 0, deleted: 0, dead: 0 };
