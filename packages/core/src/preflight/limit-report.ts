import type { Stage } from '../checkpoint/dead-letter.js';
import type { LimitName } from '../mapping/limit-choices.js';
import type { PlannedEndpoint } from '../plan/migration-plan.js';
import type { EntityName } from '../schema/entity-schema.js';

/** Which records of a plan's source the target would not take: plain JSON without secrets. Keys are contents of records. */
export interface LimitReport {
  readonly schema: 'datamigrato.limits/1';
  readonly plan: string;
  readonly source: PlannedEndpoint;
  readonly target: PlannedEndpoint;
  readonly extent: CheckExtent;
  /** Records looked at. */
  readonly checked: number;
  /** Records of these that are beyond something. */
  readonly beyond: number;
  readonly entities: readonly EntityLimits[];
}

/** How much is looked at: every record, or the first ones of each partition. */
export type CheckExtent = 'full' | 'sample';

/** What was found in one entity. */
export interface EntityLimits {
  readonly source: EntityName;
  readonly target: EntityName;
  readonly checked: number;
  /** Records that are beyond something; one may be in several findings. */
  readonly beyond: number;
  /** Whether every record was looked at. */
  readonly complete: boolean;
  /** By limit, then by code. */
  readonly findings: readonly LimitFinding[];
}

/** Records beyond one limit, for one reason. */
export interface LimitFinding {
  readonly limit: LimitName;
  /** The code that their dead letters would have; null where core measured them, roughly, and the store itself will decide. */
  readonly code: string | null;
  readonly stage: Stage;
  readonly records: number;
  /** What the target allows: bytes, or levels; null where that is no number. */
  readonly allowed: number | null;
  /** The largest size that was met; null where there is none. */
  readonly largest: number | null;
  /** Why, of the first record. Holds no contents. */
  readonly message: string;
  /** The first records that are concerned, as many as were asked for. */
  readonly offenders: readonly LimitOffender[];
}

/** One record that is beyond a limit. */
export interface LimitOffender {
  /** Its key in the source as canonical text, or what the connector can tell of it; cut, with `…` at its end where something is missing. */
  readonly key: string;
  /** Bytes or levels, exact where the connector counted them; null where there is no such number. */
  readonly size: number | null;
}
