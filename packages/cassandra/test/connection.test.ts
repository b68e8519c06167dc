import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { type Endpoint, type EntitySchema, entityName } from '@datamigrato/core';
import {
  type AstraLike,
  type CassandraServer,
  type Certificates,
  createCertificates,
  describeWithOwnServer,
  describeWithServer,
  startAstraLike,
  startCassandra,
  startFaultProxy,
} from '@datamigrato/testbed';
import { Client } from 'cassandra-driver';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cassandraConnector } from '../src/index.js';
import { call, collected, readAll, writeAll } from './test-keyspace.js';

/** What opening with these options throws. */
async function refusalOf(options: Record<string, unknown>): Promise<Error> {
  const configured = await cassandraConnector.configure({
    keyspaceName: 'system_schema',
    localDataCenter: 'datacenter1',
    ...options,
  });
  try {
    const endpoint = await configured.open(call);
    await endpoint.close();
  } catch (thrown) {
    return thrown as Error;
  }
  throw new Error('the connection was not refused');
}

/** Everything that could be printed of an error. */
const shown = (error: Error): string =>
  JSON.stringify([error.message, error.stack, String(error.cause), error, error.cause]);

/** A listener on a free port; its sockets are cut when it is closed. */
async function listening(server: Server): Promise<{ readonly port: number; close(): void }> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

describe('a cluster that cannot be reached', () => {
  test('is given up within the deadline when nothing is ever answered', async () => {
    const silent = await listening(createTcpServer());
    const start = performance.now();
    const error = await refusalOf({ contactPoints: '127.0.0.1', port: silent.port, connectDeadline: 800 });
    expect(performance.now() - start).toBeLessThan(2_000);
    expect(error).toMatchObject({ code: 'DM_CASSANDRA_UNREACHABLE', category: 'transient', retry: 'safe' });
    silent.close();
  });

  test('is given up at once when nobody listens, or when the call is aborted', async () => {
    const gone = await listening(createTcpServer());
    gone.close();
    expect(await refusalOf({ contactPoints: '127.0.0.1', port: gone.port })).toMatchObject({
      code: 'DM_CASSANDRA_UNREACHABLE',
      message: expect.stringContaining('ECONNREFUSED'),
    });
    const silent = await listening(createTcpServer());
    const configured = await cassandraConnector.configure({
      keyspaceName: 'k',
      localDataCenter: 'd',
      contactPoints: '127.0.0.1',
      port: silent.port,
    });
    const controller = new AbortController();
    const opening = configured.open({ ...call, signal: controller.signal });
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(opening).rejects.toBe(reason);
    silent.close();
  });
});

await describeWithServer('cassandra', 'a connection', (address) => {
  test('to a data centre that is not there names those that are, and leaves nothing open', async () => {
    const proxy = await startFaultProxy(address.port);
    const error = await refusalOf({
      contactPoints: ['127.0.0.1', 'localhost'],
      port: proxy.port,
      localDataCenter: 'mars',
    });
    try {
      await expect.poll(() => proxy.open, { timeout: 10_000 }).toBe(0);
    } finally {
      await proxy.stop();
    }
    expect(error).toMatchObject({
      code: 'DM_OPTIONS_INVALID',
      category: 'usage',
      message: expect.stringContaining('datacenter1'),
    });
  });

  test('by a URL works, and a client that was handed in is used and left open', async () => {
    const { options } = cassandraConnector.parseUrl(address.url.replace('/?', '/system?'));
    const endpoint = await (await cassandraConnector.configure(options)).open(call);
    expect((await readAll(endpoint, 'local', 1)).length).toBe(1);
    expect(await collected(endpoint.source().listEntities(call))).toContainEqual({
      entity: 'local',
      excluded: 'a table of the server itself',
    });
    await endpoint.close();

    const client = new Client({
      contactPoints: [...address.contactPoints],
      protocolOptions: { port: address.port },
      localDataCenter: address.localDataCenter,
    });
    const configured = await cassandraConnector.configure({ client, keyspaceName: 'system' });
    const byClient = await configured.open(call);
    await byClient.close();
    expect((await client.execute('SELECT key FROM system.local')).rows).toHaveLength(1);
    await client.execute(
      "CREATE KEYSPACE handed_in WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
    );
    await client.execute('CREATE TABLE handed_in.t (id bigint PRIMARY KEY, v varint, s set<int>, m map<text, int>)');
    await client.execute("INSERT INTO handed_in.t (id, v, s, m) VALUES (9007199254740993, -1, {2, 1}, {'a': 1})");
    // With the driver's defaults, 64-bit integers come as another class, and maps as objects.
    const table = await (await cassandraConnector.configure({ client, keyspaceName: 'handed_in' })).open(call);
    expect(await readAll(table, 't')).toMatchObject([
      { key: [9007199254740993n], fields: { v: { value: -1n }, s: { elements: [1, 2] }, m: { entries: [['a', 1]] } } },
    ]);
    await client.execute('CREATE TABLE handed_in.u (id int PRIMARY KEY, m map<int, int>)');
    await client.execute('INSERT INTO handed_in.u (id, m) VALUES (1, {1: 1})');
    await expect(readAll(table, 'u')).rejects.toMatchObject({
      code: 'DM_OPTIONS_INVALID',
      nextStep: expect.stringContaining('map: Map'),
    });
    await client.execute('DROP KEYSPACE handed_in');
    await client.shutdown();
  });
});

