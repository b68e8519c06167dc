import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serverOrSkip } from '@datamigrato/testbed';
import { Datamigrato, type MappingOptions } from 'datamigrato';
import { afterAll, describe, expect, test, vi } from 'vitest';
import type { Pair, StoreId } from '../src/command-line.js';
import { tableOf } from '../src/journey/journey-table.js';
import { readNaturally } from '../src/journey/natural-reading.js';
import { runJourney } from '../src/journey/run-journey.js';
import { openCassandra } from '../src/store/cassandra.js';
import { openFirestore } from '../src/store/firestore.js';
import { openMongodb } from '../src/store/mongodb.js';
import type { PairStore } from '../src/store/pair-store.js';
import { openRealtime } from '../src/store/realtime.js';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const folder = await mkdtemp(join(tmpdir(), 'datamigrato-options-'));
const mongodb = await serverOrSkip('mongodb');
const cassandra = await serverOrSkip('cassandra');
const firestore = await serverOrSkip('firestore');
const stores: Readonly<Record<StoreId, PairStore | undefined>> = {
  mongodb: mongodb && (await openMongodb(mongodb, 'datamigrato_options')),
  cassandra: cassandra && (await openCassandra(cassandra, 'datamigrato_options')),
  firestore: firestore && openFirestore(firestore, 'demo-every-option'),
  realtime: await openRealtime(),
};
afterAll(async () => {
  for (const store of Object.values(stores)) await store?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const records = 40;
const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000_000);

/** Mappings that a lock takes back. What MongoDB gives to the others is tried with these beside the tests of the handler. */
const reversible: readonly (readonly [title: string, mapping: MappingOptions])[] = [
  ['flatten', { flatten: true }],
  ['groupBy', { groupBy: 'group' }],
  ['a primary key of one field', { primaryKey: 'serial' }],
  ['a composite primary key', { primaryKey: { partition: ['group'], clustering: ['serial'] } }],
  ['rename', { rename: { group: 'Any', serial: 'group' } }],
  ['tagged fidelity', { fidelity: 'tagged' }],
];
const tried: readonly (readonly [pair: Pair, mappings: typeof reversible])[] = [
  [['firestore', 'cassandra'], reversible],
  [['realtime', 'mongodb'], reversible],
  [['cassandra', 'firestore'], reversible.filter(([title]) => title !== 'flatten')],
  [['mongodb', 'firestore'], reversible.slice(0, 1)],
  [['firestore', 'realtime'], reversible.slice(1, 4)],
];

describe('options of the way there are undone on the way back', () => {
  for (const [[sourceId, targetId], mappings] of tried) {
    const [source, target] = [stores[sourceId], stores[targetId]];
    test.skipIf(source === undefined || target === undefined).each(mappings)(
      `${sourceId} → ${targetId} → ${sourceId}: %s`,
      async (title, mapping) => {
        if (source === undefined || target === undefined) throw new Error('the servers are there');
        const result = await runJourney({ source, target, records, seed, mapping, folder: join(folder, title) });
        expect(result.violations, `${tableOf([result])}\nSEED=${seed}`).toEqual([]);
      },
    );
  }
});

describe('select and drop', () => {
  for (const [sourceId, targetId] of [
    ['firestore', 'realtime'],
    ['realtime', 'firestore'],
  ] as const) {
    const [source, target] = [stores[sourceId], stores[targetId]];
    test.skipIf(source === undefined || target === undefined)(
      `${sourceId} → ${targetId}: what is chosen arrives, and nothing else`,
      async () => {
        if (source === undefined || target === undefined) throw new Error('the servers are there');
        await Promise.all([source.clear(), target.clear()]);
        await source.seed('origin', records, seed);
        const datamigrato = new Datamigrato({ stateFolder: join(folder, `select-${sourceId}`) });
        await datamigrato.migrate({
          from: { connector: source.connector, options: source.options, entity: 'origin' },
          to: { connector: target.connector, options: target.options, entity: 'there' },
          select: ['serial', 'group', 'of string'],
          drop: ['group'],
          acceptLoss: true,
        });
        const arrived = await readNaturally(target, 'there');
        expect(arrived.size).toBe(records);
        const names = new Set([...arrived.values()].flatMap(({ fields }) => Object.keys(fields)));
        expect([...names].sort()).toEqual(['of string', 'serial']);
      },
    );
  }
});
