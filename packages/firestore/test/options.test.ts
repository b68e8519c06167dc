import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { inspect } from 'node:util';
import { isDatamigratoError } from '@datamigrato/core';
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { firestoreConnector } from '../src/index.js';
import { optionsSchema } from '../src/options.js';
import { findServiceAccounts } from '../src/service-account.js';

const folder = await mkdtemp(join(tmpdir(), 'datamigrato-firestore-options-'));
afterAll(() => rm(folder, { recursive: true, force: true }));
const privateKey = '-----BEGIN PRIVATE KEY-----\nc2VjcmV0LWtleS1jYW5hcnk=\n-----END PRIVATE KEY-----\n';
const account = {
  type: 'service_account',
  project_id: 'shop-1234',
  client_email: 'robot@shop-1234.iam.gserviceaccount.com',
  private_key: privateKey,
  token_uri: 'https://example.com/steal',
};

beforeEach(() => {
  for (const name of ['FIRESTORE_EMULATOR_HOST', 'GOOGLE_APPLICATION_CREDENTIALS']) vi.stubEnv(name, undefined);
  vi.stubEnv('CLOUDSDK_CONFIG', join(folder, 'nothing'));
});
afterEach(() => {
  vi.unstubAllEnvs();
});

async function file(name: string, content: string | object): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, typeof content === 'string' || Buffer.isBuffer(content) ? content : JSON.stringify(content));
  return path;
}

/** The error that options end in. */
async function refusal(options: object) {
  const outcome = await firestoreConnector.configure(options).then(
    () => 'accepted',
    (error: unknown) => error,
  );
  if (!isDatamigratoError(outcome)) throw new Error('an error of ours is expected');
  return outcome;
}

describe('S-05 the variable of the emulator', () => {
  test('redirects nothing by itself: without a word about it, options are refused', async () => {
    vi.stubEnv('FIRESTORE_EMULATOR_HOST', '127.0.0.1:8080');
    const path = await file('a.json', account);
    expect(await refusal({ serviceAccount: path })).toMatchObject({
      code: 'DM_FIRESTORE_EMULATOR_UNASKED',
      category: 'usage',
    });
  });

  test('is followed where that was asked for, and shown', async () => {
    vi.stubEnv('FIRESTORE_EMULATOR_HOST', '127.0.0.1:8080');
    const { description } = await firestoreConnector.configure({ projectId: 'demo', emulator: true });
    expect(description.id).toBe('firestore://demo/(default)?emulator=127.0.0.1:8080');
    expect(description.notices).toEqual(['127.0.0.1:8080 is an emulator']);
  });

  test('is ignored where that was asked for', async () => {
    vi.stubEnv('FIRESTORE_EMULATOR_HOST', '127.0.0.1:8080');
    const path = await file('b.json', account);
    const { description } = await firestoreConnector.configure({ serviceAccount: path, emulator: false });
    expect(description).toEqual({ id: 'firestore://shop-1234/(default)', notices: [] });
  });

  test('must name an address where it is to be followed', async () => {
    expect((await refusal({ projectId: 'demo', emulator: true })).code).toBe('DM_FIRESTORE_EMULATOR_UNASKED');
    vi.stubEnv('FIRESTORE_EMULATOR_HOST', 'user:secret@nowhere');
    expect(inspect(await refusal({ projectId: 'demo', emulator: true }))).not.toContain('secret');
  });
});

