import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withCassandraClient } from './cassandra-client.js';
import { cassandraArguments } from './cassandra-java.js';
import {
  cassandraYaml,
  keyStoreFile,
  logbackXml,
  type RingPlace,
  storePassword,
  trustStoreFile,
} from './cassandra-settings.js';
import { type TlsOptions, writeKeyStore, writeTrustStore } from './certificates.js';
import type { ServerRecipe } from './database-server.js';
import type { JavaRuntime } from './java-runtime.js';
import type { Credentials, ServerProfile } from './server-handle.js';

/** The server version that every test and figure of this project speaks of. */
export const cassandraVersion = '5.0.9';

/** Whom a node with passwords knows before any role is created. */
export const builtInSuperuser: Credentials = { username: 'cassandra', password: 'cassandra' };

/** What tells one node from another. */
export interface NodeOptions {
  readonly profile: ServerProfile;
  readonly unsafeSystem: boolean;
  readonly authentication?: boolean;
  readonly tls?: TlsOptions;
  readonly commitLogSync?: 'periodic' | 'batch';
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly place?: RingPlace;
  /** Native and storage port of the other nodes, which all nodes of a ring share; free ones are taken otherwise. */
  readonly ports?: readonly number[];
}

/** How a node is started with the given Java, jars and flags for the class archive. */
export function cassandraRecipe(
  java: JavaRuntime,
  jars: readonly string[],
  options: NodeOptions,
  archiveFlags: readonly string[],
): ServerRecipe {
  const { profile, unsafeSystem, tls, authentication = false, commitLogSync = 'periodic', settings = {} } = options;
  const { place, ports } = options;
  return {
    title: `Apache Cassandra ${cassandraVersion}`,
    purpose: 'cassandra',
    ports: ports ?? 2,
    readyLine: /Startup complete/,
    readyWithinMilliseconds: 120_000,
    async command(folder, [nativePort = 0, storagePort = 0]) {
      await mkdir(join(folder, 'tmp'), { recursive: true });
      const configuration = { profile, authentication, tls, commitLogSync, settings, place };
      await writeFile(join(folder, 'cassandra.yaml'), cassandraYaml(configuration, folder, nativePort, storagePort));
      await writeFile(join(folder, 'logback.xml'), logbackXml);
      if (tls !== undefined) await writeStores(tls, folder);
      const programArguments = cassandraArguments({ profile, jars, unsafeSystem, archiveFlags }, folder);
      return { program: java.java, programArguments };
    },
    async greet([port = 0]) {
      const credentials = authentication ? builtInSuperuser : undefined;
      await withCassandraClient({ address: place?.address, port, credentials, tls }, (client) =>
        client.execute('SELECT key FROM system.local'),
      );
    },
  };
}

async function writeStores(tls: TlsOptions, folder: string): Promise<void> {
  await writeKeyStore(tls.certificates.server[tls.identity ?? 'valid'], keyStoreFile(folder), storePassword);
  if (tls.requireClientCertificate !== true) return;
  await writeTrustStore(tls.certificates.certificateAuthorityFile, trustStoreFile(folder), storePassword);
}
