import type { RecordHash } from '../value/record-digest.js';

/** Words of 32 bits for one bucket: how many records, then their sum, the lowest word last. */
const words = 9;
const wordBytes = 4;

/**
 * Records divided into buckets by their keys: how many each holds, and the sum of their fingerprints modulo 2^256.
 *
 * Two sides have a key in the same bucket whatever their own order and partitions are, so that a bucket with equal sums needs no further look. Memory depends on the number of buckets alone: 36 bytes each.
 */
export class BucketSums {
  readonly buckets: number;
  readonly #words: Uint32Array;

  /** Empty buckets, a power of two of them. */
  constructor(buckets: number) {
    if (!Number.isInteger(Math.log2(buckets))) throw new RangeError('the number of buckets is a power of two');
    this.buckets = buckets;
    this.#words = new Uint32Array(buckets * words);
  }

  /** Counts a record in. */
  add(bucket: number, fingerprint: RecordHash): void {
    const start = bucket * words;
    const sums = this.#words;
    sums[start] = (sums[start] as number) + 1;
    let carry = 0;
    for (let word = words - 1; word > 0; word -= 1) {
      const at = 4 * (word - 1);
      const part =
        ((fingerprint.charCodeAt(at) << 24) |
          (fingerprint.charCodeAt(at + 1) << 16) |
          (fingerprint.charCodeAt(at + 2) << 8) |
          fingerprint.charCodeAt(at + 3)) >>>
        0;
      const sum = (sums[start + word] as number) + part + carry;
      sums[start + word] = sum;
      carry = sum > 0xffffffff ? 1 : 0;
    }
  }

  /** Counts in what other buckets, as many, have counted. */
  merge(other: BucketSums): void {
    this.#requireAsMany(other);
    const [sums, more] = [this.#words, other.#words];
    for (let start = 0; start < sums.length; start += words) {
      if (more[start] === 0) continue;
      sums[start] = (sums[start] as number) + (more[start] as number);
      let carry = 0;
      for (let index = start + words - 1; index > start; index -= 1) {
        const sum = (sums[index] as number) + (more[index] as number) + carry;
        sums[index] = sum;
        carry = sum > 0xffffffff ? 1 : 0;
      }
    }
  }

  /** Records in all buckets. */
  get count(): number {
    let count = 0;
    for (let start = 0; start < this.#words.length; start += words) count += this.#words[start] as number;
    return count;
  }

  /** The buckets in which two sides differ, in order. */
  differing(other: BucketSums): readonly number[] {
    this.#requireAsMany(other);
    const different: number[] = [];
    for (let bucket = 0; bucket < this.buckets; bucket += 1) {
      const end = (bucket + 1) * words;
      let index = bucket * words;
      while (index < end && this.#words[index] === other.#words[index]) index += 1;
      if (index < end) different.push(bucket);
    }
    return different;
  }

  /** All of it as base64 text, the same on every machine. */
  toText(): string {
    const view = new DataView(new ArrayBuffer(this.#words.length * wordBytes));
    for (let index = 0; index < this.#words.length; index += 1)
      view.setUint32(index * wordBytes, this.#words[index] as number);
    return Buffer.from(view.buffer).toString('base64');
  }

  /** What {@link BucketSums.toText} has written, or undefined for any other text. */
  static fromText(text: string, buckets: number): BucketSums | undefined {
    const sums = new BucketSums(buckets);
    const bytes = Buffer.from(text, 'base64');
    if (bytes.length !== sums.#words.length * wordBytes) return undefined;
    for (let index = 0; index < sums.#words.length; index += 1)
      sums.#words[index] = bytes.readUInt32BE(index * wordBytes);
    return sums;
  }

  #requireAsMany(other: BucketSums): void {
    if (this.buckets !== other.buckets) throw new RangeError('the two sides have different buckets');
  }
}
