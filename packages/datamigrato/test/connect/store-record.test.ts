import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createConnectorSet } from '../../src/connect/connector-set.js';
import type { EndpointReference } from '../../src/connect/endpoint-reference.js';
import { recordedStore } from '../../src/connect/named-store.js';
import { recordOf, type StoreRecord, storeRecordShape } from '../../src/connect/store-record.js';
import { createRedactor } from '../../src/secret/redactor.js';
import { stores } from '../../src/store-options.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'datamigrato-record-'));
  await writeFile(join(folder, 'shop-token.json'), '{}');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A reference as a command line makes it: with the words that it was named by. */
const named = (text: string, options: Readonly<Record<string, string>> = {}): EndpointReference => ({
  connector: 'mongodb',
  options: { clientUrl: 'expanded' },
  template: { text, options },
});

const canary = 'c4n4ry-hunter2';

describe('S-06: the record of a store has no secret that was written out', () => {
  test.each([
    ['mongodb', `mongodb://app:${canary}@host/shop`],
    ['mongodb', `mongodb://app:${canary}@h1:27017,h2:27017/shop?replicaSet=rs`],
    ['mongodb', `mongodb+srv://${canary}@host/shop`],
    ['mongodb', `mongodb://app:a/${canary}@host/shop`],
    ['mongodb', `mongodb://app:a@${canary}@host/shop`],
    ['mongodb', `mongodb://host/shop?authMechanismProperties=AWS_SESSION_TOKEN:${canary}`],
    ['mongodb', `mongodb://host/shop?tlsCertificateKeyFilePassword=${canary}`],
    ['cassandra', `cassandra://app:${canary}@host/shop?localDataCenter=dc1`],
    ['cassandra', `cassandra://host/shop?localDataCenter=dc1&password=${canary}`],
    ['cassandra', `astra://db/shop?token=AstraCS:${canary}`],
    ['cassandra', `astra://db/shop?token=${canary}.json`],
    ['dynamo', `dynamo://region?key=${canary}`],
    ['dynamo', `dynamo://${canary}@region`],
  ])('%s %s', (connector, text) => {
    for (const reference of [text, named(text)]) {
      const record = recordOf(reference, connector);
      expect(JSON.stringify(record)).not.toContain(canary);
      expect(record).toMatchObject({ text: null, withheld: ['the connection string'] });
    }
  });

  test.each<readonly [string, object]>([
    ['clientUrl', { clientUrl: `mongodb://app:${canary}@host` }],
    ['password', { username: 'app', password: canary }],
    ['token', { token: canary }],
    ['tls', { tls: { keyFile: 'key.pem', keyFilePassphrase: canary } }],
    ['credentials', { credentials: [{ user: 'app', apiKey: canary }] }],
    ['account', { account: { private_key: canary } }],
    ['url', { url: `https://shop.example.com/?auth=${canary}` }],
    ['pin', { pin: () => canary }],
    [
      'client',
      {
        client: new (class Client {
          readonly password = canary;
        })(),
      },
    ],
    ['secretNumber', { secretNumber: 1234 }],
  ])('in the option %s', (name, options) => {
    const record = recordOf({ connector: 'cassandra', options }, 'cassandra');
    expect(JSON.stringify(record)).not.toMatch(new RegExp(`${canary}|1234`));
    expect(record.withheld).toEqual([`the option ${name}`]);
  });

  test('of any form, in any place that holds one', () => {
    const secret = fc.stringMatching(/^[A-Za-z0-9!$*()_.~-]{6,24}$/).map((text) => `Zq${text}`);
    const place = fc.constantFrom<(secret: string) => EndpointReference>(
      (text) => `mongodb://user:${encodeURIComponent(text)}@host/db`,
      (text) => named(`mongodb://user:x${encodeURIComponent(text)}\${PART}@host/db`),
      (text) => named('mongodb://host/db', { password: text }),
      (text) => named(`astra://db/ks?bundle=./b.zip&token=${encodeURIComponent(text)}`),
      (text) => stores.cassandra({ keyspaceName: 'k', tableName: 't', username: 'u', password: text }),
      (text) => stores.cassandra({ keyspaceName: 'k', tableName: 't', token: text }),
      (text) => stores.mongo({ clientUrl: `mongodb://u:${encodeURIComponent(text)}@h/d`, collectionName: 'c' }),
      (text) => ({ connector: 'mine', options: { anything: text } }),
    );
    fc.assert(
      fc.property(secret, place, (text, reference) => {
        const made = reference(text);
        const record = recordOf(
          made,
          typeof made === 'string' || typeof made.connector !== 'string' ? 'mongodb' : made.connector,
        );
        expect(JSON.stringify(record)).not.toContain(text);
        expect(JSON.stringify(record)).not.toContain(encodeURIComponent(text));
        expect(record.withheld).toHaveLength(1);
      }),
      { numRuns: 1_000, seed: 20261124 },
    );
  });
});

