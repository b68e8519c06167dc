import type { EntityPlan } from '../plan/migration-plan.js';
import type { DifferenceTally, EntityVerification } from './verification-report.js';

/** Everything about an entity but what follows from it. */
export type EntityFacts = Omit<EntityVerification, 'verdict' | 'reason'>;

/** The facts of an entity of which nothing is known yet. */
export function noFacts({ source, target }: Pick<EntityPlan, 'source' | 'target'>): EntityFacts {
  return {
    source,
    target,
    expected: 0,
    unmappable: 0,
    actual: 0,
    counted: { source: null, target: null },
    compared: 0,
    tally: null,
    differingBuckets: null,
    settled: 0,
    differedFor: 0,
    sample: null,
    differences: [],
  };
}

/** A tally of nothing. */
export const noDifferences: DifferenceTally = { missing: 0, extra: 0, changed: 0, duplicated: 0 };

/** Records that differ, however they do. */
export function totalOf({ missing, extra, changed, duplicated }: DifferenceTally): number {
  return missing + extra + changed + duplicated;
}

/** Why records that differed and no longer do leave the question open. */
export const moved = 'a side moved while it was read: records that differed no longer do';
