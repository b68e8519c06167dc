import { createHmac } from 'node:crypto';
import type { DataRecord, RecordKey } from '../record/data-record.js';
import { canonicalBytes } from '../value/bytes.js';
import { valueToText } from '../value/text.js';
import type { DifferingKeys } from './compare-keys.js';
import type { EntitySides } from './entity-sides.js';
import { fieldDifferences } from './field-differences.js';
import { onBothSides, type PartitionVisitor } from './side.js';
import type { RecordDifference } from './verification-report.js';
import type { OpenEntity } from './verification-state.js';

/** Bytes of records that wait for their counterpart on the other side, in canonical form, at most. */
const heldBytes = 8 * 1024 * 1024;

/** What reading differing records once more found. */
export interface DescribedDifferences {
  readonly differences: readonly RecordDifference[];
  /** Those that still differ, as they did before. */
  readonly remaining: DifferingKeys;
  /** Those that agree by now, by how they differed before. */
  readonly settled: DifferingKeys;
}

/** What describing needs. */
export interface Describing {
  readonly sides: EntitySides;
  readonly entity: OpenEntity;
  readonly digestKey: Uint8Array;
  readonly signal: AbortSignal;
}

/** Third reading: both sides once more, for where the records differ whose keys were found. */
export async function describeDifferences(found: DifferingKeys, describing: Describing): Promise<DescribedDifferences> {
  const { sides, entity, signal } = describing;
  const { fingerprints } = sides;
  const pairs = new Pairs(found, describing);
  const visitor = (side: 'expected' | 'actual'): PartitionVisitor => ({
    record(record) {
      const key = fingerprints.ofKey(record.key);
      if (found.has(key)) pairs.take(side, key, record);
    },
  });
  await onBothSides(signal, [
    (either) => sides.expected.scan(entity.expected.partitions ?? [], () => visitor('expected'), either),
    (either) => sides.actual.scan(entity.actual.partitions ?? [], () => visitor('actual'), either),
  ]);
  return pairs.result();
}

/** A hash that stands for a key where the key itself is not to be seen. */
function keyHashOf(key: RecordKey, digestKey: Uint8Array): string {
  return createHmac('sha256', digestKey).update(canonicalBytes(key)).digest('hex').slice(0, 16);
}

interface Pair {
  readonly key: RecordKey;
  expected: number;
  actual: number;
  /** The record whose counterpart has not come yet; undefined where both have, or where it is too large to wait. */
  waiting: { readonly side: 'expected' | 'actual'; readonly record: DataRecord; readonly bytes: number } | undefined;
  fields: RecordDifference['fields'];
  agrees: boolean;
}

class Pairs {
  readonly #found: DifferingKeys;
  readonly #describing: Describing;
  readonly #pairs = new Map<string, Pair>();
  #held = 0;

  constructor(found: DifferingKeys, describing: Describing) {
    this.#found = found;
    this.#describing = describing;
  }

  take(side: 'expected' | 'actual', fingerprint: string, record: DataRecord): void {
    const pair = this.#pairs.get(fingerprint);
    if (pair === undefined) {
      const bytes = canonicalBytes(record.fields).length;
      const waits = this.#held + bytes <= heldBytes;
      if (waits) this.#held += bytes;
      this.#pairs.set(fingerprint, {
        key: record.key,
        expected: side === 'expected' ? 1 : 0,
        actual: side === 'actual' ? 1 : 0,
        waiting: waits ? { side, record, bytes } : undefined,
        fields: [],
        agrees: false,
      });
      return;
    }
    pair[side] += 1;
    if (pair.expected !== 1 || pair.actual !== 1) {
      pair.agrees = false;
      return;
    }
    const first = pair.waiting;
    pair.waiting = undefined;
    if (first === undefined) pair.fields = null;
    else {
      this.#held -= first.bytes;
      const [expected, actual] = first.side === 'expected' ? [first.record, record] : [record, first.record];
      pair.fields = fieldDifferences(expected, actual, { ordered: this.#describing.sides.ordered });
      pair.agrees = pair.fields.length === 0;
    }
  }

  result(): DescribedDifferences {
    const differences: RecordDifference[] = [];
    const settled = new Map<string, RecordDifference['difference']>();
    const remaining = new Map<string, RecordDifference['difference']>();
    for (const [fingerprint, before] of this.#found) {
      const pair = this.#pairs.get(fingerprint);
      // A record that neither side has any more differs no longer either.
      if (pair === undefined || pair.agrees) settled.set(fingerprint, before);
      else {
        remaining.set(fingerprint, before);
        const { key, fields } = pair;
        differences.push({
          difference: before,
          keyHash: keyHashOf(key, this.#describing.digestKey),
          key: valueToText(key),
          fields,
        });
      }
    }
    return { differences, remaining, settled };
  }
}
