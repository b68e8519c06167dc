import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RealtimeServer, startRealtimeServer } from '@datamigrato/realtime-server';
import { type FirestoreAddress, type MongodbAddress, serverOrSkip } from '@datamigrato/testbed';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Datamigrato, type EndpointOptions } from '../../src/index.js';
import { awkwardDocuments } from './awkward-documents.js';
import { connectMongo, type PlainMongo } from './plain-stores.js';
import { firestoreCollection, mongoCollection, realtimeNode } from './store-references.js';

vi.setConfig({ testTimeout: 120_000 });

const secantus = await serverOrSkip('secantus');
const firestore = await serverOrSkip('firestore');
const folder = await mkdtemp(join(tmpdir(), 'datamigrato-proof-firebase-'));
const server: RealtimeServer = await startRealtimeServer();
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

describe.skipIf(secantus === undefined)('proof through stores of Firebase', () => {
  const datamigrato = new Datamigrato({ stateFolder: join(folder, 'state') });
  let mongo: PlainMongo;
  const collection = (name: string) => mongoCollection(mongo.url, 'proof_firebase', name);

  beforeAll(async () => {
    mongo = await connectMongo((secantus as MongodbAddress).url);
    await mongo.fill('proof_firebase', 'awkward', awkwardDocuments(90, 12));
  });
  afterAll(() => mongo?.[Symbol.asyncDispose]());

  /** There, compared; back, compared; then a record less in the middle, found and mended. */
  async function proven(middle: EndpointOptions, name: string): Promise<void> {
    const there = await datamigrato.migrate({
      from: collection('awkward'),
      to: middle,
      acceptLoss: true,
      verify: true,
    });
    expect(there.verification?.entities[0]?.reason).toBeUndefined();
    expect(there.verification?.entities[0]?.differences).toEqual([]);
    expect(there.verification).toMatchObject({ verdict: 'equal' });
    const back = await datamigrato.migrate({ from: middle, to: collection(name), lock: there.lock, verify: true });
    expect(back.verification?.entities[0]?.differences).toEqual([]);
    expect(back.verification).toMatchObject({ verdict: 'equal' });
    const target = mongo.client.db('proof_firebase').collection(name);
    await target.deleteOne({});
    expect(await datamigrato.verify({ run: back.runId })).toMatchObject({
      verdict: 'different',
      entities: [{ tally: { missing: 1, extra: 0, changed: 0 } }],
    });
    expect((await datamigrato.repair({ run: back.runId })).verification?.verdict).toBe('equal');
  }

  it('R-24 R-27 MongoDB → Realtime Database → MongoDB', () =>
    proven(realtimeNode(server, 'proof', 'awkward'), 'from_realtime'));

  it.skipIf(firestore === undefined)('R-24 R-27 MongoDB → Firestore → MongoDB', () =>
    proven(firestoreCollection(firestore as FirestoreAddress, 'proof', 'awkward'), 'from_firestore'),
  );
});
