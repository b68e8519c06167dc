import { type CallOptions, type EndpointDescription, Secret } from '@datamigrato/core';
import { type Db, MongoClient } from 'mongodb';
import { codeOf } from './errors.js';
import type { MongodbOptions } from './options.js';
import { request } from './request.js';

/** An open database. */
export interface MongodbClient {
  readonly client: MongoClient;
  readonly database: Db;
  /** The endpoint as it may be shown: scheme, hosts and database. */
  readonly where: string;
  /** Whether closing is ours. */
  readonly owned: boolean;
  readonly createIndexes: boolean;
  /** Whether it may be a router that answers, behind which collections may be spread over servers by other fields than `_id`. */
  readonly routed: boolean;
}

/** Connections that hang are given up after this many milliseconds, whatever the deadlines of calls. */
const socketTimeout = 600_000;

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
  const owned = options.connection instanceof Secret;
  // The driver gives up a little before the deadline, since it alone knows the reason.
  const patience = Math.max(1, Math.floor(call.deadline * 0.9));
  const client =
    options.connection instanceof Secret
      ? new MongoClient(options.connection.reveal(), {
          appName: 'datamigrato',
          connectTimeoutMS: patience,
          serverSelectionTimeoutMS: patience,
          socketTimeoutMS: socketTimeout,
          maxIdleTimeMS: longestIdle,
          minHeartbeatFrequencyMS: heartbeatPause,
          retryReads: false,
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
    return { client, database, where, owned, createIndexes: options.createIndexes, routed };
  } catch (error) {
    if (owned) await client.close();
    throw error;
  }
}

/** Code of the error for a command that a server does not know, as those older than 4.2.10 do not know `hello`. */
const commandNotFound = 59;

/** Asks who answers: https://www.mongodb.com/docs/manual/reference/command/hello/#sharded-instances */
async function isRouted(database: Db, signal: AbortSignal): Promise<boolean> {
  try {
    const answer = await database.command({ hello: 1 }, { signal });
    return answer['msg'] === 'isdbgrid';
  } catch (error) {
    if (codeOf(error) === commandNotFound) return true;
    throw error;
  }
}

/** Closes a client that this connector opened. */
export async function closeClient(client: MongodbClient): Promise<void> {
  if (client.owned) await client.client.close();
}
