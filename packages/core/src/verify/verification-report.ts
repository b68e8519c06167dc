import type { PlannedEndpoint } from '../plan/migration-plan.js';
import type { EntityName } from '../schema/entity-schema.js';
import type { FieldDifference } from './field-differences.js';

/** What a comparison found: plain JSON without records' contents. */
export interface VerificationReport {
  readonly schema: 'datamigrato.verification/1';
  readonly plan: string;
  readonly source: PlannedEndpoint;
  readonly target: PlannedEndpoint;
  /**
   * - `equal`: every record was read on both sides and all agree.
   * - `different`: they do not.
   * - `inconclusive`: something kept a side from being read whole; nothing is claimed.
   */
  readonly verdict: Verdict;
  readonly entities: readonly EntityVerification[];
}

/** The outcome of a comparison. */
export type Verdict = 'equal' | 'different' | 'inconclusive';

/** What a comparison found in one entity. */
export interface EntityVerification {
  readonly source: EntityName;
  readonly target: EntityName;
  readonly verdict: Verdict;
  /** Records of the source that have a place in the target. */
  readonly expected: number;
  /** Records of the source that cannot be mapped, and so are dead letters. */
  readonly unmappable: number;
  /** Records of the target. */
  readonly actual: number;
  readonly missing: number;
  readonly extra: number;
  readonly changed: number;
  readonly duplicated: number;
  /** The first of the differences, at most as many as asked for. */
  readonly differences: readonly RecordDifference[];
  /** Why nothing is claimed, where that is so. */
  readonly reason?: string;
}

/** How one record differs. */
export interface RecordDifference {
  readonly difference: 'missing' | 'extra' | 'changed' | 'duplicated';
  /** Canonical text of the target's key. */
  readonly key: string;
  readonly fields: readonly FieldDifference[];
}
