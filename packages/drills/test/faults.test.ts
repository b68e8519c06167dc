import { describeWithOwnServer } from '@datamigrato/testbed';
import { beforeAll, expect, test, vi } from 'vitest';
import { runHookDrill } from '../src/fault/hook-drill.js';
import { runRefusalDrill } from '../src/fault/refusal-drill.js';
import { runWireDrill } from '../src/fault/wire-drill.js';
import { wireFaults } from '../src/fault/wire-faults.js';
import { type DrillResult, holds, tableOf } from '../src/report/drill-result.js';
import type { Place } from '../src/store/drill-store.js';
import { pairNamed, type RunningPair } from '../src/store/pair.js';
import { runVerifyDrill } from '../src/verify-drill.js';
import { startServers } from './started-servers.js';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 120_000 });

const pairs = ['mongodb-cassandra', 'cassandra-mongodb'] as const;
const records = 2000;
const seed = Date.now() % 1_000_000_000;

function expectHeld(results: readonly DrillResult[]): void {
  expect(results.length).toBeGreaterThan(0);
  expect(
    results.filter((result) => !holds(result)),
    `${tableOf(results)}\nseed ${seed}`,
  ).toEqual([]);
}

await describeWithOwnServer(
  'a world in which things go wrong',
  () => startServers(pairs, { survivesKills: false }),
  (servers) => {
    const sources = new Map<string, Place>();
    beforeAll(async () => {
      for (const name of pairs) {
        const { source } = await servers.pair(pairNamed(name));
        const place = await source.place('drill_source');
        await place.seed(0, records);
        sources.set(name, place);
      }
    });
    const seeded = async (
      name: string,
    ): Promise<{ readonly pair: RunningPair; readonly source: Place; readonly records: number }> => {
      const source = sources.get(name);
      if (source === undefined) throw new RangeError(`nothing is there for ${name}`);
      return { pair: await servers.pair(pairNamed(name)), source, records };
    };

    // Most of their time they wait, so that they run beside one another.
    test.concurrent.each([
      ['mongodb-cassandra', 'source'],
      ['mongodb-cassandra', 'target'],
      ['cassandra-mongodb', 'source'],
      ['cassandra-mongodb', 'target'],
    ] as const)(
      'R-04 R-05 %s: a wire to the %s that resets, hangs, crawls and loses replies loses no record and leaves no socket',
      async (name, side) => {
        const results: DrillResult[] = [];
        for (const fault of wireFaults) results.push(await runWireDrill({ ...(await seeded(name)), side, fault }));
        expect(results).toHaveLength(7);
        expectHeld(results);
      },
    );

    test.each(pairs)(
      'R-03 %s: a target that refuses three writes in ten, or is silent about them, gets every record once',
      async (name) => {
        const result = await runRefusalDrill({ ...(await seeded(name)), lasts: 2000, seed });
        expect(result.tried).toBeGreaterThan(10);
        expectHeld([result]);
      },
    );

    test.each(pairs)(
      'R-14 %s: a fault thrown from any function of a connector ends the run and is no loss',
      async (name) => {
        const { pair } = await seeded(name);
        const source = await pair.source.place('drill_hooks');
        await source.seed(0, 300);
        const result = await runHookDrill(pair, source, 300);
        expect(result.tried).toBeGreaterThanOrEqual(14);
        expectHeld([result]);
      },
    );

    test.each(pairs)('R-24 %s: planted differences are found, all and no others', async (name) => {
      expectHeld([await runVerifyDrill({ ...(await seeded(name)), planted: 60, cleanRuns: 2, seed })]);
    });
  },
);
