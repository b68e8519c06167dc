// Migrations

export { Datamigrato, type DatamigratoOptions, type PopulateOptions } from './datamigrato.js';
export type { AbortOptions, Migration, MigrationResult } from './migration.js';
export type { PopulateSource } from './populate/populate-source.js';
export type { SecretListener } from './secret/redactor.js';

// What calls take and give

export type { CheckResult } from './job/check-job.js';
export type { BeforeRun, CheckOptions } from './job/check-options.js';
export type {
  AfterRun,
  EntityChoice,
  JobOptions,
  MigrateOptions,
  PairOptions,
  ResumeOptions,
  RetryOptions,
  RunPlanOptions,
  StartOptions,
  StatusOptions,
} from './job/job-options.js';
export type { RepairResult } from './job/repair-job.js';
export type { VerificationResult } from './job/verify-job.js';
export type { ProofOptions, RepairOptions, VerifyOptions } from './job/verify-options.js';
export type { OccupiedEntity, WriteQuestion } from './job/write-consent.js';

// Stores

export type { EndpointOptions, EndpointReference } from './connect/endpoint-reference.js';
export type { StoreTemplate } from './connect/store-record.js';
export type { CassandraOptions, FirebaseRealtimeOptions, FirestoreOptions, MongoOptions } from './store-options.js';

// Runs that were begun

export type { KnownRun, RunSummary, UntrustedRun } from './state/list-runs.js';

// Errors of this package, explained

export { errorCatalogue } from './error/catalogue.js';

// What core calls things by

export {
  DatamigratoError,
  type ErrorCategory,
  type ErrorCode,
  type FieldCondition,
  isDatamigratoError,
  type Ledger,
  type LimitChoices,
  type LimitReport,
  type MappingLock,
  type MappingOptions,
  type MigrationEvent,
  type MigrationPlan,
  type MigrationReport,
  type VerificationLevel,
  type VerificationReport,
} from '@datamigrato/core';
