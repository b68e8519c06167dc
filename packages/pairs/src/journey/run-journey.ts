import { join } from 'node:path';
import { Datamigrato, type EndpointOptions, type MappingOptions } from 'datamigrato';
import type { PairStore } from '../store/pair-store.js';
import { compareWithLedger } from './ledger-comparison.js';
import { readNaturally } from './natural-reading.js';

/** A way from one store to another and back. */
export interface Journey {
  readonly source: PairStore;
  readonly target: PairStore;
  readonly records: number;
  readonly seed: number;
  /** Where runs are kept. */
  readonly folder: string;
  /** How records are mapped on the way there. Default: as they are. What changes names, keys or places is not compared with the ledger, whose paths are the source's. */
  readonly mapping?: MappingOptions;
}

/** The steps of a journey, in order. */
export const steps = ['plan', 'copy', 'verify', 'back', 'compare'] as const;
type Step = (typeof steps)[number];

/** What came of a journey. */
export interface JourneyResult {
  readonly pair: string;
  readonly records: number;
  readonly seed: number;
  readonly milliseconds: Readonly<Record<Step, number>>;
  /** Conversions of the plan that happened. */
  readonly conversions: number;
  /** Everything that is against the promise, in words. Empty where it holds. */
  readonly violations: readonly string[];
}

/** Plans, copies, verifies, goes back with the lock, and compares: both ends by the plain driver, what changed in between with the plan's ledger. */
export async function runJourney({
  source,
  target,
  records,
  seed,
  folder,
  mapping = {},
}: Journey): Promise<JourneyResult> {
  const pair = `${source.id}-${target.id}`;
  const datamigrato = new Datamigrato({ stateFolder: join(folder, pair) });
  const place = ({ connector, options }: PairStore, entity: string): EndpointOptions => ({
    connector,
    options,
    entity,
  });
  await Promise.all([source.clear(), target.clear()]);
  await source.seed('origin', records, seed);
  const stopwatch = startStopwatch();
  const violations: string[] = [];

  const stores = { from: place(source, 'origin'), to: place(target, 'there') };
  const plan = await datamigrato.plan({ ...stores, sampleSize: records, ...mapping });
  stopwatch.finished('plan');

  const there = await datamigrato.run({ ...stores, plan, acceptLoss: true });
  violations.push(...unfinished('there', there.ledger, records));
  stopwatch.finished('copy');

  const { verdict } = await datamigrato.verify({ run: there.runId, ...stores });
  if (verdict !== 'equal') violations.push(`verify calls the sides ${verdict}`);
  stopwatch.finished('verify');

  const [planned] = plan.entities;
  const [locked] = there.lock.entities;
  if (planned === undefined || locked === undefined) throw new RangeError(`the plan of ${pair} moves nothing`);
  const back = await datamigrato.migrate({
    from: place(target, locked.target.entity),
    to: place(source, 'back'),
    lock: there.lock,
    acceptLoss: true,
  });
  violations.push(...unfinished('back', back.ledger, records));
  stopwatch.finished('back');

  violations.push(...differences(await source.contents('origin'), await source.contents('back'), records));
  let conversions = 0;
  if (Object.keys(mapping).every((option) => option === 'fidelity')) {
    const ledger = compareWithLedger(
      planned,
      await readNaturally(source, 'origin'),
      await readNaturally(target, locked.target.entity),
    );
    violations.push(...ledger.unlisted.map((line) => `not in the ledger: ${line}`));
    violations.push(...ledger.idle.map((line) => `in the ledger, and never happens: ${line}`));
    if (ledger.compared === 0) violations.push('the ledger was compared with nothing');
    conversions = ledger.conversions;
  }
  stopwatch.finished('compare');
  return { pair, records, seed, milliseconds: stopwatch.times, conversions, violations };
}

function unfinished(
  way: string,
  { read, written, dead }: { readonly read: number; readonly written: number; readonly dead: number },
  records: number,
): readonly string[] {
  if (read === records && written === records && dead === 0) return [];
  return [`${way}: ${read} read, ${written} written, ${dead} dead of ${records}`];
}

function differences(
  origin: ReadonlyMap<string, string>,
  back: ReadonlyMap<string, string>,
  records: number,
): readonly string[] {
  const counts = origin.size === records && back.size === records;
  const wrong = [...origin].filter(([key, text]) => back.get(key) !== text);
  return [
    ...(counts ? [] : [`${origin.size} records left and ${back.size} came back, of ${records}`]),
    ...(wrong.length === 0
      ? []
      : [
          `${wrong.length} records came back as others: ${wrong
            .slice(0, 3)
            .map(([key, text]) => firstDifference(key, text, back.get(key)))
            .join('; ')}`,
        ]),
  ];
}

function firstDifference(key: string, text: string, other = 'nothing'): string {
  let at = 0;
  while (at < text.length && text[at] === other[at]) at += 1;
  const cut = (whole: string): string => whole.slice(Math.max(0, at - 40), at + 40);
  return `${key.slice(0, 40)}: …${cut(other)}… for …${cut(text)}…`;
}

function startStopwatch() {
  const times: Record<Step, number> = { plan: 0, copy: 0, verify: 0, back: 0, compare: 0 };
  let last = performance.now();
  return {
    times,
    finished(step: Step): void {
      const now = performance.now();
      times[step] = now - last;
      last = now;
    },
  };
}
