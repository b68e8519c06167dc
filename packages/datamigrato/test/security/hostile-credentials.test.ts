import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { isDatamigratoError } from '@datamigrato/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createConnectorSet } from '../../src/connect/connector-set.js';
import { resolveReference } from '../../src/connect/endpoint-reference.js';
import { createRedactor } from '../../src/secret/redactor.js';
import { storedZip } from './stored-zip.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'datamigrato-hostile-credentials-'));
  const pem = (label: string): string => `-----BEGIN ${label}-----\nbm9uZQ==\n-----END ${label}-----\n`;
  const entries = {
    'config.json': '{"host":"shop.db.astra.datastax.com","port":29080}',
    'ca.crt': pem('CERTIFICATE'),
    cert: pem('CERTIFICATE'),
    key: pem('PRIVATE KEY'),
  };
  await writeFile(join(folder, 'secure-connect-shop.zip'), storedZip(entries), { mode: 0o600 });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const secret = 's3cret-4711';
const key = `-----BEGIN PRIVATE KEY-----\n${secret}\n-----END PRIVATE KEY-----\n`;
const account = {
  type: 'service_account',
  project_id: 'shop',
  client_email: 'a@shop.iam.gserviceaccount.com',
  private_key: key,
};
const json = (value: unknown): string => JSON.stringify(value);

/** Files that are no credential of any kind. */
const files: readonly (readonly [title: string, content: string | Buffer])[] = [
  ['nothing', ''],
  ['a space', ' '],
  ['null', 'null'],
  ['a number', '4711'],
  ['a text', json(secret)],
  ['a list', json([account])],
  ['an empty object', '{}'],
  ['an object in an object', json({ account })],
  ['one that is cut off', json(account).slice(0, -20)],
  ['two after one another', `${json(account)}${json(account)}`],
  ['a comment', `// ${secret}\n${json(account)}`],
  ['YAML', `type: service_account\nprivate_key: ${secret}\n`],
  ['a key alone', key],
  ['a prototype', `{"__proto__":${json(account)}}`],
  ['a constructor', `{"constructor":{"prototype":${json(account)}}}`],
  ['another type', json({ ...account, type: 'authorized_user', refresh_token: secret })],
  [
    'a type that asks strangers',
    json({ ...account, type: 'external_account', credential_source: { url: `http://127.0.0.1:1/${secret}` } }),
  ],
  [
    'a type that runs programs',
    json({ ...account, type: 'external_account', credential_source: { executable: { command: `touch ${secret}` } } }),
  ],
  [
    'a type that stands for another',
    json({
      ...account,
      type: 'impersonated_service_account',
      service_account_impersonation_url: `http://127.0.0.1:1/${secret}`,
    }),
  ],
  ['no key', json({ ...account, private_key: undefined })],
  ['a key that is a list', json({ ...account, private_key: [secret] })],
  ['a key that is none', json({ ...account, private_key: secret })],
  ['a secret that is an object', json({ clientId: { $gt: secret }, secret: { $ne: secret } })],
  ['an empty secret', json({ clientId: secret, secret: '' })],
  ['a token without its prefix', json({ token: secret })],
  ['a token that is a number', json({ token: 4711, clientId: secret })],
  [
    'bytes that are not UTF-8',
    Buffer.concat([Buffer.from('{"type":"'), Buffer.from([0xff, 0xfe]), Buffer.from(`${secret}"}`)]),
  ],
  ['levels without end', `${'['.repeat(50_000)}`],
  ['names without end', `{${Array.from({ length: 5_000 }, (_, index) => `"n${index}":0`).join()},"${secret}":0}`],
  ['more than 64 KiB', json({ ...account, note: secret.repeat(10_000) })],
];

const stores: readonly (readonly [title: string, connector: string, options: (path: string) => object])[] = [
  [
    'a Realtime Database',
    'firebase-realtime',
    (serviceAccount) => ({ referenceUrl: 'https://shop-default-rtdb.firebaseio.com', serviceAccount }),
  ],
  ['Firestore', 'firestore', (serviceAccount) => ({ serviceAccount })],
  [
    'Astra',
    'cassandra',
    (token) => ({ keyspaceName: 'shop', secureBundle: join(folder, 'secure-connect-shop.zip'), token }),
  ],
  ['MongoDB', 'mongodb', (credFile) => ({ databaseName: 'shop', credFile })],
];

describe.each(stores)(
  'S-02 a credential file of %s is refused before anybody is asked, and not shown',
  (_title, connector, options) => {
    const connectors = createConnectorSet([], createRedactor());

    test.each(files)('%s', async (_name, content) => {
      const path = join(folder, 'credential.json');
      await writeFile(path, content, { mode: 0o600 });
      const started = process.cpuUsage();
      const error: unknown = await resolveReference({ connector, options: options(path) }, connectors).catch(
        (thrown: unknown) => thrown,
      );
      const { user, system } = process.cpuUsage(started);
      expect(isDatamigratoError(error) && error.category).toBe('usage');
      expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(secret);
      expect((user + system) / 1000).toBeLessThan(2_000);
    });

    test('a folder, a device that never ends, a pipe to which nobody writes, and what is not there', async () => {
      const [device, pipe] = [join(folder, `zero-${connector}`), join(folder, `pipe-${connector}`)];
      await symlink('/dev/zero', device);
      execFileSync('mkfifo', [pipe]);
      for (const path of [folder, device, pipe, join(folder, 'nowhere.json'), 'a\0b']) {
        const error: unknown = await resolveReference({ connector, options: options(path) }, connectors).catch(
          (thrown: unknown) => thrown,
        );
        expect({ path, category: isDatamigratoError(error) && error.category, error }).toMatchObject({
          path,
          category: 'usage',
        });
      }
    });
  },
);
