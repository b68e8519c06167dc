import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serverOrSkip } from '@datamigrato/testbed';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { everyPair, type StoreId } from '../src/command-line.js';
import { tableOf } from '../src/journey/journey-table.js';
import { runJourney } from '../src/journey/run-journey.js';
import { openCassandra } from '../src/store/cassandra.js';
import { openFirestore } from '../src/store/firestore.js';
import { openMongodb } from '../src/store/mongodb.js';
import type { PairStore } from '../src/store/pair-store.js';
import { openRealtime } from '../src/store/realtime.js';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const folder = await mkdtemp(join(tmpdir(), 'datamigrato-pairs-'));
const mongodb = await serverOrSkip('mongodb');
const cassandra = await serverOrSkip('cassandra');
const firestore = await serverOrSkip('firestore');
const stores: Readonly<Record<StoreId, PairStore | undefined>> = {
  mongodb: mongodb && (await openMongodb(mongodb, 'datamigrato_pairs')),
  cassandra: cassandra && (await openCassandra(cassandra, 'datamigrato_pairs')),
  firestore: firestore && openFirestore(firestore, 'demo-every-pairs'),
  realtime: await openRealtime(),
};
afterAll(async () => {
  for (const store of Object.values(stores)) await store?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const records = Number(process.env['RECORDS'] ?? 200);
const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000_000);

describe('generated records of every kind come back as they were, and what changed in between is in the plan', () => {
  for (const [sourceId, targetId] of everyPair) {
    const [source, target] = [stores[sourceId], stores[targetId]];
    test.skipIf(source === undefined || target === undefined)(`${sourceId} → ${targetId} → ${sourceId}`, async () => {
      if (source === undefined || target === undefined) throw new Error('the servers are there');
      const result = await runJourney({ source, target, records, seed, folder });
      expect(result.violations, `${tableOf([result])}\nRECORDS=${records} SEED=${seed}`).toEqual([]);
    });
  }
});
