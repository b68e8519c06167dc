import type { StartOptions } from '../src/store/drill-store.js';
import { pairNamed, ServerSet } from '../src/store/pair.js';

/** The servers of the pairs, all up. */
export async function startServers(pairs: readonly string[], options: StartOptions): Promise<ServerSet> {
  const servers = new ServerSet(options);
  try {
    for (const name of pairs) await servers.pair(pairNamed(name));
    return servers;
  } catch (error) {
    await servers[Symbol.asyncDispose]();
    throw error;
  }
}
