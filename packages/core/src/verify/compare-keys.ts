import type { RecordHash } from '../value/record-digest.js';
import type { EntitySides } from './entity-sides.js';
import { onBothSides, type PartitionVisitor } from './side.js';
import type { DifferenceTally } from './verification-report.js';
import type { OpenEntity } from './verification-state.js';

/** How records differ, by the fingerprint of their key. */
export type DifferingKeys = ReadonlyMap<string, keyof DifferenceTally>;

/** Characters of one fingerprint. */
const width = 32;

/** What a reading of both sides for the sake of some keys found. */
export interface KeyComparison {
  readonly found: DifferingKeys;
  /** Keys that were selected and that a side has. */
  readonly selected: number;
  readonly expected: number;
  readonly actual: number;
  readonly unmappable: number;
}

/**
 * Reads both sides and compares, key by key, the records whose keys are selected.
 *
 * Memory: some 200 bytes for each selected record.
 */
export async function compareKeys(
  sides: EntitySides,
  entity: OpenEntity,
  selects: (key: RecordHash) => boolean,
  signal: AbortSignal,
): Promise<KeyComparison> {
  const { fingerprints } = sides;
  const left = new FingerprintsByKey();
  const right = new FingerprintsByKey();
  let unmappable = 0;
  const visitor = (into: FingerprintsByKey): PartitionVisitor => ({
    record(record) {
      into.read += 1;
      const key = fingerprints.ofKey(record.key);
      if (selects(key)) into.add(key, fingerprints.ofRecord(record));
    },
    unmappable() {
      unmappable += 1;
    },
  });
  await onBothSides(signal, [
    (either) => sides.expected.scan(entity.expected.partitions ?? [], () => visitor(left), either),
    (either) => sides.actual.scan(entity.actual.partitions ?? [], () => visitor(right), either),
  ]);
  const found = new Map<string, keyof DifferenceTally>();
  for (const [key, expected] of left.entries()) {
    const difference = differenceOf(expected, right.get(key));
    if (difference !== undefined) found.set(key, difference);
  }
  let selected = left.size;
  for (const [key] of right.entries()) {
    if (left.get(key) !== '') continue;
    found.set(key, 'extra');
    selected += 1;
  }
  return { found, selected, expected: left.read, actual: right.read, unmappable };
}

/** The sum of a tally and what was found. */
export function addFound(tally: DifferenceTally, found: DifferingKeys): DifferenceTally {
  const sum = { ...tally };
  for (const difference of found.values()) sum[difference] += 1;
  return sum;
}

/** The fingerprints of the records with one key, one after the other in a text. */
class FingerprintsByKey {
  read = 0;
  readonly #texts = new Map<string, string>();

  add(key: RecordHash, fingerprint: RecordHash): void {
    const before = this.#texts.get(key);
    this.#texts.set(key, before === undefined ? fingerprint : before + fingerprint);
  }

  get size(): number {
    return this.#texts.size;
  }

  get(key: string): string {
    return this.#texts.get(key) ?? '';
  }

  entries(): Iterable<[string, string]> {
    return this.#texts.entries();
  }
}

function differenceOf(expected: string, actual: string): keyof DifferenceTally | undefined {
  if (expected === actual) return undefined;
  if (actual.length > expected.length) return 'duplicated';
  // Where several records of the source share a key, the target lacks the place for one of them.
  if (actual.length < expected.length) return 'missing';
  return sorted(expected) === sorted(actual) ? undefined : 'changed';
}

function sorted(fingerprints: string): string {
  const parts: string[] = [];
  for (let at = 0; at < fingerprints.length; at += width) parts.push(fingerprints.slice(at, at + width));
  return parts.sort().join('');
}
