import type { Ledger } from '../checkpoint/checkpoint.js';
import type { Guarantee, PlannedEndpoint } from '../plan/migration-plan.js';
import type { EntityName } from '../schema/entity-schema.js';
import type { DigestState } from '../value/digest-sum.js';

/** What a migration did: plain JSON without secrets and without records' contents. */
export interface MigrationReport {
  readonly schema: 'datamigrato.report/1';
  readonly plan: string;
  readonly source: PlannedEndpoint;
  readonly target: PlannedEndpoint;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly status: 'finished' | 'finished-with-dead-letters';
  readonly entities: readonly EntityReport[];
  readonly ledger: Ledger;
  /** Those of the plan, and {@link movingSourceNotice} where it applies. */
  readonly notices: readonly string[];
}

/** What a copy is worth whose source may have been written to meanwhile and does not hold still for a reader. */
export const movingSourceNotice =
  'records that nobody touched during the copy are exact; those that were written meanwhile are as they were before or after, and what was inserted or deleted meanwhile may be missed';

/** What happened to one entity. */
export interface EntityReport {
  readonly source: EntityName;
  readonly target: EntityName;
  readonly ledger: Ledger;
  /** Bytes read from the source, roughly. */
  readonly bytes: number;
  readonly partitions: number;
  readonly finished: boolean;
  readonly milliseconds: number;
  /** Digest of the records that the target acknowledged. */
  readonly digest: DigestState;
  readonly guarantee: Guarantee;
}