interface SecureNode extends AsyncDisposable {
  readonly node: CassandraServer;
  readonly certificates: Certificates;
  readonly astra: AstraLike;
}

async function startSecureNode(): Promise<SecureNode> {
  const certificates = await createCertificates();
  const node = await startCassandra({ authentication: true, tls: { certificates } });
  const astra = await startAstraLike(node);
  return {
    node,
    certificates,
    astra,
    async [Symbol.asyncDispose]() {
      await astra.stop();
      await node.stop();
      await certificates.remove();
    },
  };
}

await describeWithOwnServer('a node with passwords and TLS', startSecureNode, ({ node, certificates, astra }) => {
  const reach = { contactPoints: node.contactPoints, port: node.port };
  const login = { username: node.username, password: node.password };
  const tls = { certificateAuthorityFile: certificates.certificateAuthorityFile };
  const schema: EntitySchema = {
    entity: entityName('notes'),
    key: [{ name: 'id', role: 'partition', type: { kind: 'string' } }],
    fields: [{ name: 'text', type: { kind: 'string' } }],
    origin: 'planned',
  };
  const record = { key: ['a'], fields: { text: 'hello' } };
  const open = async (options: Record<string, unknown>): Promise<Endpoint> =>
    (await cassandraConnector.configure({ keyspaceName: 'secure', localDataCenter: 'datacenter1', ...options })).open(
      call,
    );

  beforeAll(async () => {
    const endpoint = await open({ ...reach, ...login, tls, createKeyspace: true });
    await writeAll(endpoint, schema, [record]);
    await endpoint.close();
  });

  test('lets in who trusts the right authority and knows the password', async () => {
    const endpoint = await open({ ...reach, ...login, tls });
    expect(await readAll(endpoint, 'notes')).toEqual([record]);
    await endpoint.close();
  });

  test('S-06: a wrong password, and none at all, are refused without being shown', async () => {
    const wrong = await refusalOf({ ...reach, username: 'canary-user', password: 'canary-password', tls });
    expect(wrong).toMatchObject({ code: 'DM_CASSANDRA_AUTHENTICATION', category: 'endpoint' });
    expect(shown(wrong)).not.toContain('canary');
    expect(await refusalOf({ ...reach, tls })).toMatchObject({ code: 'DM_CASSANDRA_AUTHENTICATION' });
  });

  test('S-04: the wrong authority and no authority are refused, a client without TLS is cut off', async () => {
    const wrong = await refusalOf({
      ...reach,
      ...login,
      tls: { certificateAuthorityFile: certificates.otherAuthorityFile },
    });
    expect(wrong).toMatchObject({ code: 'DM_CASSANDRA_TLS', category: 'endpoint' });
    expect(await refusalOf({ ...reach, ...login, tls: true })).toMatchObject({ code: 'DM_CASSANDRA_TLS' });
    const plain = await refusalOf({ ...reach, ...login });
    expect(plain).toMatchObject({ code: 'DM_CASSANDRA_UNREACHABLE' });
    expect(plain.message).toContain('TLS');
    const insecure = await open({ ...reach, ...login, tls: true, insecure: true });
    expect(insecure.description.notices.join()).toContain('not verified');
    await insecure.close();
    const missing = await refusalOf({ ...reach, ...login, tls: { certificateAuthorityFile: 'nowhere.pem' } });
    expect(missing).toMatchObject({ code: 'DM_CASSANDRA_CREDENTIALS_INVALID', category: 'usage' });
  });

  test('a role that may only read can read; its writes, tables and deletions are refused as a matter of permission', async () => {
    const endpoint = await open({ ...reach, ...node.readOnly, tls });
    expect(await readAll(endpoint, 'notes')).toEqual([record]);
    const refused = { code: 'DM_CASSANDRA_PERMISSION', category: 'endpoint' };
    await expect(writeAll(endpoint, schema, [record])).rejects.toMatchObject(refused);
    await expect(writeAll(endpoint, schema, [record, { ...record, key: ['b'] }])).rejects.toMatchObject(refused);
    await expect(
      endpoint.target().prepareEntity({ ...schema, entity: entityName('more') }, call),
    ).rejects.toMatchObject(refused);
    await expect(endpoint.admin()?.deleteRecords(schema, [['a']], call)).rejects.toMatchObject(refused);
    await endpoint.close();
  });

  describe('behind a secure connect bundle', () => {
    const bundle = { localDataCenter: undefined, secureBundle: astra.bundleFile, allowAnyBundleHost: true };

    test.each([
      ['client id and secret', () => ({ token: astra.tokenFile })],
      ['a token', () => ({ token: astra.tokenOnlyFile })],
      ['the token itself', () => ({ token: String(JSON.parse(readFileSync(astra.tokenOnlyFile, 'utf8')).token) })],
    ])('records are written and read with %s', async (how, token) => {
      const endpoint = await open({ ...bundle, ...token() });
      const written = { key: [how], fields: { text: 'through the proxy' } };
      expect((await writeAll(endpoint, schema, [written])).failures).toEqual([]);
      expect(await readAll(endpoint, 'notes')).toEqual(expect.arrayContaining([written]));
      await endpoint.close();
    });

    test('bundle and token file are found by their usual names in a directory', async () => {
      const endpoint = await open({ localDataCenter: undefined, directory: astra.folder, allowAnyBundleHost: true });
      expect(endpoint.description.id).toBe('astra://secure-connect-testbed.zip/secure');
      expect(endpoint.description.notices).toHaveLength(2);
      await endpoint.close();
    });

    test('a host that is not Astra’s is refused before anything is sent to it', async () => {
      expect(await refusalOf({ ...bundle, allowAnyBundleHost: false, token: astra.tokenFile })).toMatchObject({
        code: 'DM_CASSANDRA_BUNDLE_HOST',
        category: 'usage',
      });
    });

    test('S-06: a wrong secret is refused without being shown', async () => {
      const file = join(astra.folder, 'wrong.json');
      await writeFile(file, JSON.stringify({ clientId: 'canary-id', secret: 'canary-secret' }));
      const error = await refusalOf({ ...bundle, token: file });
      expect(error).toMatchObject({ code: 'DM_CASSANDRA_AUTHENTICATION', category: 'endpoint' });
      expect(shown(error)).not.toContain('canary');
    });
  });
});

