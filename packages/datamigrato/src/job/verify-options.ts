import type { MigrationPlan, VerificationLevel, VerifiedBatch } from '@datamigrato/core';
import type { EndpointReference } from '../connect/endpoint-reference.js';
import type { StartOptions } from './job-options.js';

/** What comparing and repairing take. */
export interface ProofOptions
  extends Pick<StartOptions, 'connectDeadline' | 'deadline' | 'outage' | 'signal' | 'stateFolder'> {
  /** Name of the run whose sides are compared. Default: the one started last. */
  readonly run?: string;
  /** A plan in place of a run, which is not needed then; `from` and `to` have to be given. */
  readonly plan?: MigrationPlan;
  /** The source again. Default: as the run recorded it, with secrets from the environment and the files where they were found. */
  readonly from?: EndpointReference;
  /** The target again. Default: likewise. */
  readonly to?: EndpointReference;
  /** Hears of every batch that was read. It must not throw. */
  readonly onRead?: (batch: VerifiedBatch) => void;
}

/** How two sides are compared. */
export interface VerifyOptions extends ProofOptions {
  /** Default: `records`. */
  readonly level?: VerificationLevel;
  /** With the level `sample`: how many records are compared, about. Default: 10,000. */
  readonly sampleSize?: number;
  /** Differing records that are described; all are counted. Default: 1,000. */
  readonly listed?: number;
  /** For stores that are written to meanwhile: milliseconds for which differing records, as many as are described, are read again before they count as differing. Default: 0. */
  readonly settleWithin?: number;
  /** Begins anew where an earlier comparison of the run was interrupted. Default: false: that one goes on. */
  readonly restart?: boolean;
}

/** How a target is repaired. */
export interface RepairOptions extends ProofOptions {
  /** Whether records that only the target has may be deleted: also those that were there before the migration. Default: false. */
  readonly allowDelete?: boolean;
  /** Whether to find out what would be done, and do nothing. Default: false. */
  readonly dryRun?: boolean;
}
