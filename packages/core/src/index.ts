// Values

export * from './value/binary.js';
export * from './value/bytes.js';
export * from './value/collection.js';
export * from './value/convert.js';
export type { DigestState } from './value/digest-sum.js';
export * from './value/equality.js';
export * from './value/identifier.js';
export * from './value/key-text.js';
export * from './value/kind.js';
export * from './value/location.js';
export * from './value/number.js';
export type { Numeric } from './value/numeric-order.js';
export { compareStrings, compareValues, numericOf } from './value/order.js';
export * from './value/record-digest.js';
export { restoreValue } from './value/restore.js';
export * from './value/special.js';
export * from './value/tag.js';
export * from './value/temporal.js';
export * from './value/text.js';
export * from './value/value.js';
export * from './value/value-errors.js';

// Records and schemas

export * from './record/data-record.js';
export * from './schema/entity-schema.js';
export * from './schema/infer.js';
export * from './schema/merge.js';
export * from './schema/widen.js';

// The contract that connector authors implement

export * from './connector/admin.js';
export * from './connector/call-options.js';
export * from './connector/change-feed.js';
export * from './connector/connector-definition.js';
export * from './connector/define-connector.js';
export * from './connector/manifest.js';
export * from './connector/record-codec.js';
export * from './connector/source.js';
export * from './connector/source-filter.js';
export * from './connector/target.js';

// Credentials: how connectors read and hold them

export * from './credential/secret.js';
export * from './credential/small-file.js';

// Mapping, locks and plans

export * from './mapping/field-condition.js';
export { conditionsHold, type RecordFilter } from './mapping/filter-record.js';
export * from './mapping/limit-choices.js';
export * from './mapping/lock.js';
export * from './mapping/mapping-options.js';
export * from './mapping/mapping-plan.js';
export * from './plan/loss-ledger.js';
export * from './plan/migration-plan.js';
export * from './plan/plan-id.js';
export * from './plan/plan-migration.js';

// Limits, before a run

export * from './preflight/check-limits.js';
export * from './preflight/limit-report.js';
export * from './preflight/require-within-limits.js';

// Running a plan

export * from './checkpoint/checkpoint.js';
export * from './checkpoint/dead-letter.js';
export * from './event/migration-event.js';
export * from './pipeline/dead-letter-limit.js';
export * from './pipeline/migration-report.js';
export * from './pipeline/run-migration.js';
export * from './pipeline/save-checkpoint.js';

// Changes of the source, after a run

export * from './catch-up/catch-up.js';
export * from './catch-up/catch-up-state.js';

// Proof

export * from './verify/field-differences.js';
export * from './verify/repair-migration.js';
export * from './verify/verification-report.js';
export type { OpenEntityState, VerificationState, VerificationStore } from './verify/verification-state.js';
export * from './verify/verify-migration.js';

// Records without a migration

export * from './records/record-store.js';

// Flow: time, retry, pace and bounds

export { askedAhead } from './flow/abandoned.js';
export * from './flow/byte-budget.js';
export type { Turn } from './flow/circuit.js';
export * from './flow/concurrently.js';
export * from './flow/deadline.js';
export * from './flow/pacer.js';
export * from './flow/retry.js';
export * from './flow/retry-budget.js';
export * from './flow/runtime.js';
export * from './flow/token-bucket.js';

// Errors

export * from './error/catalogue.js';
export * from './error/datamigrato-error.js';
export * from './error/record-exists.js';
export * from './error/redacted-cause.js';
