import { setTimeout as sleep } from 'node:timers/promises';
import { withCassandraClient } from './cassandra-client.js';
import { startNode } from './cassandra-node.js';
import { cassandraVersion } from './cassandra-recipe.js';
import { localDataCenter } from './cassandra-settings.js';
import { type DatabaseServer, describeServer } from './database-server.js';
import type { ProgressListener } from './run-tool.js';
import type { CassandraAddress, ServerControl } from './server-handle.js';
import { TestbedError } from './testbed-error.js';

const joinMilliseconds = 30_000;

/** Two nodes that share a ring evenly, two ranges each. */
const places = [
  { address: '127.0.0.1', seed: '127.0.0.1', initialToken: '-9223372036854775808,0' },
  { address: '127.0.0.2', seed: '127.0.0.1', initialToken: '-4611686018427387904,4611686018427387904' },
] as const;

/** Two nodes of one cluster on 127.0.0.1 and 127.0.0.2, which listen on the same port. */
export interface CassandraPair extends AsyncDisposable {
  /** The address of the first node; a driver finds the second one by itself. */
  readonly address: CassandraAddress;
  readonly nodes: readonly [ServerControl, ServerControl];
  stop(): Promise<void>;
}

/**
 * Starts two nodes and resolves when each knows the other's part of the ring: about 7 s and 420 MB each. Needs 127.0.0.2, which every
 * Linux has and macOS only after `ifconfig lo0 alias 127.0.0.2`. `unsafeSystem` and the profile are those of tests: no restarts.
 */
export async function startCassandraPair(
  options: { readonly onProgress?: ProgressListener } = {},
): Promise<CassandraPair> {
  const onProgress = options.onProgress ?? (() => undefined);
  const node = { profile: 'test', unsafeSystem: true } as const;
  const first = await startNode({ ...node, place: places[0] }, onProgress);
  let second: DatabaseServer | undefined;
  const stop = async (): Promise<void> => {
    await second?.stop();
    await first.stop();
  };
  try {
    const [port = 0] = first.ports;
    second = await startNode({ ...node, place: places[1], ports: first.ports }, onProgress);
    await untilJoined(port);
    const address = {
      name: 'cassandra',
      version: cassandraVersion,
      url: `cassandra://127.0.0.1:${port}/?localDataCenter=${localDataCenter}`,
      contactPoints: ['127.0.0.1'],
      port,
      localDataCenter,
    } as const;
    return {
      address,
      nodes: [describeServer(first, {}), describeServer(second, {})],
      stop,
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Before each node knows the other's tokens, schema changes and reads fail as unavailable. */
async function untilJoined(port: number): Promise<void> {
  const deadline = performance.now() + joinMilliseconds;
  for (const { address } of places) {
    while (!(await knowsItsPeer(address, port))) {
      if (performance.now() > deadline) {
        throw new TestbedError('server-failed', `The node at ${address} did not learn of the other one in time.`);
      }
      await sleep(100);
    }
  }
}

async function knowsItsPeer(address: string, port: number): Promise<boolean> {
  return withCassandraClient({ address, port, credentials: undefined, tls: undefined }, async (client) => {
    const peers = await client.execute('SELECT tokens FROM system.peers_v2');
    return peers.rows.some((row) => Array.isArray(row['tokens']) && row['tokens'].length === 2);
  });
}
