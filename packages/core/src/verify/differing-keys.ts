import type { DataRecord } from '../record/data-record.js';
import { type BucketDigests, createBucketDigests, keyHash } from './bucket-digests.js';
import type { Side } from './side.js';
import type { RecordDifference } from './verification-report.js';

/** How a record differs, by the hash of its key. */
export type DifferingKeys = ReadonlyMap<string, RecordDifference['difference']>;

/** What a first reading of both sides found. */
export interface BucketComparison {
  readonly expected: number;
  readonly actual: number;
  /** Records of the source that cannot be mapped. */
  readonly unmappable: number;
  readonly digests: BucketDigests;
  /** Buckets that differ. */
  readonly buckets: readonly number[];
}

/** Reads both sides once and compares the sums of their buckets. */
export async function compareBuckets(
  expected: Side,
  actual: Side,
  buckets: number,
  digestKey: Uint8Array,
): Promise<BucketComparison> {
  const left = createBucketDigests(buckets, digestKey);
  const right = createBucketDigests(buckets, digestKey);
  let unmappable = 0;
  const count = (): void => {
    unmappable += 1;
  };
  await Promise.all([
    expected.scan((record) => left.add(record), count),
    actual.scan((record) => right.add(record), alreadyCounted),
  ]);
  return { expected: left.count, actual: right.count, unmappable, digests: left, buckets: left.differing(right) };
}

/**
 * The keys that differ, in groups: each group reads both sides again and holds fingerprints of its own buckets alone, about `recordsInMemory` of them.
 */
export async function* differingKeys(
  expected: Side,
  actual: Side,
  comparison: BucketComparison,
  settings: { readonly buckets: number; readonly recordsInMemory: number },
): AsyncGenerator<DifferingKeys, void, undefined> {
  const { digests, buckets } = comparison;
  const perBucket = Math.max(1, (comparison.expected + comparison.actual) / settings.buckets);
  const groupSize = Math.max(1, Math.floor(settings.recordsInMemory / perBucket));
  for (let start = 0; start < buckets.length; start += groupSize) {
    const group = new Set(buckets.slice(start, start + groupSize));
    const left = new Map<string, readonly string[]>();
    const right = new Map<string, readonly string[]>();
    const collect = (into: Map<string, readonly string[]>) => (record: DataRecord) => {
      if (!group.has(digests.bucketOf(record.key))) return;
      const key = keyHash(record.key);
      into.set(key, [...(into.get(key) ?? []), digests.fingerprint(record)]);
    };
    await Promise.all([expected.scan(collect(left), alreadyCounted), actual.scan(collect(right), alreadyCounted)]);
    const found = new Map<string, RecordDifference['difference']>();
    for (const key of new Set([...left.keys(), ...right.keys()])) {
      const difference = differenceOf(left.get(key) ?? [], right.get(key) ?? []);
      if (difference !== undefined) found.set(key, difference);
    }
    yield found;
  }
}

function differenceOf(
  expected: readonly string[],
  actual: readonly string[],
): RecordDifference['difference'] | undefined {
  if (actual.length === 0) return 'missing';
  if (expected.length === 0) return 'extra';
  if (actual.length > expected.length) return 'duplicated';
  return actual.every((fingerprint) => expected.includes(fingerprint)) ? undefined : 'changed';
}

/** Unmappable records are counted in the first reading alone, and a target has none. */
export function alreadyCounted(): void {}
