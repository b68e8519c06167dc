import { noFacts } from './entity-facts.js';
import type { EntitySides } from './entity-sides.js';
import { onBothSides, type Side } from './side.js';
import type { EntityVerification } from './verification-report.js';

/** Compares how many records the sides of an entity have: what the stores count exactly, else what can be read. */
export async function compareCounts(sides: EntitySides, signal: AbortSignal): Promise<EntityVerification> {
  const counted = await storeCounts(sides, signal);
  const expected = counted.source ?? (await readCount(sides.expected, signal));
  const actual = counted.target ?? (await readCount(sides.actual, signal));
  const verdict = expected === actual ? 'equal' : 'different';
  return { ...noFacts(sides.plan), expected, actual, counted, verdict };
}

/** What the stores count themselves. */
export async function storeCounts(sides: EntitySides, signal: AbortSignal): Promise<EntityVerification['counted']> {
  const counts: { source: number | null; target: number | null } = { source: null, target: null };
  await onBothSides(signal, [
    async (either) => {
      counts.source = (await sides.expected.count(either)) ?? null;
    },
    async (either) => {
      counts.target = (await sides.actual.count(either)) ?? null;
    },
  ]);
  return counts;
}

/** Why what was read cannot have been all, or not at one time, where the stores' own exact counts say so. */
export function countsDisagree(
  read: Pick<EntityVerification, 'expected' | 'unmappable' | 'actual'>,
  counted: EntityVerification['counted'],
): string | undefined {
  const sides = [
    ['source', read.expected + read.unmappable, counted.source],
    ['target', read.actual, counted.target],
  ] as const;
  for (const [side, records, count] of sides)
    if (count !== null && count !== records) return `the ${side} counts ${count} records, and ${records} were read`;
  return undefined;
}

/** Counts by reading, where the store has no exact number. */
async function readCount(side: Side, signal: AbortSignal): Promise<number> {
  let count = 0;
  const one = (): void => {
    count += 1;
  };
  await side.scan(await side.partitions(signal), () => ({ record: one, unmappable: one }), signal);
  return count;
}
