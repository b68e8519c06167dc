import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  describeWithServer,
  firestoreDocuments,
  type MongodbAddress,
  realDataFile,
  serverOrSkip,
} from '@datamigrato/testbed';
import { Int32, Long, MongoClient, ObjectId } from 'mongodb';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Datamigrato } from '../../src/index.js';
import { createWorkplace, type Workplace } from '../command-line/command-line.js';

// Each test runs whole processes, which a busy machine lets wait.
vi.setConfig({ testTimeout: 60_000 });

const mongodb = await serverOrSkip('mongodb');
const folder = await mkdtemp(join(tmpdir(), 'datamigrato-firestore-handler-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

await describeWithServer('firestore', 'Firestore', (address) => {
  const projectId = 'demo-handler';
  const emulator = `${address.host}:${address.port}`;
  const documents = firestoreDocuments(address, projectId);
  const url = (path: string): string => `firestore://${projectId}/(default)/${path}?emulator=${emulator}`;
  beforeAll(() => documents.clear());
  afterAll(() => documents.clear());

  describe.skipIf(mongodb === undefined)('by the handler', () => {
    const datamigrato = new Datamigrato({ stateFolder: join(folder, 'state') });
    const clientUrl = (mongodb ?? ({ url: '' } as MongodbAddress)).url;
    const databaseName = `firestore_${process.pid}`;
    const firestore = { projectId, emulator };
    let client: MongoClient;
    beforeAll(async () => {
      client = await MongoClient.connect(clientUrl);
    });
    afterAll(async () => {
      await client.db(databaseName).dropDatabase();
      await client.close();
    });

    test('populates a collection from a file, and a second run changes nothing', async () => {
      const options = { from: realDataFile('countries'), ...firestore, collectionPath: 'countries' };
      const first = await datamigrato.populateFirestore(options);
      expect(first.ledger).toMatchObject({ read: 250, written: 250, dead: 0 });
      const before = await documents.documents('countries');
      expect(before.size).toBe(250);
      await datamigrato.populateFirestore(options);
      expect(await documents.documents('countries')).toEqual(before);
    });

    test('MongoDB to Firestore: ids and numbers lie there plainly, and come back as they were', async () => {
      const hex = '00112233445566778899aabb';
      const movies = client.db(databaseName).collection('movies');
      await movies.insertMany([
        { _id: new ObjectId(hex), title: 'Arrival', rating: new Int32(8), votes: Long.fromNumber(5) },
        { _id: new ObjectId('ffffffffffffffffffffffff'), title: 'Dune', rating: 7.5, votes: Long.fromNumber(6) },
      ]);
      const mongo = { clientUrl, databaseName, collectionName: 'movies' };
      const there = await datamigrato.mongoToFirestore({ ...mongo, ...firestore, collectionPath: 'movies' });
      expect(there.ledger).toMatchObject({ written: 2, dead: 0 });
      expect(await documents.document(`movies/${hex}`)).toEqual({
        title: { stringValue: 'Arrival' },
        rating: { integerValue: '8' },
        votes: { integerValue: '5' },
      });
      await datamigrato.firestoreToMongo({
        ...firestore,
        collectionPath: 'movies',
        ...mongo,
        collectionName: 'back',
        lock: there.lock,
      });
      const plain = async (name: string) =>
        await client.db(databaseName).collection(name).find({}, { promoteValues: false }).sort({ _id: 1 }).toArray();
      expect(await plain('back')).toEqual(await plain('movies'));
    });

    test('a whole database: every path of sub-collections becomes a collection of its own', async () => {
      await documents.clear();
      await documents.fill({
        'users/alice': { name: { stringValue: 'Alice' } },
        'users/alice/messages/1': { text: { stringValue: 'hi' } },
        'users/ghost/messages/1': { text: { stringValue: 'boo' } },
      });
      const report = await datamigrato.migrate({
        from: { connector: 'firestore', options: firestore },
        to: { connector: 'mongodb', options: { clientUrl, databaseName: `${databaseName}_all` } },
      });
      const all = client.db(`${databaseName}_all`);
      expect(report.ledger).toMatchObject({ read: 4, written: 4 });
      expect(await all.collection<{ _id: string }>('users').find().sort({ _id: 1 }).toArray()).toEqual([
        { _id: 'alice', name: 'Alice' },
        { _id: 'ghost' },
      ]);
      expect(await all.collection('users_messages').find().sort({ text: -1 }).toArray()).toEqual([
        { _id: { users_id: 'alice', id: '1' }, text: 'hi' },
        { _id: { users_id: 'ghost', id: '1' }, text: 'boo' },
      ]);
      await all.dropDatabase();
    });
  });

  describe('by the command line', () => {
    let workplace: Workplace;
    beforeAll(async () => {
      workplace = await createWorkplace();
      await documents.clear();
      await documents.fill({ 'users/alice': { name: { stringValue: 's3cret' } }, 'users/bob/messages/1': {} });
    });
    afterAll(() => workplace[Symbol.asyncDispose]());

    test('copies a collection into an archive, which verifies as equal', async () => {
      const copied = await workplace.run(['copy', url('users'), './users', '--json']);
      expect(copied.code).toBe(0);
      expect(JSON.parse(copied.stdout)).toMatchObject({ ledger: { read: 2, written: 2 } });
      const { code, stderr, stdout } = await workplace.run(['verify']);
      expect({ code, stdout: stdout + stderr }).toEqual({ code: 0, stdout: expect.stringContaining('equal') });
    });

    test.each<readonly [title: string, args: readonly string[], code: number, error: string]>([
      ['a document where a collection was asked', ['copy', url('users/alice'), './x'], 2, 'DM_FIRESTORE_PATH'],
      ['a collection that is not there', ['copy', url('nothing'), './x'], 5, 'DM_ENTITY_MISSING'],
      ['a part that is reserved', ['copy', url('__x__'), './x'], 2, 'DM_FIRESTORE_PATH'],
      [
        'an address where nothing answers',
        ['copy', url('users').replace(emulator, '127.0.0.1:1'), './x'],
        9,
        'DM_ENDPOINT_UNREACHABLE',
      ],
      ['no credentials', ['copy', 'firestore://demo/(default)/users', './x'], 2, 'DM_FIRESTORE_CREDENTIALS'],
      ['a string with a user in it', ['copy', 'firestore://user:s3cret@demo/x', './x'], 2, 'DM_FIRESTORE_URL'],
      ['an option that there is not', ['copy', `${url('users')}&nothing=1`, './x'], 2, 'DM_OPTIONS_INVALID'],
    ])('%s', async (_, args, expected, error) => {
      const { code, stderr, stdout } = await workplace.run(args, { HOME: workplace.folder });
      expect({ code, stderr }).toEqual({ code: expected, stderr: expect.stringContaining(`✖ ${error}`) });
      expect(stdout + stderr).not.toContain('s3cret');
    });

    test('R-01 killed twice between two collections, goes on and leaves each document once', async () => {
      const total = 4_000;
      const film = (id: number) => [
        `films/${id}`,
        { id: { integerValue: String(id) }, text: { stringValue: 'x'.repeat(200) } },
      ];
      await documents.fill(Object.fromEntries(Array.from({ length: total }, (_, id) => film(id))));
      const slowly = ['--max-rate', '1500', '--state-folder', './killed'];
      const stores = ['copy', url('films'), url(''), '--entity', 'films=copied'];
      const first = await workplace.runUntilWritten([...stores, ...slowly], 1_000, 'SIGKILL');
      const second = await workplace.runUntilWritten(['resume', ...slowly], 1_000, 'SIGKILL');
      expect([first.code, second.code]).toEqual([null, null]);
      const third = await workplace.runWatched(['resume', '--state-folder', './killed', '--json']);
      expect({ code: third.code, stderr: third.stderr }).toMatchObject({ code: 0 });
      expect(JSON.parse(third.stdout)).toMatchObject({ ledger: { read: total, written: total, dead: 0 } });
      const copied = [...(await documents.documents('copied'))].map(([path, fields]) => [
        path.replace('copied', 'films'),
        fields,
      ]);
      expect(Object.fromEntries(copied)).toEqual(Object.fromEntries(await documents.documents('films')));
      expect(copied).toHaveLength(total);
    }, 120_000);

    test('S-05 the variable of the emulator alone redirects nothing: 2', async () => {
      const { code, stderr } = await workplace.run(['copy', `firestore://${projectId}/(default)/users`, './x'], {
        FIRESTORE_EMULATOR_HOST: emulator,
      });
      expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('✖ DM_FIRESTORE_EMULATOR_UNASKED') });
      const asked = await workplace.run(['copy', `firestore://${projectId}/(default)/users?emulator`, './asked'], {
        FIRESTORE_EMULATOR_HOST: emulator,
      });
      expect(asked.code).toBe(0);
    });

    test('S-02 an external account is refused before anything is asked of anybody: 2', async () => {
      const key = join(workplace.folder, 'key.json');
      await writeFile(
        key,
        JSON.stringify({ type: 'external_account', credential_source: { url: `http://${emulator}/` } }),
      );
      const { code, stderr } = await workplace.run([
        'copy',
        'firestore://demo/(default)/users?serviceAccount=key.json',
        './x',
      ]);
      expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('✖ DM_FIRESTORE_CREDENTIAL_FILE') });
    });
  });
});