describe('the record of a store', () => {
  const context = (environment: Readonly<Record<string, string>> = {}) => ({
    connectors: createConnectorSet([], createRedactor()),
    environment,
    secrets: createRedactor(),
  });
  const again = (record: StoreRecord, environment?: Readonly<Record<string, string>>) =>
    recordedStore({ side: 'from', endpoint: 'mongodb://host/shop', record }, context(environment));

  test('survives a file', () => {
    const record = recordOf(
      named('mongodb://app:${P}@host/shop?authSource=admin#films', { insecure: 'true' }),
      'mongodb',
    );
    expect(storeRecordShape.parse(JSON.parse(JSON.stringify(record)))).toEqual(record);
  });

  test('leads back to a store that was named by a connection string, with its variables', async () => {
    const record = recordOf(
      named('mongodb://app:${P}@host/shop?authSource=admin', { createIndexes: 'true' }),
      'mongodb',
    );
    expect(record.withheld).toEqual([]);
    expect(await again(record, { P: 'p@ss/word' })).toMatchObject({
      options: { clientUrl: 'mongodb://app:p%40ss%2Fword@host/shop?authSource=admin', createIndexes: true },
    });
    await expect(again(record)).rejects.toMatchObject({ code: 'DM_VARIABLE_MISSING' });
  });

  test('keeps an option that is a variable, under any name', async () => {
    const record = recordOf(named('mongodb:', { clientUrl: '${URL}', password: '${P}' }), 'mongodb');
    expect(record).toMatchObject({ options: { clientUrl: '${URL}', password: '${P}' }, withheld: [] });
    const environment = { URL: `mongodb://app:${canary}@host/shop`, P: canary };
    expect(await again(record, environment)).toMatchObject({
      options: { clientUrl: environment.URL, password: canary },
    });
  });

  test('takes what looks like a variable for a variable only where it was one', async () => {
    const literal = recordOf('mongodb://host/${shop}', 'mongodb');
    expect(await again(literal)).toMatchObject({ options: { clientUrl: 'mongodb://host/${shop}' } });
  });

  test('keeps paths of files that hold secrets, and not what only looks like one', async () => {
    const token = join(folder, 'shop-token.json');
    const options = { keyspaceName: 'shop', tableName: 'films', secureBundle: './secure-connect-shop.zip' };
    const record = recordOf(stores.cassandra({ ...options, token }), 'cassandra');
    expect(record).toMatchObject({ options: { token, secureBundle: './secure-connect-shop.zip' }, withheld: [] });
    expect(await again(record)).toEqual({ connector: 'cassandra', options: record.options });
    const missing = recordOf(stores.cassandra({ ...options, token: join(folder, 'no-token.json') }), 'cassandra');
    expect(missing.withheld).toEqual(['the option token']);
  });

  test('says what is missing, and where it can be given', async () => {
    const record = recordOf({ connector: 'mongodb', options: { clientUrl: `mongodb://a:${canary}@h/d` } }, 'mongodb');
    await expect(again(record)).rejects.toMatchObject({
      code: 'DM_STORE_UNNAMED',
      message: expect.stringContaining('the option clientUrl of mongodb://host/shop'),
      nextStep: expect.stringContaining('DATAMIGRATO_FROM'),
    });
    expect(await again(record, { DATAMIGRATO_FROM: 'mongodb://b@host/shop' })).toMatchObject({
      options: { clientUrl: 'mongodb://b@host/shop' },
    });
  });
});
