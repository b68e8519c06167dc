import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createConnectorSet } from '../../src/connect/connector-set.js';
import { resolveReference } from '../../src/connect/endpoint-reference.js';
import { createRedactor } from '../../src/secret/redactor.js';
import { storedZip } from './stored-zip.js';

let folder: string;
const written = async (name: string, content: string | Buffer): Promise<string> => {
  await writeFile(join(folder, name), content, { mode: 0o600 });
  return join(folder, name);
};
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'datamigrato-credential-files-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const keyLine = 'MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj';
const pem = (label: string, body: string): string => `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----\n`;

async function bundle(): Promise<string> {
  const entries = {
    'config.json': JSON.stringify({ host: 'shop.db.astra.datastax.com', port: 29_080 }),
    'ca.crt': pem('CERTIFICATE', 'bm9uZQ=='),
    cert: pem('CERTIFICATE', 'bm9uZQ=='),
    key: pem('PRIVATE KEY', keyLine),
  };
  return written('secure-connect-shop.zip', storedZip(entries));
}

/** A way to name a store whose secrets lie in files, and texts that hold those secrets. */
const ways: readonly (readonly [
  title: string,
  connector: string,
  options: () => Promise<object>,
  secrets: readonly string[],
])[] = [
  [
    'a credential file of MongoDB',
    'mongodb',
    async () => ({
      credFile: await written(
        'mongo.yaml',
        'client_url: mongodb://ada:horse%2Fbattery@h/shop?tls=true&tlsCertificateKeyFilePassword=key-4711\n',
      ),
    }),
    ['horse/battery', 'horse%2Fbattery', 'key-4711', Buffer.from('ada:horse/battery').toString('base64')],
  ],
  [
    'a bundle and a token file of Astra',
    'cassandra',
    async () => ({
      keyspaceName: 'shop',
      secureBundle: await bundle(),
      token: await written('shop-token.json', '{"clientId":"id","secret":"horse~battery"}'),
    }),
    ['horse~battery', keyLine],
  ],
  [
    'a token',
    'cassandra',
    async () => ({ keyspaceName: 'shop', secureBundle: await bundle(), token: 'AstraCS:horse:battery' }),
    ['AstraCS:horse:battery', keyLine],
  ],
  [
    'a key file of Cassandra, and a password',
    'cassandra',
    async () => ({
      contactPoints: ['127.0.0.1'],
      localDataCenter: 'dc1',
      keyspaceName: 'shop',
      username: 'ada',
      password: 'horse battery',
      tls: {
        certificateFile: await written('c.pem', pem('CERTIFICATE', 'bm9uZQ==')),
        keyFile: await written('k.pem', pem('PRIVATE KEY', keyLine)),
      },
    }),
    ['horse battery', keyLine],
  ],
  [
    'a service account of a Realtime Database',
    'firebase-realtime',
    async () => ({
      referenceUrl: 'https://shop-default-rtdb.firebaseio.com',
      serviceAccount: await written(
        'key.json',
        JSON.stringify({
          type: 'service_account',
          project_id: 'shop',
          client_email: 'a@shop.iam.gserviceaccount.com',
          private_key: pem('PRIVATE KEY', keyLine),
        }),
      ),
    }),
    [keyLine],
  ],
  [
    'a service account of Firestore',
    'firestore',
    async () => ({
      serviceAccount: await written(
        'key.json',
        JSON.stringify({
          type: 'service_account',
          project_id: 'shop',
          client_email: 'a@shop.iam.gserviceaccount.com',
          private_key: pem('PRIVATE KEY', keyLine),
        }),
      ),
    }),
    [keyLine],
  ],
];

test.each(ways)(
  'S-06 the redactor hears of %s before the store is opened',
  async (_title, connector, options, secrets) => {
    const redactor = createRedactor();
    const connectors = createConnectorSet([], redactor);
    for (const secret of secrets) expect(redactor.redact(`<${secret}>`)).toBe(`<${secret}>`);
    await resolveReference({ connector, options: await options() }, connectors);
    for (const secret of secrets) expect(redactor.redact(`<${secret}>`)).toBe('<…>');
  },
);
