import { withCassandraClient } from './cassandra-client.js';
import { startNode } from './cassandra-node.js';
import { builtInSuperuser, cassandraVersion } from './cassandra-recipe.js';
import { localDataCenter } from './cassandra-settings.js';
import type { TlsOptions } from './certificates.js';
import { createCredentials } from './credentials.js';
import { type DatabaseServer, describeServer } from './database-server.js';
import type { ProgressListener } from './run-tool.js';
import type { CassandraAddress, Credentials, ServerControl, ServerProfile } from './server-handle.js';
import { TestbedError } from './testbed-error.js';

/** How to start a node; everything may be left out. */
export interface CassandraOptions {
  /** Default `test`. */
  readonly profile?: ServerProfile;
  /** Passwords and permissions on; the node then has a superuser (`username`, `password`) and a `readOnly` user. */
  readonly authentication?: boolean;
  readonly tls?: TlsOptions;
  /** Default `periodic`: what was acknowledged in the last moments before `kill()` may be lost. `batch` loses nothing. */
  readonly commitLogSync?: 'periodic' | 'batch';
  /** Keeps system tables in memory: fast schema changes, but no `restart()`. Default: true for `test`, false for `bench`. */
  readonly unsafeSystem?: boolean;
  /** More settings of `cassandra.yaml`, by their names there. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly onProgress?: ProgressListener;
}

/** A running node of Apache Cassandra. */
export interface CassandraServer extends CassandraAddress, ServerControl {
  /** May read every table and write none; present with `authentication`. */
  readonly readOnly?: Credentials;
  /** As given to `startCassandra`. */
  readonly tls?: TlsOptions;
}

/** Starts one node of Apache Cassandra and resolves when it answers a query. Needs Java 11 or 17, and Maven for the first start. */
export async function startCassandra(options: CassandraOptions = {}): Promise<CassandraServer> {
  const profile = options.profile ?? 'test';
  const unsafeSystem = options.unsafeSystem ?? profile === 'test';
  const server = await startNode({ ...options, profile, unsafeSystem }, options.onProgress ?? (() => undefined));
  try {
    return await describeNode(server, options, unsafeSystem);
  } catch (error) {
    await server.stop();
    throw error;
  }
}

async function describeNode(
  server: DatabaseServer,
  { authentication, tls }: CassandraOptions,
  unsafeSystem: boolean,
): Promise<CassandraServer> {
  const [port = 0] = server.ports;
  const users = authentication === true ? await createRoles(port, tls) : undefined;
  const login = users === undefined ? '' : `${users.owner.username}:${users.owner.password}@`;
  const address = {
    name: 'cassandra' as const,
    version: cassandraVersion,
    url: `cassandra://${login}127.0.0.1:${port}/?localDataCenter=${localDataCenter}`,
    contactPoints: ['127.0.0.1'],
    port,
    localDataCenter,
    ...(users === undefined ? {} : { ...users.owner, readOnly: users.readOnly }),
    ...(tls === undefined ? {} : { tls, certificateAuthorityFile: tls.certificates.certificateAuthorityFile }),
  };
  const restart = async (): Promise<void> => {
    throw new TestbedError(
      'usage',
      'This node keeps its schema in memory; start it with `unsafeSystem: false` to restart it.',
    );
  };
  return describeServer(server, address, unsafeSystem ? { restart } : {});
}

async function createRoles(
  port: number,
  tls: TlsOptions | undefined,
): Promise<{ owner: Credentials; readOnly: Credentials }> {
  const owner = createCredentials('owner');
  const readOnly = createCredentials('reader');
  await withCassandraClient({ port, credentials: builtInSuperuser, tls }, async (client) => {
    await client.execute(
      `CREATE ROLE ${owner.username} WITH SUPERUSER = true AND LOGIN = true AND PASSWORD = '${owner.password}'`,
    );
    await client.execute(`CREATE ROLE ${readOnly.username} WITH LOGIN = true AND PASSWORD = '${readOnly.password}'`);
    await client.execute(`GRANT SELECT ON ALL KEYSPACES TO ${readOnly.username}`);
  });
  return { owner, readOnly };
}
