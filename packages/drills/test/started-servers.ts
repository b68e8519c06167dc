import { pairNamed, ServerSet } from '../src/store/pair.js';

/** The servers of the pairs, all up. */
export async function startServers(...pairs: readonly string[]): Promise<ServerSet> {
  const servers = new ServerSet();
  try {
    for (const name of pairs) await servers.pair(pairNamed(name));
    return servers;
  } catch (error) {
    await servers[Symbol.asyncDispose]();
    throw error;
  }
}
