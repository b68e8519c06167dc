import { describeWithOwnServer } from '@datamigrato/testbed';
import { beforeAll, expect, test, vi } from 'vitest';
import { runKillDrill } from '../src/kill/kill-drill.js';
import { runServerDrill } from '../src/kill/server-drill.js';
import { tableOf } from '../src/report/drill-result.js';
import type { Place } from '../src/store/drill-store.js';
import { pairNamed } from '../src/store/pair.js';
import { startServers } from './started-servers.js';

// Dozens of processes one after the other, which a busy machine lets wait.
vi.setConfig({ testTimeout: 400_000, hookTimeout: 120_000 });

const pairs = ['mongodb-cassandra', 'cassandra-mongodb'] as const;
const records = 3000;
const seed = Date.now() % 1_000_000_000;

await describeWithOwnServer(
  'killed at any moment',
  () => startServers(pairs, { survivesKills: true }),
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
    const seeded = async (name: string) => {
      const source = sources.get(name);
      if (source === undefined) throw new RangeError(`nothing is there for ${name}`);
      return { pair: await servers.pair(pairNamed(name)), source, records };
    };

    test.each(pairs)(
      'R-01 %s: 20 kills of the process lose nothing, double nothing and are reported exactly',
      async (name) => {
        const result = await runKillDrill({
          ...(await seeded(name)),
          kills: 20,
          killsPerJob: 5,
          batchRecords: 250,
          seed,
          say: () => undefined,
        });
        expect(result, `${tableOf([result])}\nseed ${seed}`).toMatchObject({
          tried: 20,
          lost: 0,
          duplicated: 0,
          false: 0,
          violations: [],
        });
      },
    );

    test.each([
      ['mongodb-cassandra', 'target', 'waits'],
      ['cassandra-mongodb', 'target', 'gives-up'],
    ] as const)('R-06 %s: its %s dies, and the run %s', async (name, side, outage) => {
      const result = await runServerDrill({ ...(await seeded(name)), side, outage });
      expect(result, tableOf([result])).toMatchObject({ tried: 1, lost: 0, duplicated: 0, false: 0, violations: [] });
    });
  },
);
