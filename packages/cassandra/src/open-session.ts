import { isIP, isIPv6 } from 'node:net';
import { resolve } from 'node:path';
import { checkServerIdentity, type ConnectionOptions as TlsOptions } from 'node:tls';
import { type CallOptions, DatamigratoError } from '@datamigrato/core';
import { auth, Client, type DseClientOptions, errors, policies, types } from 'cassandra-driver';
import { askMetadataService } from './astra-service.js';
import { type Credentials, readPemFile, tokenCredentials } from './credentials.js';
import { translateError } from './errors.js';
import { MapEntries } from './map-entries.js';
import type { ConnectionOptions, Reach } from './options.js';
import { readSecureBundle, requireVendorHost } from './secure-bundle.js';
import { abortable, CassandraSession } from './session.js';

/**
 * Connects to the cluster and makes sure that the keyspace is there, or may be made.
 *
 * @throws DatamigratoError within `connectDeadline` or the call's own deadline, whichever is shorter.
 */
export async function openSession(options: ConnectionOptions, call: CallOptions): Promise<CassandraSession> {
  const deadline = Math.min(options.connectDeadline, call.deadline);
  const timeout = AbortSignal.timeout(deadline);
  const signal = AbortSignal.any([call.signal, timeout]);
  const owned = options.reach.by !== 'client';
  let client: Client | undefined;
  try {
    client = await createClient(options, signal, deadline);
    if (owned) closeUnusedConnections(client);
    await connect(client, signal);
    if (owned) keepKnownNodes(client);
    const session = new CassandraSession(client, {
      keyspace: options.keyspaceName,
      readConsistency: options.readConsistency,
      writeConsistency: options.writeConsistency,
      owned,
    });
    if (options.createKeyspace === undefined) await requireKeyspace(session, { signal, deadline });
    return session;
  } catch (thrown) {
    if (client !== undefined && owned) await client.shutdown();
    call.signal.throwIfAborted();
    if (timeout.aborted) throw notInTime(options.reach, deadline);
    throw translateError(thrown, { doing: 'connection' });
  }
}

async function connect(client: Client, signal: AbortSignal): Promise<void> {
  const connecting = client.connect();
  try {
    await abortable(connecting, signal);
  } catch (thrown) {
    // A connection that comes too late must not keep the process alive.
    if (signal.aborted) connecting.then(() => client.shutdown(), ignoreLateFailure);
    throw wrongOptions(thrown) ?? thrown;
  }
}

/** What the driver's control connection does when it connects and when it has lost its node; not part of the driver's interface. */
interface ControlConnection {
  /** The connection that is being tried, or in use. */
  readonly connection: { closeAsync(): Promise<void> } | null;
  /** Connects to the next contact point, also after the one before turned out to be of no use. */
  _borrowFirstConnection: (contactPoints: Iterator<string>) => Promise<void>;
  _initializeConnection: () => Promise<void>;
}

function controlConnectionOf(client: Client): ControlConnection {
  return (client as Client & { readonly controlConnection: ControlConnection }).controlConnection;
}

/** Has the driver (4.10.0) close a first connection that it gives up, as it does where no node is in the local data centre. Otherwise it stays open for good, and keeps the process alive. */
function closeUnusedConnections(client: Client): void {
  const control = controlConnectionOf(client);
  const borrowNext = control._borrowFirstConnection.bind(control);
  control._borrowFirstConnection = async (contactPoints) => {
    await control.connection?.closeAsync();
    await borrowNext(contactPoints);
  };
}

/**
 * Has the driver (4.10.0) wait for the nodes that it knows where it has lost all of them, as it does behind Astra's proxy.
 *
 * Otherwise it connects as if for the first time, and puts a new node of the same address in the place of the one it knows: the old one goes on to connect, and its connections stay open
 * even when the client is shut down.
 */
function keepKnownNodes(client: Client): void {
  controlConnectionOf(client)._initializeConnection = () =>
    Promise.reject(new errors.NoHostAvailableError({}, 'every known node is down'));
}

/** Nothing is left of a connection that failed after nobody waited for it any more. */
function ignoreLateFailure(): void {}

async function createClient(options: ConnectionOptions, signal: AbortSignal, deadline: number): Promise<Client> {
  const { reach } = options;
  switch (reach.by) {
    case 'client':
      return reach.client;
    case 'nodes':
      return new Client({
        ...commonOptions(reach.credentials, deadline),
        contactPoints: reach.contactPoints.map((host) => (isIPv6(host) ? `[${host}]:${reach.port}` : host)),
        localDataCenter: reach.localDataCenter,
        // Nodes that the cluster itself names are reached on this port, not on the contact points'.
        protocolOptions: { port: reach.port },
        ...(reach.tls !== undefined && { sslOptions: await tlsOptions(options, reach) }),
      });
    case 'bundle':
      return createBundleClient(options, reach, signal, deadline);
  }
}

