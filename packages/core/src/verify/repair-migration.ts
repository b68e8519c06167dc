import type { CallOptions } from '../connector/call-options.js';
import type { Endpoint } from '../connector/define-connector.js';
import { DatamigratoError } from '../error/datamigrato-error.js';
import { createRetryBudget } from '../flow/retry-budget.js';
import { encodeRecords } from '../pipeline/encode-records.js';
import type { Rejection } from '../pipeline/rejection.js';
import { sizeBatches } from '../pipeline/size-batches.js';
import { writeBatch } from '../pipeline/write-batch.js';
import { checkPlan } from '../plan/check-plan.js';
import type { EntityPlan } from '../plan/migration-plan.js';
import type { DataRecord, RecordKey } from '../record/data-record.js';
import { keyHash } from './bucket-digests.js';
import { alreadyCounted, compareBuckets, type DifferingKeys, differingKeys } from './differing-keys.js';
import { actualSide, expectedSide, type Side, type SideReading } from './side.js';
import type { VerificationReport } from './verification-report.js';
import { defaultVerificationSettings, type Verification, verifyMigration } from './verify-migration.js';

/** What a repair needs: what a comparison needs, and whether it may delete. */
export interface Repair extends Verification {
  /** Whether records that only the target has may be deleted. */
  readonly allowDelete: boolean;
}

/** What a repair did, and what a comparison found afterwards. */
export interface RepairReport {
  readonly schema: 'datamigrato.repair/1';
  readonly plan: string;
  /** Records written anew because they were missing, changed or duplicated. */
  readonly written: number;
  readonly deleted: number;
  /** Records that only the target has and that were left there. */
  readonly kept: number;
  /** Records that the target refused. */
  readonly refused: number;
  /** The comparison after the repair. Only its verdict says whether the repair worked: a write that the target acknowledges and does not show is a difference there. */
  readonly verification: VerificationReport;
}

/**
 * Makes the target hold what the source's records become under the plan, by writing anew the records that differ, and compares again.
 *
 * @throws DatamigratoError `DM_PLAN_STALE` and whatever the stores fail with for good.
 */
export async function repairMigration(repair: Repair): Promise<RepairReport> {
  const settings = { ...defaultVerificationSettings, ...repair.settings };
  const call: CallOptions = { signal: repair.signal, deadline: settings.deadline };
  await checkPlan(repair.plan, repair.source, repair.target, call);
  const done = { written: 0, deleted: 0, kept: 0, refused: 0 };
  for (const plan of repair.plan.entities) {
    const reading = (endpoint: Endpoint): SideReading => ({
      plan,
      endpoint,
      runtime: repair.runtime,
      call,
      concurrency: settings.concurrency,
      outage: settings.outage,
    });
    const expected = expectedSide(reading(repair.source), repair.target.connector.manifest);
    const actual = await actualSide(reading(repair.target));
    const comparison = await compareBuckets(expected, actual, settings.buckets, repair.digestKey);
    for await (const found of differingKeys(expected, actual, comparison, settings)) {
      const rewritten = await rewrite(repair, plan, expected, found, settings, call);
      done.written += rewritten.written;
      done.refused += rewritten.refused;
      const removed = await remove(repair, plan, actual, found, call);
      done.deleted += removed.deleted;
      done.kept += removed.kept;
    }
  }
  return { schema: 'datamigrato.repair/1', plan: repair.plan.id, ...done, verification: await verifyMigration(repair) };
}

async function rewrite(
  repair: Repair,
  plan: EntityPlan,
  expected: Side,
  found: DifferingKeys,
  settings: { readonly deadline: number; readonly outage: number },
  call: CallOptions,
): Promise<{ readonly written: number; readonly refused: number }> {
  const { manifest, codec } = repair.target.connector;
  const records: DataRecord[] = [];
  await expected.scan((record) => {
    const difference = found.get(keyHash(record.key));
    if (difference !== undefined && difference !== 'extra') records.push(record);
  }, alreadyCounted);
  const rejected: Rejection[] = [];
  // What is there already has to give way, cells that the record lacks included.
  const encoder = codec.createEncoder({ ...plan.targetSchema, clearsMissing: true });
  const encoded = encodeRecords({ sources: records, targets: records }, encoder, rejected);
  const budget = createRetryBudget({ runtime: repair.runtime, outage: settings.outage });
  let refused = rejected.length;
  for (const range of sizeBatches(encoded.sizes, manifest.limits)) {
    const outcome = await writeBatch(encoded.natives.slice(range.start, range.end), {
      target: repair.target.target(),
      entity: plan.target,
      mode: 'replace',
      deadline: call.deadline,
      signal: call.signal,
      runtime: repair.runtime,
      where: repair.target.description.id,
      idempotent: manifest.idempotentWrites,
      budget,
    });
    refused += outcome.rejected.size;
  }
  return { written: records.length - refused, refused };
}

async function remove(
  repair: Repair,
  plan: EntityPlan,
  actual: Side,
  found: DifferingKeys,
  call: CallOptions,
): Promise<{ readonly deleted: number; readonly kept: number }> {
  const extra = [...found.values()].filter((difference) => difference === 'extra').length;
  if (extra === 0) return { deleted: 0, kept: 0 };
  if (!repair.allowDelete) return { deleted: 0, kept: extra };
  const admin = repair.target.admin();
  if (admin === undefined) {
    throw new DatamigratoError({
      code: 'DM_ROLE_MISSING',
      category: 'usage',
      message: `The connector ${repair.target.connector.id} cannot delete records`,
      nextStep: 'repair without deleting, and remove the extra records with the store’s own tools',
    });
  }
  const keys: RecordKey[] = [];
  await actual.scan((record) => {
    if (found.get(keyHash(record.key)) === 'extra') keys.push(record.key);
  }, alreadyCounted);
  let refused = 0;
  for (let start = 0; start < keys.length; start += 1000) {
    const result = await admin.deleteRecords(plan.targetSchema, keys.slice(start, start + 1000), call);
    refused += result.failures.length;
  }
  return { deleted: keys.length - refused, kept: refused };
}
