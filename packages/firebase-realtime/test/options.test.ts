import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { isDatamigratoError } from '@datamigrato/core';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { firebaseRealtimeConnector as connector } from '../src/index.js';

const folder = await mkdtemp(join(tmpdir(), 'realtime-options-'));
afterAll(() => rm(folder, { recursive: true, force: true }));
beforeEach(() => {
  vi.stubEnv('FIREBASE_DATABASE_EMULATOR_HOST', '');
});
afterEach(() => {
  vi.unstubAllEnvs();
});

const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});
const account = {
  type: 'service_account',
  project_id: 'shop',
  client_email: 'admin@shop.iam.gserviceaccount.com',
  private_key: privateKey,
  token_uri: 'https://evil.example/token',
};

const referenceUrl = 'https://shop-default-rtdb.europe-west1.firebasedatabase.app';

async function codeOf(options: object): Promise<string> {
  try {
    await connector.configure({ directory: folder, ...options });
    return 'none';
  } catch (error) {
    return isDatamigratoError(error) ? `${error.code} ${error.category}` : String(error);
  }
}

async function fileWith(name: string, content: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

describe('the address of a database', () => {
  it('is that of the console, in any region, with a path as its root', async () => {
    const shown = async (url: string) => (await connector.configure({ referenceUrl: url, token: 't' })).description.id;
    expect(await shown('https://shop.firebaseio.com')).toBe('rtdb://shop.firebaseio.com');
    expect(await shown(`${referenceUrl}/apps/shop/`)).toBe(
      'rtdb://shop-default-rtdb.europe-west1.firebasedatabase.app/apps/shop',
    );
  });

  it('is refused where a token would go to somebody else', async () => {
    for (const url of [
      'https://shop.firebaseio.com.evil.example',
      'https://evil.example',
      'https://user:secret@shop.firebaseio.com',
      'https://shop.firebaseio.com:8443',
      'https://shop.firebaseio.com?ns=other',
      'ftp://shop.firebaseio.com',
      'shop',
      'https://shop.firebaseio.com/a.b',
      'https://shop.firebaseio.com/%zz',
    ])
      expect(await codeOf({ referenceUrl: url, token: 't' }), url).toBe('DM_OPTIONS_INVALID usage');
  });

  it('stands in a connection string with its entity and options', () => {
    expect(connector.parseUrl('rtdb://shop/users')).toEqual({
      options: { referenceUrl: 'https://shop.firebaseio.com' },
      entity: 'users',
    });
    expect(connector.parseUrl('rtdb://shop.europe-west1.firebasedatabase.app/a/b%20c/*')).toEqual({
      options: { referenceUrl: 'https://shop.europe-west1.firebasedatabase.app' },
      entity: 'a/b c/*',
    });
    expect(connector.parseUrl('rtdb://demo?emulator=127.0.0.1:9000&serviceAccount=./key.json')).toEqual({
      options: {
        referenceUrl: 'https://demo.firebaseio.com',
        emulator: '127.0.0.1:9000',
        serviceAccount: './key.json',
      },
    });
    for (const url of [
      'rtdb:',
      'rtdb://',
      'rtdb://shop?color=red',
      'rtdb://shop/a%2Fb',
      'rtdb://shop//a',
      'rtdb://u:p@shop',
    ])
      expect(() => connector.parseUrl(url), url).toThrow(/address of the Realtime Database/);
  });
});

describe('an emulator', () => {
  it('S-05 is used only where somebody said so', async () => {
    expect(await codeOf({ referenceUrl, token: 't' })).toBe('none');
    vi.stubEnv('FIREBASE_DATABASE_EMULATOR_HOST', '127.0.0.1:9000');
    expect(await codeOf({ referenceUrl, token: 't' })).toBe('DM_REALTIME_EMULATOR usage');
    expect(await codeOf({ referenceUrl, token: 't', emulator: false })).toBe('none');
    const meant = await connector.configure({ referenceUrl, emulator: true });
    expect(meant.description).toEqual({
      id: 'rtdb://shop-default-rtdb?emulator=127.0.0.1:9000',
      notices: ['an emulator at http://127.0.0.1:9000 takes the place of the database'],
    });
  });

  it('never gets a token of Google', async () => {
    const serviceAccount = await fileWith('key.json', JSON.stringify(account));
    const configured = await connector.configure({ referenceUrl, emulator: '127.0.0.1:9000', serviceAccount });
    expect(await configured.secrets()).toEqual([]);
  });

  it('is not meant by an http: address alone', async () => {
    const http = 'http://127.0.0.1:9000?ns=demo';
    expect(await codeOf({ referenceUrl: http })).toBe('DM_REALTIME_EMULATOR usage');
    expect((await connector.configure({ referenceUrl: http, emulator: true })).description.id).toBe(
      'rtdb://demo?emulator=127.0.0.1:9000',
    );
    expect(await codeOf({ referenceUrl: 'http://127.0.0.1:9000', emulator: true })).toBe('DM_OPTIONS_INVALID usage');
    expect(await codeOf({ referenceUrl, emulator: true })).toBe('DM_REALTIME_EMULATOR usage');
    for (const emulator of ['a/b', 'a:b', 'user@host:1', 'host:1?x', 'host:123456'])
      expect(await codeOf({ referenceUrl, emulator }), emulator).toBe('DM_OPTIONS_INVALID usage');
    expect(await codeOf({ referenceUrl, emulator: '[::1]:9000' })).toBe('none');
    expect(await codeOf({ referenceUrl, emulator: 'localhost:80' })).toBe('none');
  });
});

describe('a service account', () => {
  it('is read from its file, and found by its usual name with a word about it', async () => {
    const path = await fileWith('shop-firebase-adminsdk-1.json', JSON.stringify(account));
    expect(await codeOf({ referenceUrl, serviceAccount: path })).toBe('none');
    const found = await connector.configure({ referenceUrl, directory: folder });
    expect(found.description.notices).toEqual(['service account read from shop-firebase-adminsdk-1.json']);
    const other = await fileWith('other-firebase-adminsdk-2.json', JSON.stringify(account));
    expect(await codeOf({ referenceUrl })).toBe('DM_REALTIME_SERVICE_ACCOUNT usage');
    await rm(path);
    await rm(other);
    expect((await connector.configure({ referenceUrl, directory: folder })).description.notices).toEqual([
      'no credential was given: the security rules of the database decide what may be done',
    ]);
  });

  it('S-02 is refused in every other form, without a word of what the file holds', async () => {
    const canary = 'canary-7f3a';
    const texts = [
      '',
      canary,
      '[]',
      'null',
      '{"type":"service_account"}',
      JSON.stringify({ type: 'external_account', credential_source: { url: `http://${canary}` } }),
      JSON.stringify({ type: 'external_account', credential_source: { executable: { command: canary } } }),
      JSON.stringify({ type: 'authorized_user', refresh_token: canary }),
      JSON.stringify({ ...account, private_key: canary }),
      JSON.stringify({ ...account, private_key: 5 }),
      JSON.stringify({ ...account, client_email: '' }),
      JSON.stringify({ ...account, padding: 'x'.repeat(70_000) }),
      `{"__proto__":{"type":"service_account"},"a":"${canary}"}`,
      '['.repeat(60_000),
    ];
    for (const [index, text] of texts.entries()) {
      const serviceAccount = await fileWith(`hostile-${index}.json`, text);
      const error: unknown = await connector
        .configure({ referenceUrl, serviceAccount })
        .catch((thrown: unknown) => thrown);
      expect(error, text.slice(0, 40)).toMatchObject({ code: 'DM_REALTIME_SERVICE_ACCOUNT', category: 'usage' });
      expect(inspect(error, { depth: 9 })).not.toContain(canary);
    }
    expect(await codeOf({ referenceUrl, serviceAccount: join(folder, 'missing.json') })).toBe(
      'DM_REALTIME_SERVICE_ACCOUNT usage',
    );
    expect(await codeOf({ referenceUrl, serviceAccount: folder })).toBe('DM_REALTIME_SERVICE_ACCOUNT usage');
  });

  it('is one of three ways to prove who asks', async () => {
    const serviceAccount = await fileWith('key.json', JSON.stringify(account));
    expect(await codeOf({ referenceUrl, serviceAccount, token: 't' })).toBe('DM_OPTIONS_INVALID usage');
    expect(await codeOf({ referenceUrl, app: 5 })).toBe('DM_OPTIONS_INVALID usage');
    expect(await codeOf({ referenceUrl, colour: 'red' })).toBe('DM_OPTIONS_INVALID usage');
    expect(await codeOf({ referenceUrl, token: 't', rootNode: '/a' })).toBe('DM_REALTIME_PATH usage');
  });

  it('is not shown by anything that holds it', async () => {
    const serviceAccount = await fileWith('key.json', JSON.stringify(account));
    const shown = inspect(await connector.configure({ referenceUrl, serviceAccount }), { depth: 9 });
    expect(shown).not.toContain('BEGIN PRIVATE KEY');
    expect(await (await connector.configure({ referenceUrl, serviceAccount })).secrets()).toEqual([privateKey]);
    expect(await (await connector.configure({ referenceUrl, token: 'canary-1' })).secrets()).toEqual(['canary-1']);
    expect(inspect(await connector.configure({ referenceUrl, token: 'canary-1' }), { depth: 9 })).not.toContain(
      'canary-1',
    );
  });
});
