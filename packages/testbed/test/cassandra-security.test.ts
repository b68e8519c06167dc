import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import { Client, type ClientOptions, errors } from 'cassandra-driver';
import { expect, test } from 'vitest';
import {
  type CassandraServer,
  type Certificates,
  type Credentials,
  createCertificates,
  describeWithOwnServer,
  type ServerIdentity,
  startCassandra,
} from '../src/index.js';

interface SecureNode extends AsyncDisposable {
  readonly cassandra: CassandraServer;
  readonly certificates: Certificates;
}

async function startSecureNode(identity: ServerIdentity, requireClientCertificate = false): Promise<SecureNode> {
  const certificates = await createCertificates();
  try {
    const tls = { certificates, identity, requireClientCertificate };
    const cassandra = await startCassandra({ authentication: identity === 'valid', tls });
    const dispose = async (): Promise<void> => {
      await cassandra.stop();
      await certificates.remove();
    };
    return { cassandra, certificates, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await certificates.remove();
    throw error;
  }
}

/** Runs one statement on a connection of its own and gives nothing, or all errors that the driver tells of. */
async function outcomeOf(
  { port, localDataCenter }: CassandraServer,
  options: Partial<ClientOptions>,
  statement = 'SELECT key FROM system.local',
): Promise<unknown> {
  const client = new Client({ contactPoints: ['127.0.0.1'], localDataCenter, protocolOptions: { port }, ...options });
  try {
    await client.execute(statement);
    return undefined;
  } catch (error) {
    return error instanceof errors.NoHostAvailableError ? Object.values(error.innerErrors)[0] : error;
  } finally {
    await client.shutdown();
  }
}

/** Trusts the authority in `file`, and checks the node's certificate as a careful client does. */
function trust(file: string): ConnectionOptions {
  return { ca: [readFileSync(file)], rejectUnauthorized: true, host: '127.0.0.1' };
}

function login({ username = '', password = '' }: Partial<Credentials>): Pick<ClientOptions, 'credentials'> {
  return { credentials: { username, password } };
}

await describeWithOwnServer(
  'a node with passwords and TLS',
  () => startSecureNode('valid'),
  ({ cassandra, certificates }) => {
    const sslOptions = trust(certificates.certificateAuthorityFile);

    test('lets in who trusts the right authority and knows the password', async () => {
      expect(cassandra.certificateAuthorityFile).toBe(certificates.certificateAuthorityFile);
      expect(await outcomeOf(cassandra, { sslOptions, ...login(cassandra) })).toBeUndefined();
    });

    test('is refused by who trusts another authority', async () => {
      const wrong = { sslOptions: trust(certificates.otherAuthorityFile), ...login(cassandra) };
      expect(await outcomeOf(cassandra, wrong)).toMatchObject({ code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
    });

    test('cuts a client without TLS', async () => {
      expect(await outcomeOf(cassandra, login(cassandra))).toMatchObject({ code: 'ECONNRESET' });
    });

    test('refuses a wrong password and none', async () => {
      const wrong = login({ ...cassandra, password: 'wrong' });
      expect(await outcomeOf(cassandra, { sslOptions, ...wrong })).toBeInstanceOf(errors.AuthenticationError);
      expect(await outcomeOf(cassandra, { sslOptions })).toBeInstanceOf(errors.AuthenticationError);
    });

    test('lets the read-only user read and not write', async () => {
      const owner = { sslOptions, ...login(cassandra) };
      const replication = "{'class': 'SimpleStrategy', 'replication_factor': 1}";
      for (const statement of [
        `CREATE KEYSPACE guarded WITH replication = ${replication}`,
        'CREATE TABLE guarded.numbers (id int PRIMARY KEY)',
      ]) {
        expect(await outcomeOf(cassandra, owner, statement)).toBeUndefined();
      }
      const reader = { sslOptions, ...login(cassandra.readOnly ?? {}) };
      expect(await outcomeOf(cassandra, reader, 'SELECT id FROM guarded.numbers')).toBeUndefined();
      expect(await outcomeOf(cassandra, reader, 'INSERT INTO guarded.numbers (id) VALUES (1)')).toMatchObject({
        code: 0x2100,
      });
    });
  },
);

await describeWithOwnServer(
  'a node that asks its clients for a certificate',
  () => startSecureNode('valid', true),
  ({ cassandra, certificates }) => {
    const sslOptions = trust(certificates.certificateAuthorityFile);

    test('lets in who has one, and nobody else', async () => {
      const { keyFile, certificateFile } = certificates.client;
      const withCertificate = { ...sslOptions, key: readFileSync(keyFile), cert: readFileSync(certificateFile) };
      expect(await outcomeOf(cassandra, { sslOptions: withCertificate, ...login(cassandra) })).toBeUndefined();
      expect(await outcomeOf(cassandra, { sslOptions, ...login(cassandra) })).toMatchObject({
        code: 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
      });
    });
  },
);

const refusals = {
  expired: 'CERT_HAS_EXPIRED',
  wrongHost: 'ERR_TLS_CERT_ALTNAME_INVALID',
  otherAuthority: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  selfSigned: 'DEPTH_ZERO_SELF_SIGNED_CERT',
} as const;
for (const identity of ['expired', 'wrongHost', 'otherAuthority', 'selfSigned'] as const) {
  await describeWithOwnServer(
    `a node with a bad certificate: ${identity}`,
    () => startSecureNode(identity),
    ({ cassandra, certificates }) => {
      test('is refused by a client that checks it', async () => {
        const sslOptions = trust(certificates.certificateAuthorityFile);
        expect(await outcomeOf(cassandra, { sslOptions })).toMatchObject({ code: refusals[identity] });
        expect(await outcomeOf(cassandra, { sslOptions: { rejectUnauthorized: false } })).toBeUndefined();
      });
    },
  );
}
