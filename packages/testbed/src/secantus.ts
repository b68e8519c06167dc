import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildOnce } from './build-once.js';
import { cacheFolder } from './cache-folder.js';
import type { TlsOptions } from './certificates.js';
import { createCredentials } from './credentials.js';
import { type DatabaseServer, describeServer, type ServerRecipe, startDatabaseServer } from './database-server.js';
import { shortHash } from './java-runtime.js';
import { mongodbUrl, probeTlsOptions, serverVersion, withMongoClient } from './mongodb-client.js';
import { askTool, type ProgressListener, runTool } from './run-tool.js';
import type { Credentials, MongodbAddress, ServerControl } from './server-handle.js';
import { TestbedError } from './testbed-error.js';

const secantusVersion = '0.7.0b3';

/** How to start a server; everything may be left out. */
export interface SecantusOptions {
  /** Passwords on; the server then has an administrator (in `url`) and a `readOnly` user. */
  readonly authentication?: boolean;
  readonly tls?: TlsOptions;
  /** Every acknowledged document survives `kill()`; without it the last ones may be lost. */
  readonly syncOnCommit?: boolean;
  /** Enables fail points: errors and closed connections on chosen commands. */
  readonly testCommands?: boolean;
  /** Entries of the oplog that are kept, about: change streams cannot go on from before them. Default: 100,000. */
  readonly oplogEntries?: number;
  readonly onProgress?: ProgressListener;
}

/** A running SecantusDB: durable, with sessions, transactions, change streams, users and TLS. */
export interface SecantusServer extends MongodbAddress, ServerControl {
  readonly name: 'secantus';
  /** May read every database and write none; present with `authentication`. */
  readonly readOnly?: Credentials;
  /** The URL with another user, or with none. */
  urlFor(credentials?: Credentials): string;
}

/** Starts SecantusDB and resolves when it answers. Needs Python 3.10 or newer with its `venv` module. */
export async function startSecantus(options: SecantusOptions = {}): Promise<SecantusServer> {
  const python = await installSecantus(options.onProgress ?? (() => undefined));
  const owner = createCredentials('owner');
  const readOnly = createCredentials('reader');
  const access = { passwordsOn: false };
  const recipe = secantusRecipe(python, options, owner, access);
  const server = await startDatabaseServer(recipe);
  try {
    const [port = 0] = server.ports;
    if (options.authentication === true) {
      await createUsers(port, options.tls, owner, readOnly);
      await server.kill();
      access.passwordsOn = true;
      await server.restart();
    }
    return await describeSecantus(server, options, owner, readOnly);
  } catch (error) {
    await server.stop();
    throw error;
  }
}

async function installSecantus(onProgress: ProgressListener): Promise<string> {
  const asked = 'import sys; print(sys.version_info[0], sys.version_info[1], sys.executable, sys.version.split()[0])';
  const [majorVersion, minorVersion, ...identity] = (await askTool('python3', ['-c', asked], 'SecantusDB'))
    .trim()
    .split(' ');
  if (Number(majorVersion) !== 3 || Number(minorVersion) < 10) {
    const found = `${majorVersion}.${minorVersion}`;
    throw new TestbedError('unavailable', `SecantusDB needs Python 3.10 or newer; python3 is version ${found}.`);
  }
  const target = join(cacheFolder(), `secantusdb-${secantusVersion}-${shortHash(identity.join(' '))}`);
  const folder = await buildOnce(target, async (buildFolder) => {
    onProgress(`Fetching SecantusDB ${secantusVersion} with pip…`);
    const environment = join(buildFolder, 'environment');
    await runTool({ program: 'python3', programArguments: ['-m', 'venv', environment] }, buildFolder);
    const pip = ['-m', 'pip', 'install', '--quiet', '--no-input', '--disable-pip-version-check'];
    const programArguments = [...pip, `secantusdb==${secantusVersion}`];
    await runTool({ program: join(environment, 'bin', 'python'), programArguments }, buildFolder);
    return environment;
  });
  return join(folder, 'bin', 'python');
}

/** Users can only be created while passwords are off, hence two starts on the same data. */
interface AccessState {
  passwordsOn: boolean;
}

function secantusRecipe(
  python: string,
  { authentication, tls, syncOnCommit, testCommands, oplogEntries }: SecantusOptions,
  owner: Credentials,
  access: AccessState,
): ServerRecipe {
  return {
    title: `SecantusDB ${secantusVersion}`,
    purpose: 'secantus',
    ports: 1,
    readyLine: /listening on/,
    readyWithinMilliseconds: 60_000,
    async command(folder, [port]) {
      // An empty file of settings keeps the server from looking for one of the user's.
      const configuration = join(folder, 'secantusd.toml');
      await writeFile(configuration, '');
      const createsUsers = authentication === true && !access.passwordsOn;
      const programArguments = [
        ...['-m', 'secantus', '--config', configuration, '--host', '127.0.0.1', '--port', String(port)],
        ...['--storage-path', join(folder, 'data'), '--cache-size', '256M'],
        ...(access.passwordsOn ? ['--auth'] : []),
        ...(syncOnCommit === true || createsUsers ? ['--sync-on-commit'] : []),
        ...(testCommands === true ? ['--enable-test-commands'] : []),
        ...(oplogEntries === undefined ? [] : ['--oplog-max-entries', String(oplogEntries)]),
        ...tlsArguments(tls),
      ];
      return { program: python, programArguments, environment: { PYTHONUNBUFFERED: '1' } };
    },
    async greet([port = 0]) {
      const url = mongodbUrl(port, access.passwordsOn ? owner : undefined, tls);
      await withMongoClient(url, probeTlsOptions(tls), (client) => client.db('admin').command({ ping: 1 }));
    },
  };
}

function tlsArguments(tls: TlsOptions | undefined): string[] {
  if (tls === undefined) return [];
  const { certificates, identity = 'valid', requireClientCertificate } = tls;
  const { certificateFile, keyFile } = certificates.server[identity];
  return [
    ...['--tls-cert-file', certificateFile, '--tls-key-file', keyFile],
    ...(requireClientCertificate === true
      ? ['--tls-ca-file', certificates.certificateAuthorityFile, '--tls-require-client-cert']
      : []),
  ];
}

async function createUsers(
  port: number,
  tls: TlsOptions | undefined,
  owner: Credentials,
  readOnly: Credentials,
): Promise<void> {
  await withMongoClient(mongodbUrl(port, undefined, tls), probeTlsOptions(tls), async (client) => {
    const admin = client.db('admin');
    await admin.command({ createUser: owner.username, pwd: owner.password, roles: ['root'] });
    await admin.command({ createUser: readOnly.username, pwd: readOnly.password, roles: ['readAnyDatabase'] });
  });
}

async function describeSecantus(
  server: DatabaseServer,
  { authentication, tls }: SecantusOptions,
  owner: Credentials,
  readOnly: Credentials,
): Promise<SecantusServer> {
  const [port = 0] = server.ports;
  const urlFor = (credentials?: Credentials): string => mongodbUrl(port, credentials, tls);
  const url = urlFor(authentication === true ? owner : undefined);
  return describeServer(server, {
    name: 'secantus' as const,
    version: await withMongoClient(url, probeTlsOptions(tls), serverVersion),
    url,
    urlFor,
    ...(authentication === true ? { ...owner, readOnly } : {}),
    ...(tls === undefined ? {} : { certificateAuthorityFile: tls.certificates.certificateAuthorityFile }),
  });
}
