import type { MappingLock, MappingOptions, MigrationPlan, VerificationLevel, WriteMode } from '@datamigrato/core';
import type { EndpointReference } from '../connect/endpoint-reference.js';
import type { BeforeRun } from './check-options.js';
import type { WriteQuestion } from './write-consent.js';

/** What every start of a run takes: the first one, and each that goes on. */
export interface StartOptions {
  /** Ends the migration as `abort()` does. */
  readonly signal?: AbortSignal;
  /** Where runs leave plan, lock, dead letters and report. Default: `.datamigrato` in the working directory. */
  readonly stateFolder?: string;
  /** Milliseconds in which a store must accept a connection. Default: 10,000. */
  readonly connectDeadline?: number;
  /** Milliseconds in which a store must answer one request. Default: 30,000. */
  readonly deadline?: number;
  /** Milliseconds for which a store may be gone, or answer with nothing but passing errors, before the migration ends. Default: 300,000. */
  readonly outage?: number;
  /** Records that may become dead letters before the migration stops with `DM_TOO_MANY_DEAD_LETTERS`. Default: 100, or 0.1 % of those read where that is more. */
  readonly maximumDeadLetters?: number;
  /** Most records written in a second. Default: as many as the target takes. */
  readonly maximumRate?: number;
  /** Most records read and made durable together. Default: 500. Fewer are slower, and less is done again after a crash. */
  readonly batchRecords?: number;
  /** Sees the plan before anything is written; a throw ends the migration. */
  readonly onPlan?: (plan: MigrationPlan) => void | Promise<void>;
  /**
   * Applies what the source has changed since the copy began, once it is finished: until nothing changes for 5 s, or for so many milliseconds.
   *
   * Sources without a feed of changes are `DM_CHANGES_UNSUPPORTED`; of the stores here, MongoDB as a replica set has one. Of a run that goes on: as it was begun; another end may be given, and a run begun without is `DM_CATCH_UP_LATE`. Default: not at all.
   */
  readonly catchUp?: 'until-quiet' | number;
}

/** What every migration takes, whatever the stores are. */
export interface JobOptions extends MappingOptions, BeforeRun, StartOptions {
  /** What becomes of a record whose key the target already holds. Default: `replace`. */
  readonly writeMode?: WriteMode;
  /** Lock of a migration that went the other way, or the path of its `mapping.lock.json`: brings back kinds, names and keys. */
  readonly lock?: string | MappingLock;
  /** Records looked at to infer a schema where the source declares none. Default: 1,000. */
  readonly sampleSize?: number;
  /** Parts that each entity is cut into, read side by side. Default: one for each 32 MiB that it is believed to have, at least 2 and at most 8. */
  readonly partitions?: number;
  /** Agrees to conversions that lose something. Without it, a plan that has some fails with `DM_LOSS_UNACCEPTED`. Default: false. */
  readonly acceptLoss?: boolean;
  /** Decides whether to write into entities that already hold records. Default: yes, since the call names them. A no is `DM_CONSENT_MISSING`. */
  readonly consent?: (question: WriteQuestion) => boolean | Promise<boolean>;
}

/** One entity to move: its name, or its name in the source and in the target. */
export type EntityChoice = string | { readonly source: string; readonly target?: string };

/** What comes after a run. */
export interface AfterRun {
  /** Compares both sides once the run is finished, so closely; true stands for `records`. The report is the result's `verification`: whoever asks for it has to look at its verdict. Default: false. */
  readonly verify?: boolean | VerificationLevel;
}

/** What every migration between two stores takes. */
export interface PairOptions extends JobOptions, AfterRun {}

/** A migration between any two stores. */
export interface MigrateOptions extends PairOptions {
  readonly from: EndpointReference;
  readonly to: EndpointReference;
  /** What to move. Default: the entity that `from` names, else everything. */
  readonly entities?: readonly EntityChoice[];
}

/** A migration by a plan that was made before. */
export interface RunPlanOptions
  extends AfterRun,
    BeforeRun,
    StartOptions,
    Pick<MappingOptions, 'onLimit'>,
    Pick<JobOptions, 'acceptLoss' | 'consent'> {
  readonly plan: MigrationPlan;
  readonly from: EndpointReference;
  readonly to: EndpointReference;
  /** Begins another run of the plan although one was begun before. Default: false: that one goes on, or is reported where it is finished. */
  readonly restart?: boolean;
}

/** A run that goes on. */
export interface ResumeOptions extends AfterRun, StartOptions {
  /** Name of the run, such as `2026-11-24-k7mw`. Default: the one started last among those that are not finished. */
  readonly run?: string;
  /** The source again. Default: as the run recorded it, with secrets from the environment and the files where they were found. */
  readonly from?: EndpointReference;
  /** The target again. Default: likewise. */
  readonly to?: EndpointReference;
}

/** Dead letters that are written again. */
export interface RetryOptions extends Omit<ResumeOptions, 'catchUp' | 'from' | 'run' | 'verify'> {
  /** Name of the run whose dead letters they are. */
  readonly run: string;
}

/** Which runs to look at. */
export interface StatusOptions extends Pick<JobOptions, 'stateFolder'> {
  /** Name of one run. Default: all. */
  readonly run?: string;
}
