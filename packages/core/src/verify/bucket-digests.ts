import { hash } from 'node:crypto';
import type { DataRecord, RecordKey } from '../record/data-record.js';
import { canonicalBytes } from '../value/bytes.js';
import { createRecordDigest, type RecordDigest, type RecordHash } from '../value/record-digest.js';

/** Limbs of 16 bits in a fingerprint of 256 bits. */
const limbs = 16;

/**
 * The records of one side of a comparison, divided by a hash of their keys into buckets, each with the sum of its records' fingerprints.
 *
 * The two sides hold a key in the same bucket whatever their own order and partitions are, so a bucket whose sums agree needs no further look. Memory depends on the number of buckets alone.
 */
export interface BucketDigests {
  add(record: DataRecord): void;
  /** Records added. */
  readonly count: number;
  /** The buckets in which two sides differ, in order. */
  differing(other: BucketDigests): readonly number[];
  /** The bucket of a key. */
  bucketOf(key: RecordKey): number;
  /** The fingerprint of a record: equal for equal records, and for no others. */
  fingerprint(record: DataRecord): RecordHash;
}

/** Empty buckets, a power of two of them; both sides need the same number and the same secret key. */
export function createBucketDigests(buckets: number, secretKey: Uint8Array): BucketDigests {
  return new KeyedBuckets(buckets, secretKey);
}

/** Where a key is found again on both sides: the first bits of a hash of its canonical bytes. */
export function keyHash(key: RecordKey): string {
  return hash('sha256', canonicalBytes(key), 'hex').slice(0, 32);
}

class KeyedBuckets implements BucketDigests {
  count = 0;
  readonly #counts: Float64Array;
  readonly #sums: Float64Array;
  readonly #mask: number;
  readonly #digest: RecordDigest;

  constructor(buckets: number, secretKey: Uint8Array) {
    if (!Number.isInteger(Math.log2(buckets))) throw new RangeError('the number of buckets is a power of two');
    this.#counts = new Float64Array(buckets);
    this.#sums = new Float64Array(buckets * limbs);
    this.#mask = buckets - 1;
    this.#digest = createRecordDigest(secretKey);
  }

  bucketOf(key: RecordKey): number {
    return Number.parseInt(keyHash(key).slice(0, 8), 16) & this.#mask;
  }

  fingerprint(record: DataRecord): RecordHash {
    return this.#digest.hash(record);
  }

  add(record: DataRecord): void {
    const bucket = this.bucketOf(record.key);
    const bytes = this.fingerprint(record);
    const start = bucket * limbs;
    // Limbs are summed without carrying: equal bags give equal limbs, and a limb has room for 2^37 records.
    for (let limb = 0; limb < limbs; limb += 1) {
      const index = start + limb;
      this.#sums[index] =
        (this.#sums[index] as number) + (bytes.charCodeAt(2 * limb) << 8) + bytes.charCodeAt(2 * limb + 1);
    }
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1;
    this.count += 1;
  }

  differing(other: BucketDigests): readonly number[] {
    if (!(other instanceof KeyedBuckets) || other.#mask !== this.#mask)
      throw new RangeError('the two sides have different buckets');
    const different: number[] = [];
    for (let bucket = 0; bucket <= this.#mask; bucket += 1) {
      if (this.#counts[bucket] !== other.#counts[bucket] || !this.#sameSums(other, bucket)) different.push(bucket);
    }
    return different;
  }

  #sameSums(other: KeyedBuckets, bucket: number): boolean {
    for (let index = bucket * limbs; index < (bucket + 1) * limbs; index += 1) {
      if (this.#sums[index] !== other.#sums[index]) return false;
    }
    return true;
  }
}
