/** A record as drills seed it: the same in every store, each field of a kind that all of them hold. */
export interface DrillRecord {
  /** The key: 0, 1, 2, … */
  readonly id: number;
  readonly name: string;
  readonly amount: number;
  readonly active: boolean;
  readonly note: string;
}

/** Text that makes a record about as large as an ordinary one. */
const filling = 'The quick brown fox jumps over the lazy dog. '.repeat(4);

/** The record of a key, always the same. */
export function drillRecord(id: number): DrillRecord {
  return {
    id,
    name: `record ${id} – ${(id * 2_654_435_761) % 4_294_967_296}`,
    // Never a whole number, which JavaScript could not tell from an integer.
    amount: id * 1.5 + 0.25,
    active: id % 3 === 0,
    note: `${filling}${id % 97}`,
  };
}

/** The records of the keys `from` to `to`, the latter not included, so many at once. */
export function* drillRecords(from: number, to: number, atOnce: number): Generator<readonly DrillRecord[]> {
  for (let start = from; start < to; start += atOnce)
    yield Array.from({ length: Math.min(atOnce, to - start) }, (_, index) => drillRecord(start + index));
}

/** What makes two records the same. */
export function textOf({ id, name, amount, active, note }: DrillRecord): string {
  return JSON.stringify([id, name, amount, active, note]);
}

/**
 * The number that a key stands for: itself, or its text in stores whose keys are all text; NaN for every other key.
 *
 * A source whose keys are text gives `i~5` as a text, which a target that writes keys as text marks as one: `s~i~5`.
 */
export function idOfKey(key: unknown): number {
  if (typeof key === 'number') return key;
  const [, digits] = typeof key === 'string' ? (/^(?:s~)?i~(\d+)$/.exec(key) ?? []) : [];
  return digits === undefined ? Number.NaN : Number(digits);
}
