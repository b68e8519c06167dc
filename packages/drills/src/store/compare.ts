import { drillRecord, textOf } from './drill-record.js';
import type { Place } from './drill-store.js';

/** How a place differs from what it should hold. */
export interface Comparison {
  /** Records that are missing, or hold other values. */
  readonly lost: number;
  /** Records that are there twice, or should not be there. */
  readonly duplicated: number;
  /** The first few keys of each sort, for whoever looks into it. */
  readonly examples: readonly string[];
}

/** Reads a place with the plain driver, and compares it with records 0 to `count`, the latter not included. */
export async function comparePlace(place: Pick<Place, 'read'>, count: number): Promise<Comparison> {
  const seen = new Set<number>();
  const examples: string[] = [];
  let right = 0;
  let duplicated = 0;
  const note = (text: string): void => {
    if (examples.length < 5) examples.push(text);
  };
  for await (const record of place.read()) {
    const { id } = record;
    if (seen.has(id) || !(Number.isInteger(id) && id >= 0 && id < count)) {
      duplicated += 1;
      note(`record ${id} is too many`);
      continue;
    }
    seen.add(id);
    if (textOf(record) === textOf(drillRecord(id))) right += 1;
    else note(`record ${id} is not what it was`);
  }
  for (let id = 0; id < count && examples.length < 5; id += 1) if (!seen.has(id)) note(`record ${id} is missing`);
  return { lost: count - right, duplicated, examples };
}
