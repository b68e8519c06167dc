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

  /** What comparing found there, back, with a record less, and once that was mended; with a reason where there is one. */
  async function found(middle: EndpointOptions, name: string): Promise<readonly unknown[]> {
    const from = collection('awkward');
    const there = await datamigrato.migrate({ from, to: middle, acceptLoss: true, verify: true });
    const back = await datamigrato.migrate({ from: middle, to: collection(name), lock: there.lock, verify: true });
    await mongo.client.db('proof_firebase').collection(name).deleteOne({});
    const broken = await datamigrato.verify({ run: back.runId });
    const mended = await datamigrato.repair({ run: back.runId });
    return [there.verification, back.verification, broken, mended.verification].map((report) => {
      const [entity] = report?.entities ?? [];
      return [report?.verdict, entity?.tally, entity?.reason];
    });
  }

  const none = { missing: 0, extra: 0, changed: 0, duplicated: 0 };
  const expected = [
    ['equal', none, undefined],
    ['equal', none, undefined],
    ['different', { ...none, missing: 1 }, undefined],
    ['equal', none, undefined],
  ];

  it('R-24 R-27 MongoDB → Realtime Database → MongoDB', async () => {
    expect(await found(realtimeNode(server, 'proof', 'awkward'), 'from_realtime')).toEqual(expected);
  });

  it.skipIf(firestore === undefined)('R-24 R-27 MongoDB → Firestore → MongoDB', async () => {
    const middle = firestoreCollection(firestore as FirestoreAddress, 'proof', 'awkward');
    expect(await found(middle, 'from_firestore')).toEqual(expected);
  });
});
