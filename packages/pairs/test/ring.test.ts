import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serverOrSkip } from '@datamigrato/testbed';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { realDataNames, ringTable, runRing } from '../src/ring/run-ring.js';
import { openCassandra } from '../src/store/cassandra.js';
import { openFirestore } from '../src/store/firestore.js';
import { openMongodb } from '../src/store/mongodb.js';
import { openRealtime } from '../src/store/realtime.js';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 60_000 });

const folder = await mkdtemp(join(tmpdir(), 'datamigrato-ring-'));
const servers = {
  mongodb: await serverOrSkip('mongo-java'),
  cassandra: await serverOrSkip('cassandra'),
  firestore: await serverOrSkip('firestore'),
};
const start = servers.mongodb && (await openMongodb(servers.mongodb, 'datamigrato_ring'));
const cassandra = servers.cassandra && (await openCassandra(servers.cassandra, 'datamigrato_ring'));
const firestore = servers.firestore && openFirestore(servers.firestore, 'demo-every-ring');
const realtime = await openRealtime();
afterAll(async () => {
  for (const store of [start, cassandra, firestore, realtime]) await store?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const most = Number(process.env['RECORDS'] ?? 20_000);

describe('real data around MongoDB → Cassandra → Firestore → Realtime Database → MongoDB', () => {
  test.skipIf(Object.values(servers).includes(undefined)).each(realDataNames)(
    '%s come home as they left, by value, kind and key',
    async (name) => {
      if (!start || !cassandra || !firestore) throw new Error('the servers are there');
      const result = await runRing({ name, most, start, others: [cassandra, firestore, realtime], folder });
      expect(result.records).toBeGreaterThan(0);
      expect(result.violations, ringTable([result])).toEqual([]);
    },
  );
});
