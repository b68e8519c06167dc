import { readFile } from 'node:fs/promises';
import { get, type RequestOptions } from 'node:https';
import { Client, errors } from 'cassandra-driver';
import { strFromU8, unzipSync } from 'fflate';
import { expect, test } from 'vitest';
import { type AstraLike, describeWithOwnServer, startAstraLike, startCassandra, TestbedError } from '../src/index.js';

interface Token {
  readonly clientId?: string;
  readonly secret?: string;
  readonly token: string;
}

async function readToken(file: string): Promise<Token> {
  return JSON.parse(await readFile(file, 'utf8'));
}

async function startDatabase(): Promise<AstraLike> {
  const cassandra = await startCassandra({ authentication: true });
  try {
    const astra = await startAstraLike(cassandra);
    const dispose = async (): Promise<void> => {
      await astra.stop();
      await cassandra.stop();
    };
    return { ...astra, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await cassandra.stop();
    throw error;
  }
}

function statusOf(options: RequestOptions): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get(options, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).on('error', reject);
  });
}

/** Counts the rows that a fresh connection through the bundle writes and reads, in a keyspace of its own. */
async function writeAndRead(bundleFile: string, keyspace: string, username = '', password = ''): Promise<number> {
  const client = new Client({ cloud: { secureConnectBundle: bundleFile }, credentials: { username, password } });
  try {
    const replication = "{'class': 'SimpleStrategy', 'replication_factor': 1}";
    await client.execute(`CREATE KEYSPACE ${keyspace} WITH replication = ${replication}`);
    await client.execute(`CREATE TABLE ${keyspace}.numbers (id int PRIMARY KEY)`);
    for (let id = 0; id < 100; id += 1) {
      await client.execute(`INSERT INTO ${keyspace}.numbers (id) VALUES (?)`, [id], { prepare: true });
    }
    return (await client.execute(`SELECT id FROM ${keyspace}.numbers`)).rowLength;
  } finally {
    await client.shutdown();
  }
}

await describeWithOwnServer('an Astra-like database', startDatabase, (astra) => {
  const { bundleFile, tokenFile, tokenOnlyFile } = astra;

  test('is reached with the bundle, client id and secret', async () => {
    const { clientId, secret } = await readToken(tokenFile);
    expect(await writeAndRead(bundleFile, 'by_secret', clientId, secret)).toBe(100);
  });

  test('is reached with the bundle and the token alone', async () => {
    const { token, clientId } = await readToken(tokenOnlyFile);
    expect(clientId).toBeUndefined();
    expect(token).toMatch(/^AstraCS:/);
    expect(await writeAndRead(bundleFile, 'by_token', 'token', token)).toBe(100);
  });

  test('refuses a wrong secret', async () => {
    const { clientId } = await readToken(tokenFile);
    const failure = await writeAndRead(bundleFile, 'refused', clientId, 'wrong').catch((error: unknown) => error);
    if (!(failure instanceof errors.NoHostAvailableError)) throw failure;
    expect(Object.values(failure.innerErrors)[0]).toBeInstanceOf(errors.AuthenticationError);
  });

  test('answers nobody who lacks the certificate of the bundle', async () => {
    const entries = unzipSync(await readFile(bundleFile));
    const { port } = JSON.parse(strFromU8(entries['config.json'] ?? new Uint8Array()));
    const text = (name: string): string => strFromU8(entries[name] ?? new Uint8Array());
    const trusting = { host: '127.0.0.1', port: Number(port), path: '/metadata', agent: false, ca: text('ca.crt') };
    const known = await statusOf({ ...trusting, cert: text('cert'), key: text('key') });
    expect(known).toBe(200);
    await expect(statusOf(trusting)).rejects.toMatchObject({ code: 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED' });
  });

  test('takes its bundle and tokens away when it is stopped', async () => {
    await astra.stop();
    for (const file of [bundleFile, tokenFile, tokenOnlyFile]) {
      await expect(readFile(file)).rejects.toMatchObject({ code: 'ENOENT' });
    }
  });
});

await describeWithOwnServer(
  'a node without passwords',
  () => startCassandra(),
  (cassandra) => {
    test('cannot be made Astra-like', async () => {
      await expect(startAstraLike(cassandra)).rejects.toBeInstanceOf(TestbedError);
    });
  },
);
