import { describeWithOwnServer } from '@datamigrato/testbed';
import { beforeAll, expect, test, vi } from 'vitest';
import { runKillDrill } from '../src/kill/kill-drill.js';
import { tableOf } from '../src/report/drill-result.js';
import type { Place } from '../src/store/drill-store.js';
import { pairNamed } from '../src/store/pair.js';
import { stores } from '../src/store/stores.js';
import { startServers } from './started-servers.js';

// A dozen processes one after the other, which a busy machine lets wait.
vi.setConfig({ testTimeout: 200_000, hookTimeout: 120_000 });

/** These are killed more often, in `kills.test.ts`. */
const killedElsewhere = new Set(['mongodb-cassandra', 'cassandra-mongodb']);

const pairs = stores
  .flatMap((source) => stores.filter((target) => target !== source).map((target) => `${source.name}-${target.name}`))
  .filter((name) => !killedElsewhere.has(name));

const records = 600;
const seed = Date.now() % 1_000_000_000;

await describeWithOwnServer(
  'every other pair killed at any moment',
  // No server is killed here.
  () => startServers(pairs, { survivesKills: false }),
  (servers) => {
    const sources = new Map<string, Place>();
    beforeAll(async () => {
      for (const store of stores) {
        const place = await (await servers.get(store)).place('drill_source');
        await place.seed(0, records);
        sources.set(store.name, place);
      }
    });

    test.each(pairs)(
      'R-01 %s: 5 kills of the process lose nothing, double nothing and are reported exactly',
      async (name) => {
        const pair = await servers.pair(pairNamed(name));
        const source = sources.get(pair.source.store.name);
        if (source === undefined) throw new RangeError(`nothing is there for ${name}`);
        const result = await runKillDrill({
          pair,
          source,
          records,
          kills: 5,
          killsPerJob: 5,
          batchRecords: 250,
          seed,
          say: () => undefined,
        });
        expect(result, `${tableOf([result])}\nseed ${seed}`).toMatchObject({
          tried: 5,
          lost: 0,
          duplicated: 0,
          false: 0,
          violations: [],
        });
      },
    );
  },
);
