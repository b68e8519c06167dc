import { join } from 'node:path';
import { type RealDataName, realDataRecords } from '@datamigrato/testbed';
import { Datamigrato, type EndpointOptions, type MappingLock } from 'datamigrato';
import type { MongodbStore } from '../store/mongodb.js';
import type { PairStore } from '../store/pair-store.js';

/** The data sets that go around. */
export const realDataNames: readonly RealDataName[] = ['movies', 'earthquakes', 'countries', 'cities'];

/** A data set's way through every store and home again. */
export interface Ring {
  readonly name: RealDataName;
  /** Records that go, at most: the first ones. */
  readonly most: number;
  readonly start: MongodbStore;
  readonly others: readonly PairStore[];
  /** Where runs are kept. */
  readonly folder: string;
}

/** What came of it. */
export interface RingResult {
  readonly name: RealDataName;
  readonly records: number;
  /** Of each migration, in order. */
  readonly milliseconds: readonly number[];
  /** Everything that is against the promise, in words. Empty where it holds. */
  readonly violations: readonly string[];
}

/**
 * Moves real records from the first store through the others and home, each migration with the lock of the one before, and compares by the plain driver:
 * how many every store shows, and at home each record by value, kind and key. The driver gives them object ids.
 */
export async function runRing({ name, most, start, others, folder }: Ring): Promise<RingResult> {
  for (const store of [start, ...others]) await store.clear();
  const records = (await realDataRecords(name)).slice(0, most);
  await start.insert(name, records);
  const datamigrato = new Datamigrato({ stateFolder: join(folder, name) });
  const violations: string[] = [];
  const milliseconds: number[] = [];
  let from: EndpointOptions = placeOf(start, name);
  let lock: MappingLock | undefined;
  for (const store of [...others, start]) {
    const entity = store === start ? `${name}_home` : name;
    const began = performance.now();
    const result = await datamigrato.migrate({
      from,
      to: placeOf(store, entity),
      acceptLoss: true,
      ...(lock && { lock }),
    });
    milliseconds.push(performance.now() - began);
    if (result.ledger.written !== records.length || result.ledger.dead > 0)
      violations.push(`${store.title}: ${result.ledger.written} of ${records.length} written`);
    const shown = (await store.contents(entity)).size;
    if (shown !== records.length) violations.push(`${store.title} shows ${shown} of ${records.length}`);
    from = placeOf(store, entity);
    lock = result.lock;
  }
  const [left, home] = [await start.contents(name), await start.contents(`${name}_home`)];
  const wrong = [...left].filter(([key, text]) => home.get(key) !== text);
  const [first] = wrong;
  if (first !== undefined)
    violations.push(
      `${wrong.length} came home as others: ${first[1].slice(0, 300)} as ${home.get(first[0])?.slice(0, 300)}`,
    );
  return { name, records: records.length, milliseconds, violations };
}

function placeOf({ connector, options }: PairStore, entity: string): EndpointOptions {
  return { connector, options, entity };
}

/** Rings as a table of text, with what went wrong below it. */
export function ringTable(results: readonly RingResult[]): string {
  const lines = results.map(({ name, records, milliseconds, violations }) => {
    const times = milliseconds.map((time) => `${(time / 1000).toFixed(1)} s`.padStart(8)).join('');
    const verdict = violations.length === 0 ? 'equal' : 'VIOLATED';
    return `${name.padEnd(12)}${records.toLocaleString('en').padStart(8)}${times}  ${verdict}`;
  });
  const violations = results.flatMap(({ name, violations: found }) => found.map((one) => `${name}: ${one}`));
  return ['data         records  Cassandra, Firestore, Realtime Database, MongoDB', ...lines, ...violations].join('\n');
}
