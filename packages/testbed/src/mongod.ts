import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describeServer, type ServerRecipe, startDatabaseServer } from './database-server.js';
import { mongodbUrl, serverVersion, withMongoClient } from './mongodb-client.js';
import type { MongodbAddress, ServerControl } from './server-handle.js';

/** A running genuine `mongod`, a replica set of one node. */
export interface MongodServer extends MongodbAddress, ServerControl {
  readonly name: 'mongodb-memory-server';
}

/** Starts the `mongod` at `binary` and resolves when it takes writes. */
export async function startMongod(binary: string): Promise<MongodServer> {
  const server = await startDatabaseServer(mongodRecipe(binary));
  try {
    const [port = 0] = server.ports;
    const url = mongodbUrl(port);
    const version = await withMongoClient(url, {}, serverVersion);
    return describeServer(server, { name: 'mongodb-memory-server' as const, url, version });
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/**
 * Finds the `mongod` that an installed `mongodb-memory-server` has downloaded before; `undefined` without the package or its binary.
 * The package is looked for from `folder` upwards, and downloads nothing here.
 */
export async function locateMongod(folder: string = process.cwd()): Promise<string | undefined> {
  const load = createRequire(join(folder, 'package.json'));
  for (const name of ['mongodb-memory-server', 'mongodb-memory-server-core']) {
    if (!isInstalled(load, name)) continue;
    const loaded: unknown = load(name);
    if (!hasLocator(loaded)) continue;
    const { DryMongoBinary } = loaded;
    return DryMongoBinary.locateBinary(DryMongoBinary.getEnsuredOptions());
  }
  return undefined;
}

/** The part of `mongodb-memory-server` 11 that is used. */
interface BinaryLocator {
  readonly DryMongoBinary: {
    getEnsuredOptions(): object;
    locateBinary(options: object): Promise<string | undefined>;
  };
}

function hasLocator(loaded: unknown): loaded is BinaryLocator {
  return (
    typeof loaded === 'object' &&
    loaded !== null &&
    'DryMongoBinary' in loaded &&
    typeof loaded.DryMongoBinary === 'function' &&
    'getEnsuredOptions' in loaded.DryMongoBinary &&
    'locateBinary' in loaded.DryMongoBinary
  );
}

function isInstalled(load: NodeJS.Require, name: string): boolean {
  try {
    load.resolve(name);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'MODULE_NOT_FOUND') return false;
    throw error;
  }
}

function mongodRecipe(binary: string): ServerRecipe {
  return {
    title: 'mongod',
    purpose: 'mongod',
    ports: 1,
    readyLine: /Waiting for connections/,
    readyWithinMilliseconds: 60_000,
    async command(folder, [port]) {
      const data = join(folder, 'data');
      await mkdir(data, { recursive: true });
      const programArguments = [
        ...['--bind_ip', '127.0.0.1', '--port', String(port), '--unixSocketPrefix', folder],
        ...['--dbpath', data, '--replSet', 'testbed', '--wiredTigerCacheSizeGB', '0.25'],
        ...['--setParameter', 'enableTestCommands=1'],
      ];
      return { program: binary, programArguments };
    },
    async greet([port = 0]) {
      await withMongoClient(mongodbUrl(port), {}, async (client) => {
        const admin = client.db('admin');
        const hello = await admin.command({ hello: 1 });
        if (hello['isWritablePrimary'] === true) return;
        if (hello['setName'] === undefined) {
          const members = [{ _id: 0, host: `127.0.0.1:${port}` }];
          await admin.command({ replSetInitiate: { _id: 'testbed', members } });
        }
        throw new Error('The replica set has no primary yet.');
      });
    },
  };
}
