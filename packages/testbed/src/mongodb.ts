import { locateMongod, startMongod } from './mongod.js';
import { serverVersion, withMongoClient } from './mongodb-client.js';
import type { ProgressListener } from './run-tool.js';
import { startSecantus } from './secantus.js';
import type { MongodbAddress } from './server-handle.js';

/** How to choose a server; everything may be left out. */
export interface MongodbOptions {
  readonly onProgress?: ProgressListener;
}

/** A server that may be the user's own; only `stop()` is sure to be possible. */
export interface MongodbServer extends MongodbAddress, AsyncDisposable {
  /** Ends the server if the testbed started it; the one that `MONGODB_URI` names is left running. */
  stop(): Promise<void>;
}

/**
 * Gives the most genuine MongoDB at hand: the one that `MONGODB_URI` names, else `mongodb-memory-server` if that package is installed
 * and has its binary already (nothing is downloaded), else SecantusDB.
 */
export async function startMongodb(options: MongodbOptions = {}): Promise<MongodbServer> {
  const uri = process.env['MONGODB_URI'];
  if (uri) return usersOwnServer(uri);
  const mongod = await locateMongod();
  if (mongod !== undefined) return startMongod(mongod);
  return startSecantus({ ...options, testCommands: true });
}

async function usersOwnServer(url: string): Promise<MongodbServer> {
  const version = await withMongoClient(url, {}, serverVersion);
  const nothingToStop = async (): Promise<void> => undefined;
  return { name: 'mongodb-uri', url, version, stop: nothingToStop, [Symbol.asyncDispose]: nothingToStop };
}