/** What every client of ours has in common. */
function commonOptions(credentials: Credentials | undefined, deadline: number): DseClientOptions {
  return {
    ...(credentials !== undefined && {
      authProvider: new auth.PlainTextAuthProvider(credentials.username, credentials.password),
    }),
    // Sets come as arrays: a JavaScript set takes 0 and -0 for one.
    encoding: { map: MapEntries, useBigIntAsLong: true, useBigIntAsVarint: true },
    policies: {
      retry: new policies.retry.FallthroughRetryPolicy(),
      speculativeExecution: new policies.speculativeExecution.NoSpeculativeExecutionPolicy(),
      // The driver's own goes up to ten minutes, for which a node that is back would stay unused.
      reconnection: new policies.reconnection.ExponentialReconnectionPolicy(100, 2_000, false),
    },
    pooling: { coreConnectionsPerHost: { [types.distance.local]: 2 } },
    socketOptions: {
      connectTimeout: Math.min(5_000, deadline),
      // For what the driver asks by itself: a node that accepts a connection and says nothing is given up as well.
      readTimeout: deadline,
      // A connection on which one request met its deadline may be dead without anybody having said so; the driver would wait for 64 more.
      defunctReadTimeoutThreshold: 0,
    },
    maxPrepared: 10_000,
    monitorReporting: { enabled: false },
  };
}

async function tlsOptions(options: ConnectionOptions, reach: Reach & { readonly by: 'nodes' }): Promise<TlsOptions> {
  const file = async (path: string | undefined, what: string): Promise<Buffer | undefined> =>
    path === undefined ? undefined : readPemFile(resolve(options.directory, path), what);
  const [ca, cert, key] = await Promise.all([
    file(reach.tls?.certificateAuthorityFile, 'certificate authority file'),
    file(reach.tls?.certificateFile, 'certificate file'),
    file(reach.tls?.keyFile, 'key file'),
  ]);
  const names = reach.contactPoints.filter((host) => isIP(host) === 0);
  return {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    // The driver switches this off unless it is said.
    rejectUnauthorized: !options.insecure,
    // The driver resolves names itself and connects to addresses; a certificate for a name that the user gave will do.
    checkServerIdentity: (host, certificate) => {
      const problem = checkServerIdentity(host, certificate);
      return names.some((name) => checkServerIdentity(name, certificate) === undefined) ? undefined : problem;
    },
  };
}

/**
 * A client for a database behind Astra's proxy.
 *
 * The driver is not given the bundle, which it would read and inflate once more, unchecked: it gets what the checked bytes said.
 */
async function createBundleClient(
  options: ConnectionOptions,
  reach: Reach & { readonly by: 'bundle' },
  signal: AbortSignal,
  deadline: number,
): Promise<Client> {
  const rules = { allowAnyHost: options.allowAnyBundleHost, databaseId: options.databaseId };
  const bundle = await readSecureBundle(reach.bundleFile, rules);
  const credentials =
    reach.credentials ?? (reach.token === undefined ? undefined : await tokenCredentials(reach.token));
  const contact = await askMetadataService(bundle, signal);
  const proxyHost = contact.proxy.slice(0, contact.proxy.lastIndexOf(':'));
  requireVendorHost(proxyHost, reach.bundleFile, { allowAnyHost: options.allowAnyBundleHost });
  const client = new Client({
    ...commonOptions(credentials, deadline),
    contactPoints: [...contact.contactPoints],
    localDataCenter: contact.localDataCenter,
    sslOptions: {
      ca: bundle.certificateAuthority,
      cert: bundle.certificate,
      key: bundle.key,
      rejectUnauthorized: true,
      // The handshake names a node, which the proxy's certificate does not.
      checkServerIdentity: (_node, certificate) => checkServerIdentity(proxyHost, certificate),
    },
  });
  // The driver sets this itself after reading a bundle, and offers no other way to say it.
  (client as Client & { readonly options: { sni?: { address: string } } }).options.sni = { address: contact.proxy };
  return client;
}

async function requireKeyspace(session: CassandraSession, call: CallOptions): Promise<void> {
  const rows = await session.rows('SELECT keyspace_name FROM system_schema.keyspaces', [], call, {
    doing: 'listing of keyspaces',
  });
  const names = rows.map((row) => String(row['keyspace_name']));
  if (names.includes(session.keyspace)) return;
  const alike = names.find((name) => name.toLowerCase() === session.keyspace.toLowerCase());
  throw new DatamigratoError({
    code: 'DM_CASSANDRA_KEYSPACE_MISSING',
    category: 'endpoint',
    message: `The cluster has no keyspace ${JSON.stringify(session.keyspace)}`,
    nextStep:
      alike === undefined
        ? 'check the name; to have it made in a target, add `createKeyspace=true` to its connection string'
        : `there is a keyspace ${JSON.stringify(alike)}: upper and lower case count`,
    context: { keyspace: session.keyspace },
  });
}

/** What the driver has against the options, such as a data centre that no node is in; its message names those that are there. */
function wrongOptions(thrown: unknown): DatamigratoError | undefined {
  const inner: readonly unknown[] =
    thrown instanceof errors.NoHostAvailableError ? Object.values(thrown.innerErrors ?? {}) : [thrown];
  const problem = inner.find((error): error is errors.ArgumentError => error instanceof errors.ArgumentError);
  if (problem === undefined) return undefined;
  return new DatamigratoError({
    code: 'DM_OPTIONS_INVALID',
    category: 'usage',
    message: `The driver refuses the options of the connection: ${problem.message}`,
    nextStep: 'set `localDataCenter` to the name of a data centre that the nodes are in',
  });
}

function notInTime(reach: Reach, deadline: number): DatamigratoError {
  const where = reach.by === 'nodes' ? `${reach.contactPoints.join(', ')}, port ${reach.port},` : 'the cluster';
  return new DatamigratoError({
    code: 'DM_CASSANDRA_UNREACHABLE',
    category: 'transient',
    retry: 'safe',
    message: `No connection to ${where} within ${deadline} ms`,
    nextStep: 'check host, port and firewall, or allow more time with `connectDeadline`',
    context: { deadline },
  });
}
