import { randomBytes } from 'node:crypto';
import { type VerificationReport, verifyMigration } from '@datamigrato/core';
import { move, openSide, planOf, type Side } from './fault/move.js';
import { seededRandom } from './kill/seeded-random.js';
import type { DrillResult } from './report/drill-result.js';
import { type DrillRecord, drillRecord } from './store/drill-record.js';
import type { Place } from './store/drill-store.js';
import { pairName, type RunningPair } from './store/pair.js';
import { systemRuntime } from './system-runtime.js';

/** Differences planted into a target that was equal. */
export interface VerifyDrill {
  readonly pair: RunningPair;
  readonly source: Place;
  readonly records: number;
  /** How many records are made to differ. */
  readonly planted: number;
  /** How often equal sides are compared. */
  readonly cleanRuns: number;
  readonly seed: number;
}

/** R-24 on real stores: every planted difference is found, by its sort, and equal sides are never called different. */
export async function runVerifyDrill(drill: VerifyDrill): Promise<DrillResult> {
  const { pair, source, records, planted, cleanRuns, seed } = drill;
  const started = performance.now();
  const name = pairName({ source: pair.source.store, target: pair.target.store });
  const place = await pair.target.place(`drill_verify_${name.replace('-', '_')}`);
  const from: Side = { connector: pair.source.store.connector, place: source };
  const to: Side = { connector: pair.target.store.connector, place };
  const violations: string[] = [];
  const plan = await planOf(from, to);
  const moved = await move(from, to, { plan });
  if (moved.error !== undefined) violations.push(`moving ended with ${moved.error.code}`);

  const compare = async (): Promise<VerificationReport> => {
    await using left = await openSide(from);
    await using right = await openSide(to);
    const signal = new AbortController().signal;
    const digestKey = randomBytes(32);
    return await verifyMigration({ plan, source: left, target: right, runtime: systemRuntime, signal, digestKey });
  };
  let wrong = 0;
  for (let run = 0; run < cleanRuns; run += 1) {
    const { verdict } = await compare();
    if (verdict === 'equal') continue;
    wrong += 1;
    violations.push(`called equal sides ${verdict}`);
  }

  const expected = await plant(place, records, planted, seed);
  const report = await compare();
  const [found] = report.entities;
  const tally = found?.tally ?? { missing: 0, extra: 0, changed: 0, duplicated: 0 };
  let lost = 0;
  for (const sort of ['missing', 'extra', 'changed'] as const) {
    const difference = expected[sort] - tally[sort];
    if (difference === 0) continue;
    violations.push(`found ${tally[sort]} ${sort}, planted ${expected[sort]}`);
    if (difference > 0) lost += difference;
    else wrong -= difference;
  }
  if (report.verdict !== 'different') violations.push(`called sides with ${planted} differences ${report.verdict}`);
  await place.drop();
  return {
    drill: `verify ${name}`,
    tried: planted,
    lost,
    duplicated: tally.duplicated,
    false: wrong,
    milliseconds: performance.now() - started,
    measured: `${tally.missing} missing, ${tally.extra} extra, ${tally.changed} changed found among ${records.toLocaleString('en')}; ${cleanRuns} clean runs`,
    violations,
  };
}

/** Changes of one field each: the smallest that there are. */
const changes: readonly ((record: DrillRecord) => DrillRecord)[] = [
  (record) => ({ ...record, name: `${record.name} ` }),
  (record) => ({ ...record, amount: record.amount + 2 ** -20 }),
  (record) => ({ ...record, active: !record.active }),
  (record) => ({ ...record, note: record.note.replace('quick', 'quiсk') }),
];

async function plant(
  place: Place,
  records: number,
  planted: number,
  seed: number,
): Promise<Record<'missing' | 'extra' | 'changed', number>> {
  const random = seededRandom(seed);
  const chosen = new Set<number>();
  while (chosen.size < planted) chosen.add(Math.floor(random() * records));
  const counts = { missing: 0, extra: 0, changed: 0 };
  for (const id of chosen) {
    const sort = random();
    if (sort < 1 / 4) {
      await place.remove(id);
      counts.missing += 1;
    } else if (sort < 1 / 2) {
      await place.put(drillRecord(records + id));
      counts.extra += 1;
    } else {
      const change = changes[Math.floor(random() * changes.length)] as (typeof changes)[number];
      await place.put(change(drillRecord(id)));
      counts.changed += 1;
    }
  }
  return counts;
}
