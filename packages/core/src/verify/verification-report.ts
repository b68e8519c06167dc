import type { PlannedEndpoint } from '../plan/migration-plan.js';
import type { EntityName } from '../schema/entity-schema.js';
import type { FieldDifference } from './field-differences.js';

/**
 * How closely two sides are compared.
 *
 * - `counts`: how many records there are. Says nothing about what is in them.
 * - `digests`: every record, by sums of fingerprints. Says whether all agree, and not which do not.
 * - `records`: every record; those that differ are counted by how they differ and compared field by field.
 * - `sample`: all keys are counted, and so many records, chosen by a secret hash of their keys, are compared as with `records`.
 */
export type VerificationLevel = 'counts' | 'digests' | 'records' | 'sample';

/** What a comparison found: plain JSON without records' contents but the keys of records that differ. */
export interface VerificationReport {
  readonly schema: 'datamigrato.verification/1';
  readonly plan: string;
  readonly source: PlannedEndpoint;
  readonly target: PlannedEndpoint;
  readonly level: VerificationLevel;
  /** What was compared, in a sentence. */
  readonly covers: string;
  /** ISO 8601. Where the comparison went on after an interruption, when it first began. */
  readonly startedAt: string;
  readonly finishedAt: string;
  /** Whether a part of it was read before an interruption. */
  readonly resumed: boolean;
  /**
   * - `equal`: everything that the level covers was read on both sides, and all of it agrees.
   * - `different`: it does not.
   * - `inconclusive`: something kept a side from being read whole; nothing is claimed.
   */
  readonly verdict: Verdict;
  readonly entities: readonly EntityVerification[];
}

/** The outcome of a comparison. */
export type Verdict = 'equal' | 'different' | 'inconclusive';

/** Records that differ, by how they do. */
export interface DifferenceTally {
  readonly missing: number;
  readonly extra: number;
  readonly changed: number;
  readonly duplicated: number;
}

/** What a comparison found in one entity. */
export interface EntityVerification {
  readonly source: EntityName;
  readonly target: EntityName;
  readonly verdict: Verdict;
  /** Records of the source that have a place in the target; with the level `counts` all of its records. */
  readonly expected: number;
  /** Records of the source that cannot be mapped, and so are dead letters. */
  readonly unmappable: number;
  /** Records of the target. */
  readonly actual: number;
  /** What the stores themselves count, which agrees with what was read; null where a store has no exact number in time. */
  readonly counted: { readonly source: number | null; readonly target: number | null };
  /** Records whose contents were compared. */
  readonly compared: number;
  /** Null where the level does not tell. */
  readonly tally: DifferenceTally | null;
  /** Buckets of records that differ, each by one record at least; null where the level does not tell. */
  readonly differingBuckets: number | null;
  /** Records that differed when they were read first and agreed when they were read again, since a side moved. They are in no tally. */
  readonly settled: number;
  /** Milliseconds for which the differences listed were seen to remain; 0 where there are none. */
  readonly differedFor: number;
  /** What the sample proves; null where everything was compared. */
  readonly sample: SampleProof | null;
  /** The first of the differences, at most as many as asked for. */
  readonly differences: readonly RecordDifference[];
  /** Why nothing is claimed, where that is so. */
  readonly reason?: string;
}

/** What a sample without, or with, differences says about all records. */
export interface SampleProof {
  /** Records of both sides together with a key that was chosen. */
  readonly records: number;
  /** How sure the bound is. */
  readonly confidence: number;
  /** Largest share of differing records, from 0 to 1, that the sample leaves possible; null where it has differences itself. */
  readonly differingShareBelow: number | null;
}

/** How one record differs. */
export interface RecordDifference {
  readonly difference: keyof DifferenceTally;
  /** Stands for the key where that is not to be shown: 16 hexadecimal digits, the same in every comparison of one run. */
  readonly keyHash: string;
  /** Canonical text of the target's key. As confidential as the records. */
  readonly key: string;
  /** Where the two records differ; empty for a record that only one side has, null where the records were too large to be kept for comparing. */
  readonly fields: readonly FieldDifference[] | null;
}

/** What a level compares, in a sentence. */
export function coverageOf(level: VerificationLevel): string {
  switch (level) {
    case 'counts':
      return 'the numbers of records on both sides; nothing that is in them';
    case 'digests':
      return 'every record of both sides, by sums of SHA-256 fingerprints; not which of them differ';
    case 'records':
      return 'every record of both sides; those that differ field by field';
    case 'sample':
      return 'the numbers of records on both sides, and the contents of a random sample of them';
  }
}