describe('S-02 credential files', () => {
  const external = { type: 'external_account', credential_source: { url: 'http://169.254.169.254/' } };
  const hostile: readonly (readonly [string, string | object])[] = [
    ['external account', external],
    [
      'external account with a program',
      { type: 'external_account', credential_source: { executable: { command: 'id' } } },
    ],
    ['user credentials', { type: 'authorized_user', refresh_token: 'r' }],
    ['impersonation', { type: 'impersonated_service_account' }],
    ['no type', { ...account, type: undefined }],
    ['a type that is no text', { ...account, type: ['service_account'] }],
    ['no key', { ...account, private_key: undefined }],
    ['a key that is none', { ...account, private_key: 'x' }],
    ['a key that is no text', { ...account, private_key: { a: 1 } }],
    ['no address', { ...account, client_email: undefined }],
    ['an address that is none', { ...account, client_email: 'nobody' }],
    ['a project that is no text', { ...account, project_id: 5 }],
    ['another cloud', { ...account, universe_domain: 'evil.example' }],
    ['nothing', ''],
    ['no JSON', `{"private_key": "${privateKey}`],
    ['an array', [account]],
    ['null', 'null'],
    ['a text', '"service_account"'],
    ['too large', JSON.stringify({ ...account, padding: 'x'.repeat(70_000) })],
    ['not UTF-8', Buffer.from([0x22, 0xff, 0x22])],
  ];
  test.each(hostile)('refuses %s, without a word of its contents', async (title, content) => {
    const path = await file(`${title.replaceAll(' ', '-')}.json`, content);
    const error = await refusal({ serviceAccount: path });
    expect([error.code, error.category]).toEqual(['DM_FIRESTORE_CREDENTIAL_FILE', 'usage']);
    expect(inspect(error, { depth: 10 })).not.toMatch(/c2VjcmV0|BEGIN PRIVATE|evil\.example|refresh_token|169\.254/);
  });

  test('refuses what is no file', async () => {
    expect((await refusal({ serviceAccount: folder })).code).toBe('DM_FIRESTORE_CREDENTIAL_FILE');
    expect((await refusal({ serviceAccount: join(folder, 'missing.json') })).message).toContain('ENOENT');
  });

  test('takes that of a service account, and shows nothing of it', async () => {
    const path = await file('good.json', account);
    const configured = await firestoreConnector.configure({ serviceAccount: path });
    expect(configured.description.id).toBe('firestore://shop-1234/(default)');
    const options = await optionsSchema['~standard'].validate({ serviceAccount: path });
    expect(inspect([configured, options], { depth: 10, showHidden: true })).not.toContain('c2VjcmV0');
    expect(JSON.stringify(options)).not.toContain('c2VjcmV0');
  });

  test('external accounts pass as application default credentials where that was opted in to, and only then', async () => {
    vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', await file('external.json', external));
    const options = { projectId: 'shop-1234', applicationDefault: true };
    expect((await refusal(options)).code).toBe('DM_FIRESTORE_CREDENTIAL_FILE');
    const { description } = await firestoreConnector.configure({ ...options, allowExternalAccount: true });
    expect(description.notices).toEqual(['application default credentials read from external.json']);
  });

  test('files with the usual name are found, in order', async () => {
    for (const name of ['shop-firebase-adminsdk-2.json', 'shop-firebase-adminsdk-1.json', 'firebase-adminsdk.json'])
      await file(name, account);
    const found = await findServiceAccounts(folder);
    expect(found.map((path) => basename(path))).toEqual([
      'shop-firebase-adminsdk-1.json',
      'shop-firebase-adminsdk-2.json',
    ]);
  });

  test('no credentials at all are a question, not a guess', async () => {
    expect(await refusal({ projectId: 'shop-1234' })).toMatchObject({
      code: 'DM_FIRESTORE_CREDENTIALS',
      category: 'usage',
    });
  });
});

describe('connection strings', () => {
  test.each<readonly [string, object]>([
    ['firestore://shop-1234', { options: { projectId: 'shop-1234' } }],
    [
      'firestore://shop-1234/(default)/users/*/messages',
      { options: { projectId: 'shop-1234', databaseId: '(default)' }, entity: 'users/*/messages' },
    ],
    [
      'firestore://demo/other/a%20b?emulator=127.0.0.1:8080&rampUp=false',
      { options: { projectId: 'demo', databaseId: 'other', emulator: '127.0.0.1:8080', rampUp: false }, entity: 'a b' },
    ],
    ['firestore://demo/?emulator', { options: { projectId: 'demo', emulator: true } }],
  ])('%s', (url, parsed) => {
    expect(firestoreConnector.parseUrl(url)).toEqual(parsed);
  });

  test.each([
    'firestore:demo',
    'firestore://user:password@demo/x',
    'firestore://demo/(default)/a#b',
    'firestore://demo/(default)/%zz',
    'firestore://demo?emulator=a:1&emulator=b:2',
  ])('%s is refused without being repeated', (url) => {
    expect(() => firestoreConnector.parseUrl(url)).toThrow(expect.objectContaining({ code: 'DM_FIRESTORE_URL' }));
    expect(() => firestoreConnector.parseUrl(url)).not.toThrow(/password/);
  });

  test.each([
    { projectId: 'A B' },
    { databaseId: 'x' },
    { emulator: 'nowhere' },
    { emulator: 'http://127.0.0.1:8080' },
    { client: {} },
    { unknown: 1 },
  ])('the options %j are refused', async (options) => {
    expect((await refusal({ projectId: 'demo', emulator: '127.0.0.1:1', ...options })).code).toBe('DM_OPTIONS_INVALID');
  });
});

describe('sub-collections to embed', () => {
  const embedded = async (embed: unknown) =>
    await firestoreConnector.configure({ projectId: 'shop', emulator: '127.0.0.1:1', embed });

  test('are named in a list or in one text, and are part of the name of the endpoint', async () => {
    const id = 'firestore://shop/(default)?emulator=127.0.0.1:1&embed=users/*/likes,users/*/messages';
    expect((await embedded(['users/*/messages', 'users/*/likes'])).description.id).toBe(id);
    expect((await embedded('users/*/likes,users/*/messages')).description.id).toBe(id);
  });

  test.each(['users', 'users/*', 'users/alice/messages', 'users/*/dm_split', '', 'users/*/..'])(
    '%j is no path of one in every document',
    async (path) => {
      await expect(embedded([path])).rejects.toMatchObject({ code: 'DM_OPTIONS_INVALID' });
    },
  );
});
