import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { strToU8, zipSync } from 'fflate';
import { openMetadataService, openSniProxy } from './astra-services.js';
import type { CassandraServer } from './cassandra.js';
import { withCassandraClient } from './cassandra-client.js';
import { localDataCenter } from './cassandra-settings.js';
import { createCertificates } from './certificates.js';
import { createCredentials } from './credentials.js';
import { TestbedError } from './testbed-error.js';

/** A local node that is reached as a database of Astra DB is: by a secure connect bundle and a token. */
export interface AstraLike extends AsyncDisposable {
  readonly folder: string;
  /** `secure-connect-testbed.zip`: `config.json`, `ca.crt`, `cert` and `key`. */
  readonly bundleFile: string;
  /** `testbed-token.json` with `clientId`, `secret` and `token`, as Astra's console offers it. */
  readonly tokenFile: string;
  /** `token-only.json` with `token` alone: the user is then called `token` and the token is the password. */
  readonly tokenOnlyFile: string;
  /** Ends the metadata service and the proxy; the node goes on. */
  stop(): Promise<void>;
}

/**
 * Puts Astra's metadata service and its proxy in front of a node that has passwords. The driver asks the metadata service for the
 * proxy and the hosts behind it, then opens TLS connections to the proxy that name the host in SNI; both demand the bundle's client
 * certificate.
 */
export async function startAstraLike(cassandra: CassandraServer): Promise<AstraLike> {
  const { username, password, port, tls } = cassandra;
  if (username === undefined || password === undefined) {
    throw new TestbedError(
      'usage',
      'An Astra-like database needs passwords: start the node with `authentication: true`.',
    );
  }
  const client = createCredentials(`client_${randomUUID().replaceAll('-', '')}`);
  const token = `AstraCS:${createCredentials('token').password}`;
  const hostId = await withCassandraClient({ port, credentials: { username, password }, tls }, async (driver) => {
    for (const [role, secret] of [[client.username, client.password] as const, ['token', token] as const]) {
      // A password can be changed only every few seconds, and another bundle may have made `token` already.
      await driver.execute(`DROP ROLE IF EXISTS "${role}"`);
      await driver.execute(`CREATE ROLE "${role}" WITH SUPERUSER = true AND LOGIN = true AND PASSWORD = '${secret}'`);
    }
    const answer = await driver.execute('SELECT host_id FROM system.local');
    return String(answer.first()['host_id']);
  });

  const certificates = await createCertificates();
  const closing: (() => Promise<void>)[] = [() => certificates.remove()];
  const stop = async (): Promise<void> => {
    for (const close of closing.splice(0).reverse()) await close();
  };
  try {
    const { valid } = certificates.server;
    const identity = {
      key: await readFile(valid.keyFile),
      cert: await readFile(valid.certificateFile),
      ca: await readFile(certificates.certificateAuthorityFile),
    };
    const proxy = await openSniProxy(identity, { hostId, port, tls });
    closing.push(() => proxy.close());
    const metadata = await openMetadataService(identity, { hostId, localDataCenter, proxyPort: proxy.port });
    closing.push(() => metadata.close());

    const { folder } = certificates;
    const bundleFile = join(folder, 'secure-connect-testbed.zip');
    const configuration = { host: '127.0.0.1', port: metadata.port, cql_port: proxy.port, localDC: localDataCenter };
    const entries = {
      'config.json': strToU8(JSON.stringify(configuration)),
      'ca.crt': new Uint8Array(identity.ca),
      cert: new Uint8Array(await readFile(certificates.client.certificateFile)),
      key: new Uint8Array(await readFile(certificates.client.keyFile)),
    };
    await writeFile(bundleFile, zipSync(entries), { mode: 0o600 });
    const tokenFile = join(folder, 'testbed-token.json');
    const fullToken = { clientId: client.username, secret: client.password, token };
    await writeFile(tokenFile, JSON.stringify(fullToken), { mode: 0o600 });
    const tokenOnlyFile = join(folder, 'token-only.json');
    await writeFile(tokenOnlyFile, JSON.stringify({ token }), { mode: 0o600 });
    return { folder, bundleFile, tokenFile, tokenOnlyFile, stop, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
