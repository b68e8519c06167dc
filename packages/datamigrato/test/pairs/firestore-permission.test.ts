import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describeWithServer, firestoreDocuments } from '@datamigrato/testbed';
import firestore from '@google-cloud/firestore';
import gax from 'google-gax';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { exitCodeOf } from '../../src/command/exit-code.js';
import { Datamigrato, type EndpointOptions } from '../../src/index.js';
import { readArchive } from './archive-records.js';

vi.setConfig({ testTimeout: 60_000 });

const folder = await mkdtemp(join(tmpdir(), 'datamigrato-rules-'));
afterAll(() => rm(folder, { recursive: true, force: true }));
const datamigrato = new Datamigrato({ stateFolder: join(folder, 'state') });

/** Rules by which everybody with a token may read some collections, and write one. */
function rulesFor(readable: readonly string[]): string {
  const reading = readable.map((name) => `match /${name}/{id} { allow read: if request.auth.uid == 'ada'; }`);
  return `rules_version = '2';
service cloud.firestore {
  match /databases/{database}/documents {
    ${reading.join('\n    ')}
    match /inbox/{id} { allow read, write: if request.auth.uid == 'ada'; }
  }
}`;
}

/** A stub's method: the request, then what is sent with it. */
type Method = (request: unknown, metadata: gax.grpc.Metadata, ...rest: readonly unknown[]) => unknown;

await describeWithServer('firestore', 'permission for a part of Firestore alone', (address) => {
  const project = `rules-${process.pid}`;
  const documents = firestoreDocuments(address, project);
  const allow = async (readable: readonly string[]): Promise<void> => {
    const content = rulesFor(readable);
    const answer = await fetch(`http://${address.host}:${address.port}/emulator/v1/projects/${project}:securityRules`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ rules: { files: [{ name: 'firestore.rules', content }] } }),
    });
    expect(answer.status).toBe(200);
  };

  /** An unsigned token of a user, as test tools make them. */
  const token = [
    { alg: 'none', typ: 'JWT' },
    { sub: 'ada', user_id: 'ada', iat: 1_700_000_000, exp: 4_000_000_000, aud: project },
  ]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .concat('')
    .join('.');

  const client = new firestore.v1.FirestoreClient({
    servicePath: address.host,
    port: address.port,
    sslCreds: gax.grpc.credentials.createInsecure(),
    projectId: project,
    clientOptions: { universeDomain: 'googleapis.com' },
  });
  beforeAll(async () => {
    // No token goes over a connection without encryption by itself, so each request is given it.
    const stub = (await client.initialize()) as Record<string, Method>;
    const methods = ['batchWrite', 'listCollectionIds', 'partitionQuery', 'runQuery', 'runAggregationQuery'];
    const signed = methods.map((name) => [
      name,
      (request: unknown, metadata: gax.grpc.Metadata, ...rest: readonly unknown[]) => {
        metadata.set('authorization', `Bearer ${token}`);
        return stub[name]?.call(stub, request, metadata, ...rest);
      },
    ]);
    Object.assign(client, { initialize: async () => Object.fromEntries(signed) });
  });
  afterAll(async () => {
    await client.close();
    await documents.clear();
  });

  const content = { words: { stringValue: 'between the two of us' } };
  beforeEach(async () => {
    await documents.clear();
    await allow(['open']);
    await documents.fill({ 'open/a': content, 'open/b': content, 'closed/c': content, 'inbox/theirs': content });
  });

  const from = (): EndpointOptions => ({
    connector: 'firestore',
    options: { projectId: project, client, missingParents: false },
  });
  const archive = (name: string): EndpointOptions => ({ connector: 'file', options: { path: join(folder, name) } });

  /** What is said of a refusal names the collection and nothing of its documents. */
  const expectRefused = async (outcome: PromiseLike<unknown>, collection: string): Promise<void> => {
    const error: unknown = await outcome.then(undefined, (thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'DM_FIRESTORE_PERMISSION',
      category: 'endpoint',
      message: expect.stringContaining(collection),
    });
    expect(exitCodeOf(error)).toBe(5);
    expect(inspect(error, { depth: null })).not.toContain('between the two');
  };

  describe('as a user, by security rules', () => {
    it('is enough for that part', async () => {
      const { ledger } = await datamigrato.migrate({ from: from(), to: archive('open'), entities: ['open'] });
      expect(ledger).toMatchObject({ read: 2, written: 2, dead: 0 });
    });

    it('of several collections one that may not be read is named, and keeps all from being moved', async () => {
      const migration = datamigrato.migrate({ from: from(), to: archive('several'), entities: ['open', 'closed'] });
      await expectRefused(migration, 'closed');
      await expect(readArchive(join(folder, 'several'))).rejects.toMatchObject({ code: 'DM_ENTITY_MISSING' });
    });

    it('withdrawn from one collection ends the run there; the other is whole, and the run goes on once it may', async () => {
      await allow(['open', 'closed']);
      const entities = [{ source: 'open', target: 'all' }, 'closed'];
      const to = archive('withdrawn');
      const onPlan = () => allow(['open']);
      await expectRefused(datamigrato.migrate({ from: from(), to, entities, onPlan, acceptLoss: true }), 'closed');
      expect([...(await readArchive(join(folder, 'withdrawn'))).keys()].sort()).toEqual(['["a"]', '["b"]']);
      await allow(['open', 'closed']);
      const resumed = await datamigrato.resume({ from: from(), to, verify: true });
      expect(resumed.ledger).toMatchObject({ read: 3, written: 3, dead: 0 });
      expect(resumed.verification?.verdict).toBe('equal');
    });

    it('is not enough to write: what the target holds stays as it was', async () => {
      const path = join(folder, 'letters.ndjson');
      await writeFile(path, JSON.stringify({ id: 'x', words: 'between the two of us' }));
      const letters: EndpointOptions = { connector: 'file', options: { path }, entity: 'letters' };
      for (const entity of ['inbox', 'closed']) {
        const before = await documents.documents(entity);
        const to = { ...from(), entity };
        await expectRefused(
          datamigrato.migrate({ from: letters, to, primaryKey: 'id', consent: async () => true }),
          entity,
        );
        expect(await documents.documents(entity)).toEqual(before);
      }
    });

    it('says nothing of other collections: which there are is for administrators', async () => {
      await expectRefused(datamigrato.migrate({ from: from(), to: archive('listed') }), project);
    });
  });
});
