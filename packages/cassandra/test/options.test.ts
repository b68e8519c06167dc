import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ParsedUrl } from '@datamigrato/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readTokenFile } from '../src/credentials.js';
import { cassandraConnector } from '../src/index.js';

const parseUrl = (url: string): ParsedUrl => cassandraConnector.parseUrl(url);
const refusal = (message: RegExp) =>
  expect.objectContaining({ code: 'DM_OPTIONS_INVALID', category: 'usage', message: expect.stringMatching(message) });

describe('a connection string', () => {
  test('of several hosts gives all of its parts', () => {
    expect(
      parseUrl(
        'cassandra://us%65r:p%40%3Ass@h1:9142,h2:9142,[::1]/my_ks/my_table?localDataCenter=dc1&tls=true&consistency=quorum',
      ),
    ).toEqual({
      entity: 'my_table',
      options: {
        username: 'user',
        password: 'p@:ss',
        contactPoints: ['h1', 'h2', '::1'],
        port: 9142,
        keyspaceName: 'my_ks',
        localDataCenter: 'dc1',
        tls: 'true',
        consistency: 'quorum',
      },
    });
    expect(parseUrl('cassandra://h/ks?localDataCenter=a&certificateAuthorityFile=ca.pem')).toEqual({
      options: {
        contactPoints: ['h'],
        keyspaceName: 'ks',
        localDataCenter: 'a',
        tls: { certificateAuthorityFile: 'ca.pem' },
      },
    });
    expect(parseUrl('astra://0a1b/ks/t?bundle=./b.zip&token=./t.json')).toEqual({
      entity: 't',
      options: { databaseId: '0a1b', keyspaceName: 'ks', secureBundle: './b.zip', token: './t.json' },
    });
  });

  test.each([
    'cassandra:h/ks',
    'cassandra://',
    'cassandra://user@h/ks',
    'cassandra://h1:1,h2:2/ks',
    'cassandra://h:port/ks',
    'cassandra://h/ks/t/more',
    'cassandra://h/%zz',
    'cassandra://h/ks?port=1&port=2',
    'astra:///ks',
    'mongodb://h/ks',
  ])('%s is refused', (url) => {
    expect(() => parseUrl(url)).toThrow(expect.objectContaining({ code: 'DM_URL_INVALID', category: 'usage' }));
  });

  test('S-06: is never shown, since it may hold a password', () => {
    for (const url of [
      'cassandra://u:canary@h1:1,h2:2/ks',
      'cassandra://u:canary@h/ks/a/b/c',
      'nonsense://u:canary@h',
    ]) {
      expect(() => parseUrl(url)).toThrow(expect.not.objectContaining({ message: expect.stringContaining('canary') }));
    }
  });
});

describe('options', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'options-'));
  });
  afterAll(() => rm(folder, { recursive: true }));
  const base = (more: Record<string, unknown>) =>
    cassandraConnector.configure({ keyspaceName: 'ks', directory: folder, ...more });
  const nodes = { contactPoints: 'h1, h2', localDataCenter: 'dc1' };

  test('describe the endpoint by hosts and keyspace alone', async () => {
    const configured = await base({
      ...nodes,
      port: '9142',
      username: 'canary-user',
      password: 'canary-password',
      tls: true,
    });
    expect(configured.description).toEqual({ id: 'cassandra://h1:9142,h2:9142/ks', notices: [] });
    const open = await base({ ...nodes, username: 'canary-user', password: 'canary-password' });
    expect(open.description.notices.join()).toContain('unencrypted');
    const insecure = await base({ ...nodes, tls: true, insecure: true });
    expect(insecure.description.notices.join()).toContain('not verified');
    const made = await base({ ...nodes, createKeyspace: true });
    expect(made.description.notices.join()).toContain('one copy');
  });

  test.each([
    [{ keyspaceName: undefined, ...nodes }, /keyspaceName/],
    [{ contactPoints: 'h' }, /localDataCenter/],
    [{ ...nodes, secureBundle: 'b.zip' }, /say one of/],
    [{ ...nodes, username: 'u' }, /both `username` and `password`/],
    [{ ...nodes, insecure: true }, /without `tls`/],
    [{ ...nodes, tls: { certificateFile: 'c.pem' } }, /both `certificateFile` and `keyFile`/],
    [{ ...nodes, port: 0 }, /port/],
    [{ ...nodes, consistency: 'most' }, /consistency/],
    [{ ...nodes, pasword: 'x' }, /pasword/],
    [{ ...nodes, timeToLive: 0 }, /timeToLive/],
    [{ client: {} }, /client: is not a client/],
    [{}, /say how to connect/],
  ])('%o are refused', async (raw, message) => {
    await expect(base(raw)).rejects.toEqual(refusal(message));
  });

  test('find a bundle and a token file by their usual names, and say so', async () => {
    const directory = await mkdtemp(join(folder, 'usual-'));
    await writeFile(join(directory, 'secure-connect-shop.zip'), 'zip');
    await expect(base({ directory })).rejects.toEqual(refusal(/token/));
    await writeFile(join(directory, 'shop-token.json'), '{}');
    const configured = await base({ directory });
    expect(configured.description).toEqual({
      id: 'astra://secure-connect-shop.zip/ks',
      notices: [
        'the secure connect bundle secure-connect-shop.zip was found in the directory and is used',
        'the token file shop-token.json was found in the directory and is used',
      ],
    });
    expect((await base({ directory, databaseId: 'my-db', username: 'u', password: 'p' })).description).toEqual({
      id: 'astra://my-db/ks',
      notices: ['the secure connect bundle secure-connect-shop.zip was found in the directory and is used'],
    });
    await writeFile(join(directory, 'other-token.json'), '{}');
    await expect(base({ directory })).rejects.toEqual(
      refusal(/more than one token file, other-token\.json and shop-token\.json/),
    );
    await writeFile(join(directory, 'secure-connect-b.zip'), 'zip');
    await expect(base({ directory })).rejects.toEqual(
      refusal(/more than one secure connect bundle, secure-connect-b\.zip and secure-connect-shop\.zip/),
    );
    expect(
      (await base({ directory, secureBundle: 'secure-connect-b.zip', token: 'other-token.json' })).description.notices,
    ).toEqual([]);
  });

  test.each([
    ['{"clientId":"id","secret":"canary"}', { username: 'id', password: 'canary' }],
    ['{"token":"AstraCS:canary"}', { username: 'token', password: 'AstraCS:canary' }],
    ['{"clientId":"id","secret":"canary","token":"AstraCS:x"}', { username: 'id', password: 'canary' }],
  ])('a token file %s gives credentials', async (content, credentials) => {
    await writeFile(join(folder, 'a-token.json'), content);
    expect(await readTokenFile(join(folder, 'a-token.json'))).toEqual(credentials);
  });

  test.each([
    'canary',
    '[]',
    'null',
    '{"clientId":"canary"}',
    '{"clientId":"canary","secret":1}',
    '{"token":"canary"}',
    '',
    'x'.repeat(70_000),
  ])('S-02 a token file %.20s is refused without being shown', async (content) => {
    await writeFile(join(folder, 'b-token.json'), content);
    const error: unknown = await readTokenFile(join(folder, 'b-token.json')).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'DM_CASSANDRA_CREDENTIALS_INVALID', category: 'usage' });
    expect((error as Error).message).not.toContain('canary');
  });
});
