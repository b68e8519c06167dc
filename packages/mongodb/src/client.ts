import { type CallOptions, type EndpointDescription, Secret } from '@datamigrato/core';
import { type Db, MongoClient } from 'mongodb';
import { codeOf } from './errors.js';
import { OpenConnections } from './open-connections.js';
import type { MongodbOptions } from './options.js';
import { request } from './request.js';

/** An open database. */
export interface MongodbClient {
  readonly client: MongoClient;
  readonly database: Db;
  /** The endpoint as it may be shown: scheme, hosts and database. */
  readonly where: string;
  /** Undefined where the client is the caller's, and so is closing it. */
  readonly connections: OpenConnections | undefined;
  readonly createIndexes: boolean;
  /** Whether it may be a router that answers, behind which collections may be spread over servers by other fields than `_id`. */
  readonly routed: boolean;
}

/** Connections that hang are given up after this many milliseconds, whatever the deadlines of calls. */
const socketTimeout = 600_000;

/** Milliseconds in which a server must accept a connection, once more in which it must answer its `hello`, and once more for the login. Nothing else can be opened meanwhile, and the server counts as gone. */
const longestConnecting = 10_000;

/** Milliseconds for saying goodbye to a server, which may be silent. */
const farewell = 2_000;

/** Connections that were not used for so many milliseconds are not used again: where one is dead without a word, so are the others, and each would cost a deadline. */
const longestIdle = 5_000;

/** Milliseconds after which a server whose connection broke may be asked again. The driver's 500 make finding one document that breaks connections slow. */
const heartbeatPause = 50;

/** A question that every user of a database may ask, and nobody who did not log in where users have to. */
const harmless = { listCollections: 1, nameOnly: true, authorizedCollections: true, cursor: {} } as const;

/** What may be shown of an endpoint. */
export function describeEndpoint(options: MongodbOptions): EndpointDescription {
  return { id: `${options.address}/${options.databaseName}`, notices: options.notices };
}

/**
 * Connects and asks for an answer, so that wrong credentials, certificates and addresses show at once.
 *
 * @throws DatamigratoError within the deadline: `DM_ENDPOINT_UNREACHABLE`, `DM_MONGODB_AUTH`, `DM_MONGODB_TLS`, …
 */
export async function openClient(options: MongodbOptions, call: CallOptions): Promise<MongodbClient> {
  const { id: where } = describeEndpoint(options);
  // The driver gives up a little before the deadline, since it alone knows the reason.
  const patience = Math.max(1, Math.floor(call.deadline * 0.9));
  const connecting = Math.min(patience, longestConnecting);
  const connections = options.connection instanceof Secret ? new OpenConnections(2 * connecting) : undefined;
  const client =
    options.connection instanceof Secret
      ? new MongoClient(options.connection.reveal(), {
          appName: 'datamigrato',
          ...connections?.clientOptions,
          connectTimeoutMS: connecting,
          serverSelectionTimeoutMS: patience,
          socketTimeoutMS: socketTimeout,
          maxIdleTimeMS: longestIdle,
          minHeartbeatFrequencyMS: heartbeatPause,
          retryReads: false,
          // A server that cannot be reached counts as overloaded: the driver would try a goodbye three times, and wait for the server each time.
          maxAdaptiveRetries: 0,
          enableUtf8Validation: false,
          // Left unsaid, Node would let NODE_TLS_REJECT_UNAUTHORIZED decide.
          ...(!options.unverified && { rejectUnauthorized: true }),
        })
      : options.connection;
  try {
    const database = client.db(options.databaseName);
    const routed = await request(call, where, async (signal) => {
      await client.connect();
      signal.throwIfAborted();
      await database.command({ ...harmless }, { signal });
      return await isRouted(database, signal);
    });
    return { client, database, where, connections, createIndexes: options.createIndexes, routed };
  } catch (error) {
    await closeClient({ client, connections });
    throw error;
  }
}

/** Code of the error for a command that a server does not know, as those older than 4.2.10 do not know `hello`. */
const commandNotFound = 59;

/** Asks who answers: https://www.mongodb.com/docs/manual/reference/command/hello/#sharded-instances; `isMaster` is the name that `hello` had before. */
async function isRouted(database: Db, signal: AbortSignal): Promise<boolean> {
  const asked = async (name: 'hello' | 'isMaster'): Promise<boolean> =>
    (await database.command({ [name]: 1 }, { signal }))['msg'] === 'isdbgrid';
  try {
    return await asked('hello');
  } catch (error) {
    if (codeOf(error) !== commandNotFound) throw error;
    return await asked('isMaster');
  }
}

/** Closes a client that this connector opened, within two seconds and whatever its connections are in the middle of. */
export async function closeClient({
  client,
  connections,
}: Pick<MongodbClient, 'client' | 'connections'>): Promise<void> {
  if (connections === undefined) return;
  const timer = setTimeout(() => connections.destroy(), farewell);
  try {
    await client.close();
  } finally {
    clearTimeout(timer);
    connections.destroy();
  }
}