describe('S-04: a certificate', () => {
  let certificates: Certificates;
  beforeAll(async () => {
    certificates = await createCertificates();
  });
  afterAll(() => certificates.remove());

  /** A TLS port that shows a certificate; nobody should get as far as to talk to it. */
  const refusalBy = async (
    identity: keyof Certificates['server'],
    more: TlsOptions = {},
    options: Record<string, unknown> = {},
  ): Promise<Error> => {
    const { keyFile, certificateFile } = certificates.server[identity];
    const server = createTlsServer({ key: readFileSync(keyFile), cert: readFileSync(certificateFile), ...more });
    server.on('tlsClientError', (_error, socket) => socket.destroy());
    const port = await listening(server);
    try {
      return await refusalOf({
        contactPoints: '127.0.0.1',
        port: port.port,
        connectDeadline: 3_000,
        tls: { certificateAuthorityFile: certificates.certificateAuthorityFile },
        ...options,
      });
    } finally {
      port.close();
    }
  };

  test.each(['expired', 'wrongHost', 'otherAuthority', 'selfSigned'] as const)(
    'that is %s is refused',
    async (identity) => {
      expect(await refusalBy(identity)).toMatchObject({ code: 'DM_CASSANDRA_TLS', category: 'endpoint' });
    },
  );

  test('for a name that the user gave is as good as one for the address; for another name it is not', async () => {
    // Whoever is trusted is asked to speak the protocol, which this port does not.
    expect(await refusalBy('valid', {}, { contactPoints: 'localhost' })).toMatchObject({
      code: 'DM_CASSANDRA_UNREACHABLE',
    });
  });

  test('is asked for by nodes that want one, and its lack is told', async () => {
    const ca = readFileSync(certificates.certificateAuthorityFile);
    expect(await refusalBy('valid', { ca, requestCert: true, rejectUnauthorized: true })).toMatchObject({
      code: 'DM_CASSANDRA_TLS',
      message: expect.stringMatching(/CERTIFICATE_REQUIRED/),
    });
  });
});
