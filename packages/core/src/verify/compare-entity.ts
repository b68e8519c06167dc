import type { EntityPlan } from '../plan/migration-plan.js';
import { compareCounts, countsDisagree, storeCounts } from './compare-counts.js';
import { addFound, compareKeys, type DifferingKeys } from './compare-keys.js';
import { compareSample } from './compare-sample.js';
import { type EntityFacts, moved, noDifferences, noFacts, totalOf } from './entity-facts.js';
import { type EntitySides, entitySides } from './entity-sides.js';
import { bucketOf } from './fingerprints.js';
import { settleDifferences } from './settle-differences.js';
import { sumBuckets } from './sum-buckets.js';
import type { VerificationProgress } from './verification-progress.js';
import type { DifferenceTally, EntityVerification } from './verification-report.js';
import type { OpenEntity } from './verification-state.js';
import type { Verification, VerificationSettings } from './verify-migration.js';

/** Fewest buckets, and records in one where an entity is not so large that it needs all that are allowed. */
const leastBuckets = 256;
const recordsInBucket = 8;

/** Compares the two sides of one entity as closely as the settings say. */
export async function compareEntity(
  verification: Verification,
  settings: VerificationSettings,
  plan: EntityPlan,
  progress: VerificationProgress,
): Promise<EntityVerification> {
  const { signal, digestKey } = verification;
  const sides = await entitySides(verification, settings, plan);
  if (settings.level === 'counts') return await compareCounts(sides, signal);
  if (settings.level === 'sample') return await compareSample(sides, settings, verification);

  const entity = progress.open(plan, bucketsFor(plan, settings));
  const sums = await compareSums(sides, entity, () => progress.save(), signal);
  if (sums.reason !== undefined) return { ...sums.facts, verdict: 'inconclusive', reason: sums.reason };
  const { facts, differing } = sums;
  if (differing.length === 0) return { ...facts, tally: noDifferences, verdict: 'equal' };
  if (settings.level === 'digests') return { ...facts, verdict: 'different' };

  for await (const found of differingKeys(sides, entity, differing, settings.recordsInMemory, signal)) {
    entity.tally = addFound(entity.tally, found);
    for (const [key, difference] of found) {
      if (entity.found.size >= settings.listed) break;
      entity.found.set(key, difference);
    }
    await progress.save();
  }
  const describing = { sides, entity, digestKey, signal };
  const settling = { runtime: verification.runtime, within: settings.settleWithin };
  const { differences, settled, differedFor } = await settleDifferences(entity.found, describing, settling);
  const outcome = { ...facts, tally: without(entity.tally, settled), settled: settled.size, differences, differedFor };
  if (totalOf(outcome.tally) > 0) return { ...outcome, verdict: 'different' };
  // Every record was seen to agree, be it at its own time. Whoever did not expect a side to move has to know that one did.
  if (settings.settleWithin > 0) return { ...outcome, verdict: 'equal' };
  return { ...outcome, verdict: 'inconclusive', reason: moved };
}

/** What the first reading of both sides found. */
export interface SumComparison {
  readonly facts: EntityFacts;
  /** Buckets that differ. */
  readonly differing: readonly number[];
  /** Why nothing can be claimed, where the stores count other numbers of records than were read. */
  readonly reason: string | undefined;
}

/** Reads both sides, or what an interruption has left of them, and compares the sums of their buckets. */
export async function compareSums(
  sides: EntitySides,
  entity: OpenEntity,
  save: () => Promise<void>,
  signal: AbortSignal,
): Promise<SumComparison> {
  await sumBuckets(sides, entity, save, signal);
  const { unmappable, sums: expected } = entity.expected;
  const { sums: actual } = entity.actual;
  const read = { expected: expected.count, unmappable, actual: actual.count };
  const counted = await storeCounts(sides, signal);
  const differing = expected.differing(actual);
  return {
    facts: { ...noFacts(sides.plan), ...read, counted, compared: read.expected, differingBuckets: differing.length },
    differing,
    reason: countsDisagree(read, counted),
  };
}

/** The keys that differ, in groups of buckets that fit into memory; each group reads both sides again. */
export async function* differingKeys(
  sides: EntitySides,
  entity: OpenEntity,
  differing: readonly number[],
  recordsInMemory: number,
  signal: AbortSignal,
): AsyncGenerator<DifferingKeys, void, undefined> {
  const { buckets } = entity;
  const records = entity.expected.sums.count + entity.actual.sums.count;
  const groupSize = Math.max(1, Math.floor(recordsInMemory / Math.max(1, records / buckets)));
  while (entity.bucketsDone < differing.length) {
    const group = new Set(differing.slice(entity.bucketsDone, entity.bucketsDone + groupSize));
    const { found } = await compareKeys(sides, entity, (key) => group.has(bucketOf(key, buckets)), signal);
    entity.bucketsDone += group.size;
    yield found;
  }
}

/** As many buckets as leave few records in each, within what is allowed. */
export function bucketsFor(plan: EntityPlan, { buckets }: Pick<VerificationSettings, 'buckets'>): number {
  const wanted = 2 ** Math.ceil(Math.log2(Math.max(1, plan.estimate.records / recordsInBucket)));
  return Math.min(buckets, Math.max(leastBuckets, wanted));
}

function without(tally: DifferenceTally, settled: DifferingKeys): DifferenceTally {
  const rest = { ...tally };
  for (const difference of settled.values()) rest[difference] -= 1;
  return rest;
}
