import type { WriteMode } from '../connector/call-options.js';
import type { Fidelity } from '../connector/manifest.js';
import type { LockedEntity, MappingPlan } from '../mapping/mapping-plan.js';
import type { EntityName, EntitySchema } from '../schema/entity-schema.js';
import type { ValueKind } from '../value/kind.js';

/** What a migration will do, worked out before any byte is written: plain JSON without secrets, printable, the same for the same stores and options. */
export interface MigrationPlan {
  readonly schema: 'datamigrato.plan/1';
  /** SHA-256 of everything else in the plan, in hexadecimal. */
  readonly id: string;
  readonly source: PlannedEndpoint;
  readonly target: PlannedEndpoint;
  readonly writeMode: WriteMode;
  readonly entities: readonly EntityPlan[];
  /** Entities of the source that are left out, with the reason. */
  readonly excluded: readonly { readonly entity: EntityName; readonly reason: string }[];
  readonly notices: readonly string[];
}

/** One side of a plan. */
export interface PlannedEndpoint {
  readonly connector: string;
  readonly version: string;
  /** Redacted identification, as `EndpointDescription.id`. */
  readonly endpoint: string;
}

/** What will happen to one entity. */
export interface EntityPlan {
  readonly source: EntityName;
  readonly target: EntityName;
  readonly sourceSchema: EntitySchema;
  readonly targetSchema: EntitySchema;
  readonly mapping: MappingPlan;
  /** The lock that brings back an earlier migration's kinds before anything is mapped, or null. */
  readonly restore: LockedEntity | null;
  readonly estimate: Estimate;
  /** How many partitions are asked for. */
  readonly partitions: number;
  /** Whether the target has the entity already. */
  readonly targetExists: boolean;
  /** Statements that will be run to make the target ready. */
  readonly statements: readonly string[];
  /** Why the target cannot take the records; a plan with conflicts does not run. */
  readonly conflicts: readonly string[];
  /** State of the target when the plan was made; a run refuses where it differs in a way that matters. */
  readonly targetFingerprint: string;
  readonly losses: readonly LossEntry[];
  readonly guarantee: Guarantee;
  readonly notices: readonly string[];
}

/** How much there is to move. */
export interface Estimate {
  readonly records: number;
  readonly exact: boolean;
  readonly bytes: number;
}

/**
 * What a run promises for each record.
 *
 * - `effectively-once`: writing by key is idempotent, so a repeated write changes nothing.
 * - `at-least-once`: a repeated write may leave a second trace.
 */
export type Guarantee = 'effectively-once' | 'at-least-once';

/** One line of the loss ledger: what becomes of one kind at one path. */
export interface LossEntry {
  /** Names from the record's root, array elements as `[]`, key parts as `key`. */
  readonly path: readonly string[];
  readonly sourceKind: ValueKind;
  /** What stands in the target, in the target's words where it has a type of its own. */
  readonly targetKind: string;
  /** Times seen in the sample; null where the schema is declared and no record was looked at. */
  readonly count: number | null;
  readonly fidelity: Fidelity;
  /** What is done, in a few words. */
  readonly action: string;
  /** Whether a lock file brings the value back exactly. */
  readonly restorable: boolean;
  /** One value as it may be shown. */
  readonly example?: string;
}
