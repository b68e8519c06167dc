import { seededRandom } from '../kill/seeded-random.js';
import type { DrillResult } from '../report/drill-result.js';
import { comparePlace } from '../store/compare.js';
import type { Place } from '../store/drill-store.js';
import { pairName, type RunningPair } from '../store/pair.js';
import { ledgerFault, move, type Side } from './move.js';
import { type RefusalCounts, refusing } from './refusing-endpoint.js';

/** How much of a target's work goes wrong, and for how long. */
export interface RefusalDrill {
  readonly pair: RunningPair;
  readonly source: Place;
  readonly records: number;
  /** Milliseconds. */
  readonly lasts: number;
  readonly seed: number;
}

/** R-03's bound on how often one batch is tried again, for 99 of 100. */
const mostRetries = 8;

/** a target that refuses 30 % of its writes, writes some by half and keeps quiet about others. */
export async function runRefusalDrill(drill: RefusalDrill): Promise<DrillResult> {
  const { pair, source, records, lasts, seed } = drill;
  const started = performance.now();
  const name = pairName({ source: pair.source.store, target: pair.target.store });
  const place = await pair.target.place(`drill_refusals_${name.replace('-', '_')}`);
  const counts: RefusalCounts = { throttled: 0, halves: 0, ambiguous: 0 };
  let until = Number.POSITIVE_INFINITY;
  const target: Side = {
    connector: pair.target.store.connector,
    place,
    wrap: (endpoint) =>
      refusing(endpoint, { share: 0.3, random: seededRandom(seed), isOver: () => performance.now() > until }, counts),
  };
  const moved = await move({ connector: pair.source.store.connector, place: source }, target, {
    settings: { batchRecords: Math.max(1, Math.floor(records / 200)) },
    onEvent(event) {
      if (event.type === 'entity-prepared') until = performance.now() + lasts;
    },
  });
  const violations: string[] = [];
  const problem = moved.error?.message ?? ledgerFault(moved.ledger, records);
  if (problem !== undefined) violations.push(problem);
  const attempts = moved.retries.toSorted((left, right) => left - right);
  const almostAll = attempts[Math.floor(attempts.length * 0.99)] ?? 0;
  if (almostAll > mostRetries) violations.push(`tried ${almostAll} times again for one in a hundred`);
  const { lost, duplicated, examples } = await comparePlace(place, records);
  violations.push(...examples);
  await place.drop();
  return {
    drill: `refusals ${name}`,
    tried: counts.throttled + counts.halves + counts.ambiguous,
    lost,
    duplicated,
    false: 0,
    milliseconds: performance.now() - started,
    measured: `${counts.throttled} throttled, ${counts.halves} written by half, ${counts.ambiguous} written in silence; attempts p99 ${almostAll}`,
    violations,
  };
}
