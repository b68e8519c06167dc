import { inspect } from 'node:util';
import { isDatamigratoError } from '@datamigrato/core';
import { MongoClient } from 'mongodb';
import { describe, expect, test } from 'vitest';
import { mongodbConnector } from '../src/index.js';

const parse = (url: string) => mongodbConnector.parseUrl(url);
const describeUrl = async (clientUrl: string, options: object = {}) =>
  (await mongodbConnector.configure({ clientUrl, ...options })).description;

async function faultOf(call: () => unknown): Promise<unknown> {
  try {
    await call();
  } catch (error) {
    return error;
  }
  throw new Error('expected a failure');
}

describe('a connection string', () => {
  test.each([
    'mongodb://localhost/shop',
    'mongodb://user:p%40ss@h1:27017,h2:27018/shop?replicaSet=rs&authSource=admin',
    'mongodb+srv://user:p%23ss@cluster.example.net/shop?retryWrites=true',
    'mongodb://user:p#ss?/w@h1:1/shop',
    'mongodb://h',
  ])('%s goes to the driver untouched', (url) => {
    expect(parse(url)).toEqual({ options: { clientUrl: url } });
  });

  test('names a collection after the mark', () => {
    expect(parse('mongodb://h/shop?tls=true#movies')).toEqual({
      options: { clientUrl: 'mongodb://h/shop?tls=true' },
      entity: 'movies',
    });
    expect(parse('mongodb://u:a#b@h/shop#a%23%20b.c').entity).toBe('a# b.c');
    expect(parse('mongodb://h/shop#')).toEqual({ options: { clientUrl: 'mongodb://h/shop' } });
  });

  test('is shown as scheme, hosts and database alone', async () => {
    const url = 'mongodb://alice:s3cret@h1:27018,h2/shop?authSource=admin&appName=s3cret';
    expect(await describeUrl(url)).toEqual({ id: 'mongodb://h1:27018,h2:27017/shop', notices: [] });
    const srv = 'mongodb+srv://alice:s3cret@cluster.example.net/shop';
    expect((await describeUrl(srv)).id).toBe('mongodb+srv://cluster.example.net/shop');
  });

  test('is a secret unless it is what the endpoint is called anyway', async () => {
    const secretsOf = async (clientUrl: string) => (await mongodbConnector.configure({ clientUrl })).secrets();
    expect(await secretsOf('mongodb://localhost/shop')).toEqual([]);
    for (const url of ['mongodb://u:p@h/shop', 'mongodb://h/shop?tlsCertificateKeyFilePassword=p'])
      expect(await secretsOf(url)).toEqual([url]);
  });

  test('gives way to the option for the database, and needs one of both', async () => {
    expect((await describeUrl('mongodb://h/admin', { databaseName: 'shop' })).id).toBe('mongodb://h:27017/shop');
    await expect(describeUrl('mongodb://h')).rejects.toMatchObject({ code: 'DM_OPTIONS_INVALID', category: 'usage' });
  });

  test('with a path of two names is told where a collection goes', async () => {
    const error = await faultOf(() => describeUrl('mongodb://h/shop/movies'));
    expect(error).toMatchObject({ code: 'DM_MONGODB_URL', message: expect.stringContaining('#collection') });
  });

  test.each([
    'mongodb://alice:s3cret@h:port/shop',
    'mongodb://alice:s3cret@@h/shop',
    'mongodb://alice:s3cret%zz@h/shop',
    'mongodb://alice:s3cret@/shop',
    'mongodb://alice:s3cret@h/shop?unknownOption=s3cret',
    'mongodb://alice:s3cret@h/shop?maxPoolSize=s3cret',
    'mongodb+srv://alice:s3cret@h:27017/shop',
    'http://alice:s3cret@h/shop',
    's3cret',
    'mongodb://alice:s3cret@h1:1,h2:2/shop?directConnection=true',
    'mongodb://alice:s3cret@h/shop?w=s3cret&w=2',
    'mongodb://h/%E0%A4%A?s3cret',
  ])('S-06 %s is refused, and nothing of it is shown', async (clientUrl) => {
    const error = await faultOf(() => describeUrl(clientUrl));
    expect(error).toMatchObject({ code: 'DM_MONGODB_URL', category: 'usage' });
    expect(inspect(error, { depth: 20, showHidden: true })).not.toMatch(/s3cret|alice/);
    expect(JSON.stringify(error)).not.toMatch(/s3cret|alice/);
  });
});

describe('S-04 TLS verification', () => {
  const flags = ['tlsInsecure=true', 'tlsAllowInvalidCertificates=true', 'tlsAllowInvalidHostnames=true'];

  test.each(flags)('%s is refused', async (flag) => {
    const error = await faultOf(() => describeUrl(`mongodb://u:s3cret@h/shop?tls=true&${flag}`));
    expect(error).toMatchObject({ code: 'DM_MONGODB_INSECURE_TLS', category: 'usage' });
    expect(inspect(error)).not.toContain('s3cret');
  });

  test.each(flags)('%s passes with consent, and is said aloud', async (flag) => {
    const { notices } = await describeUrl(`mongodb+srv://h.example.net/shop?${flag}`, { insecure: true });
    expect(notices).toEqual([expect.stringContaining('INSECURE')]);
  });

  test('is on otherwise', async () => {
    expect((await describeUrl('mongodb://h/shop?tls=true&tlsInsecure=false', { insecure: true })).notices).toEqual([]);
  });
});

describe('options', () => {
  test.each<[string, unknown]>([
    ['nothing', {}],
    ['two ways to connect', { clientUrl: 'mongodb://h/a', credFile: 'x.yaml' }],
    ['an unknown name', { clientUrl: 'mongodb://h/a', password: 's3cret' }],
    ['a client of something else', { client: { db: () => 's3cret' }, databaseName: 'a' }],
    ['a database name with a dot', { clientUrl: 'mongodb://h', databaseName: 's3cret.a' }],
    ['a text for a switch', { clientUrl: 'mongodb://h/a', insecure: 's3cret' }],
    ['no object', 's3cret'],
  ])('%s: refused without showing values', async (_, options) => {
    const error = await faultOf(() => mongodbConnector.configure(options));
    expect(error).toMatchObject({ code: 'DM_OPTIONS_INVALID', category: 'usage' });
    expect(inspect(error, { depth: 20 })).not.toContain('s3cret');
  });

  test('a client that is handed in tells where it leads', async () => {
    const client = new MongoClient('mongodb://u:s3cret@h1:1,h2:2/other?tls=true&tlsInsecure=true');
    const { description } = await mongodbConnector.configure({ client, databaseName: 'shop' });
    expect(description).toEqual({ id: 'mongodb://h1:1,h2:2/shop', notices: [expect.stringContaining('INSECURE')] });
    await client.close();
  });

  test('a configured endpoint shows no password', async () => {
    const configured = await mongodbConnector.configure({ clientUrl: 'mongodb://alice:s3cret@h/shop' });
    expect(inspect(configured, { depth: 20, showHidden: true })).not.toMatch(/s3cret/);
    expect(JSON.stringify(configured)).not.toMatch(/s3cret/);
  });
});

test('the error of something that is no error of the driver is not ours', async () => {
  expect(isDatamigratoError(await faultOf(() => describeUrl('mongodb://h/a', { databaseName: '' })))).toBe(true);
});
