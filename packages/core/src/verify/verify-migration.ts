import type { Endpoint } from '../connector/define-connector.js';
import { type DatamigratoError, isDatamigratoError } from '../error/datamigrato-error.js';
import type { Runtime } from '../flow/runtime.js';
import type { EntityPlan, MigrationPlan } from '../plan/migration-plan.js';
import { compareEntity } from './compare-entity.js';
import { noFacts } from './entity-facts.js';
import { requirePlannedSides } from './require-planned-sides.js';
import { openVerificationProgress, type VerificationProgress } from './verification-progress.js';
import {
  coverageOf,
  type EntityVerification,
  type Verdict,
  type VerificationLevel,
  type VerificationReport,
} from './verification-report.js';
import type { VerificationStore } from './verification-state.js';

/** What a comparison needs. */
export interface Verification {
  readonly plan: MigrationPlan;
  readonly source: Endpoint;
  readonly target: Endpoint;
  readonly runtime: Runtime;
  /** Ends the comparison: it then rejects with the signal's reason. */
  readonly signal: AbortSignal;
  /** 32 random bytes that key the digests. */
  readonly digestKey: Uint8Array;
  /** Where an interrupted comparison goes on from. Default: nowhere, so that each begins anew. */
  readonly store?: VerificationStore;
  /** Hears of every batch that was read. It must not throw. */
  readonly onRead?: (batch: VerifiedBatch) => void;
  readonly settings?: Partial<VerificationSettings>;
}

/** Records that were read for a comparison. */
export interface VerifiedBatch {
  readonly source: string;
  readonly side: 'source' | 'target';
  readonly records: number;
}

/** How a comparison goes about its work. */
export interface VerificationSettings {
  /** Default: `records`. */
  readonly level: VerificationLevel;
  /** With the level `sample`: how many keys are chosen, about. */
  readonly sampleSize: number;
  /** Partitions read at the same time on each side. */
  readonly concurrency: number;
  /** Milliseconds for one request to a store. */
  readonly deadline: number;
  /** Milliseconds that a store may be gone. */
  readonly outage: number;
  /** Most buckets that records are divided into, a power of two: the more there are, the less is looked at again. Each takes 36 bytes for each side and each partition under way: 21 MiB for 65,536. */
  readonly buckets: number;
  /** Fingerprints held at once while differing buckets are looked into, each some 200 bytes. */
  readonly recordsInMemory: number;
  /** Differing records described; all are counted. */
  readonly listed: number;
  /**
   * For sides that move: milliseconds for which records that differ, as many as are described, are read again and again before they count as differing.
   * Where every record was seen to agree by then, be it each at its own time, the sides are `equal`; with 0 they are not, since something moved that was not expected to.
   */
  readonly settleWithin: number;
}

/** The settings where a comparison says nothing. */
export const defaultVerificationSettings: VerificationSettings = {
  level: 'records',
  sampleSize: 10_000,
  concurrency: 4,
  deadline: 30_000,
  outage: 300_000,
  buckets: 65_536,
  recordsInMemory: 150_000,
  listed: 1000,
  settleWithin: 0,
};

/**
 * Compares what the target holds with what the source's records become under the plan, record by record, by reading both sides anew.
 *
 * Both sides are divided by a hash of their keys into buckets whose fingerprints are summed; buckets that differ are read again and their keys compared; records that differ are read once more and compared field by field.
 * A declared conversion is no difference, since it is part of the mapping. A side that cannot be read whole makes the outcome inconclusive, never equal; so does a store that counts another number of records than were read.
 *
 * @throws DatamigratoError `DM_PLAN_CHANGED`, `DM_VERIFY_OTHER_STORE`, `DM_SAMPLE_TOO_LARGE`, what the store of the state fails with, or the signal's reason.
 */
export async function verifyMigration(verification: Verification): Promise<VerificationReport> {
  const { plan, runtime } = verification;
  const settings = { ...defaultVerificationSettings, ...verification.settings };
  requirePlannedSides(plan, verification.source, verification.target);
  const progress = await openVerificationProgress(verification, settings.level);
  const entities: EntityVerification[] = [];
  let gone: string | undefined;
  for (const entity of plan.entities) {
    const found =
      progress.finished(entity) ??
      (gone === undefined
        ? await verifyEntity(verification, settings, entity, progress)
        : unread(entity, `not read, since ${gone}`));
    entities.push(found);
    // A store that was gone for as long as it may be is not waited for again with each further entity.
    if (found.reason?.startsWith('DM_ENDPOINT_UNAVAILABLE') === true) gone = found.reason;
  }
  const verdict = worst(entities);
  // What an interruption or a failure has left is gone on from; an answer is final.
  if (verdict !== 'inconclusive') await progress.clear();
  return {
    schema: 'datamigrato.verification/1',
    plan: plan.id,
    source: plan.source,
    target: plan.target,
    level: settings.level,
    covers: coverageOf(settings.level),
    startedAt: new Date(progress.startedAt).toISOString(),
    finishedAt: new Date(runtime.wallClock()).toISOString(),
    resumed: progress.resumed,
    verdict,
    entities,
  };
}

async function verifyEntity(
  verification: Verification,
  settings: VerificationSettings,
  plan: EntityPlan,
  progress: VerificationProgress,
): Promise<EntityVerification> {
  try {
    const found = await compareEntity(verification, settings, plan, progress);
    if (found.verdict === 'inconclusive') await progress.forget();
    else await progress.finish(found);
    return found;
  } catch (error) {
    verification.signal.throwIfAborted();
    if (progress.failure !== undefined) throw progress.failure.error;
    if (!meansUnread(error)) throw error;
    return unread(plan, `${error.code}: ${error.message}`);
  }
}

function unread(plan: EntityPlan, reason: string): EntityVerification {
  return { ...noFacts(plan), verdict: 'inconclusive', reason };
}

/** Whether an error is one of a store or its records, which leaves the question open, rather than one of ours or of our caller. */
function meansUnread(error: unknown): error is DatamigratoError {
  return isDatamigratoError(error) && error.category !== 'internal' && error.category !== 'usage';
}

function worst(entities: readonly EntityVerification[]): Verdict {
  const verdicts = entities.map(({ verdict }) => verdict);
  if (verdicts.includes('inconclusive')) return 'inconclusive';
  return verdicts.includes('different') ? 'different' : 'equal';
}
