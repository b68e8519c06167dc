import type { CallOptions } from '../connector/call-options.js';
import type { Endpoint } from '../connector/define-connector.js';
import { isDatamigratoError } from '../error/datamigrato-error.js';
import type { Runtime } from '../flow/runtime.js';
import type { EntityPlan, MigrationPlan } from '../plan/migration-plan.js';
import type { DataRecord } from '../record/data-record.js';
import { valueToText } from '../value/text.js';
import { keyHash } from './bucket-digests.js';
import { alreadyCounted, compareBuckets, type DifferingKeys, differingKeys } from './differing-keys.js';
import { fieldDifferences } from './field-differences.js';
import { actualSide, expectedSide, type Side, type SideReading } from './side.js';
import type { EntityVerification, RecordDifference, Verdict, VerificationReport } from './verification-report.js';

/** What a comparison needs. */
export interface Verification {
  readonly plan: MigrationPlan;
  readonly source: Endpoint;
  readonly target: Endpoint;
  readonly runtime: Runtime;
  readonly signal: AbortSignal;
  /** 32 random bytes that key the digests. */
  readonly digestKey: Uint8Array;
  readonly settings?: Partial<VerificationSettings>;
}

/** How a comparison goes about its work. */
export interface VerificationSettings {
  /** Partitions read at the same time on each side. */
  readonly concurrency: number;
  /** Milliseconds for one request to a store. */
  readonly deadline: number;
  /** Milliseconds that a store may be gone. */
  readonly outage: number;
  /** Power of two: more buckets make the second look at differing ones smaller. 65,536 take 18 MiB for both sides. */
  readonly buckets: number;
  /** Fingerprints held at once while differing buckets are looked into. */
  readonly recordsInMemory: number;
  /** Differing records described; all are counted. */
  readonly listed: number;
}

/** The settings where a comparison says nothing. */
export const defaultVerificationSettings: VerificationSettings = {
  concurrency: 4,
  deadline: 30_000,
  outage: 300_000,
  buckets: 65_536,
  recordsInMemory: 200_000,
  listed: 1000,
};

/**
 * Compares what the target holds with what the source's records become under the plan, record by record, by reading both sides anew.
 *
 * Both sides are divided by a hash of their keys into buckets whose fingerprints are summed; buckets that differ are read again and their keys compared; records that differ are read once more and compared field by field.
 * A declared conversion is no difference, since it is part of the mapping. A side that cannot be read whole makes the outcome inconclusive, never equal.
 */
export async function verifyMigration(verification: Verification): Promise<VerificationReport> {
  const { plan } = verification;
  const entities: EntityVerification[] = [];
  for (const entity of plan.entities) entities.push(await verifyEntity(verification, entity));
  const verdicts = entities.map((entity) => entity.verdict);
  const verdict: Verdict = verdicts.includes('inconclusive')
    ? 'inconclusive'
    : verdicts.includes('different')
      ? 'different'
      : 'equal';
  return {
    schema: 'datamigrato.verification/1',
    plan: plan.id,
    source: plan.source,
    target: plan.target,
    verdict,
    entities,
  };
}

async function verifyEntity(verification: Verification, plan: EntityPlan): Promise<EntityVerification> {
  try {
    return await compareEntity(verification, plan);
  } catch (error) {
    if (!isDatamigratoError(error) || error.category === 'internal') throw error;
    const nothing = {
      expected: 0,
      unmappable: 0,
      actual: 0,
      missing: 0,
      extra: 0,
      changed: 0,
      duplicated: 0,
      differences: [],
    };
    return {
      source: plan.source,
      target: plan.target,
      verdict: 'inconclusive',
      ...nothing,
      reason: `${error.code}: ${error.message}`,
    };
  }
}

async function compareEntity(verification: Verification, plan: EntityPlan): Promise<EntityVerification> {
  const settings = { ...defaultVerificationSettings, ...verification.settings };
  const { source, target, runtime, signal, digestKey } = verification;
  const call: CallOptions = { signal, deadline: settings.deadline };
  const reading = (endpoint: Endpoint): SideReading => ({
    plan,
    endpoint,
    runtime,
    call,
    concurrency: settings.concurrency,
    outage: settings.outage,
  });
  const expected = expectedSide(reading(source), target.connector.manifest);
  const actual = await actualSide(reading(target));

  const comparison = await compareBuckets(expected, actual, settings.buckets, digestKey);
  const counts = {
    source: plan.source,
    target: plan.target,
    expected: comparison.expected,
    unmappable: comparison.unmappable,
    actual: comparison.actual,
  };
  const none = { missing: 0, extra: 0, changed: 0, duplicated: 0, differences: [] };
  const shortfall = await cutShort(verification, plan, counts, call);
  if (shortfall !== undefined) return { ...counts, ...none, verdict: 'inconclusive', reason: shortfall };
  if (comparison.buckets.length === 0) return { ...counts, ...none, verdict: 'equal' };
  const tally = { missing: 0, extra: 0, changed: 0, duplicated: 0 };
  const listed = new Map<string, RecordDifference['difference']>();
  for await (const found of differingKeys(expected, actual, comparison, settings)) {
    for (const [key, difference] of found) {
      tally[difference] += 1;
      if (listed.size < settings.listed) listed.set(key, difference);
    }
  }
  const total = tally.missing + tally.extra + tally.changed + tally.duplicated;
  if (total === 0)
    return {
      ...counts,
      ...none,
      verdict: 'inconclusive',
      reason: 'a side moved while it was read: records that differed no longer do',
    };
  return {
    ...counts,
    ...tally,
    verdict: 'different',
    differences: await describeDifferences(expected, actual, listed),
  };
}

/** Why the records that were read cannot have been all, where the stores' own exact counts say so. */
async function cutShort(
  verification: Verification,
  plan: EntityPlan,
  counts: { readonly expected: number; readonly unmappable: number; readonly actual: number },
  call: CallOptions,
): Promise<string | undefined> {
  const sides = [
    { endpoint: verification.source, entity: plan.source, read: counts.expected + counts.unmappable },
    { endpoint: verification.target, entity: plan.target, read: counts.actual },
  ];
  for (const { endpoint, entity, read } of sides) {
    const count = await endpoint.admin()?.countRecords(entity, call);
    if (count?.exact && count.value > read)
      return `${endpoint.description.id} counts ${count.value} records of ${entity}, and ${read} were read`;
  }
  return undefined;
}

async function describeDifferences(
  expected: Side,
  actual: Side,
  found: DifferingKeys,
): Promise<readonly RecordDifference[]> {
  const left = new Map<string, DataRecord>();
  const right = new Map<string, DataRecord>();
  const collect = (into: Map<string, DataRecord>) => (record: DataRecord) => {
    const key = keyHash(record.key);
    if (found.has(key)) into.set(key, record);
  };
  await Promise.all([expected.scan(collect(left), alreadyCounted), actual.scan(collect(right), alreadyCounted)]);
  return [...found].flatMap(([key, difference]) => {
    const one = left.get(key);
    const other = right.get(key);
    const record = one ?? other;
    if (record === undefined) return [];
    const fields = one !== undefined && other !== undefined ? fieldDifferences(one, other) : [];
    return [{ difference, key: valueToText(record.key), fields }];
  });
}
