import type { CheckExtent, EventListener, LimitReport } from '@datamigrato/core';
import type { MigrateOptions } from './job-options.js';

/** What comes before a run. */
export interface BeforeRun {
  /**
   * Tries records against the target's limits before anything is written: all, or a sample. `onLimit` says what happens where some are beyond one.
   * Default: `full` where `onLimit` has a `refuse`, else nothing is tried, and what is beyond a limit becomes a dead letter.
   */
  readonly check?: CheckExtent;
  /** Sees what a check has found, before anything is written; a throw ends the migration. */
  readonly onChecked?: (report: LimitReport) => void | Promise<void>;
}

/** Records tried against the limits of a target, without a migration. */
export interface CheckOptions
  extends Omit<
    MigrateOptions,
    'acceptLoss' | 'catchUp' | 'consent' | 'maximumDeadLetters' | 'maximumRate' | 'stateFolder' | 'verify'
  > {
  /** With `check: 'sample'`: how many records of each entity are tried, about. Default: 10,000. */
  readonly checkedRecords?: number;
  /** Records that are named for each reason; all are counted. Default: 10. */
  readonly listed?: number;
  /** Hears `batch-checked` and `retry-scheduled`. It must not throw. */
  readonly listener?: EventListener;
}
