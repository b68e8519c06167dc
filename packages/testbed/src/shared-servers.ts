import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { listenLocally } from './local-service.js';
import { type NamedServer, type ServerName, serverNames, startByName } from './named-servers.js';

/** Environment variable that tells the workers of a test run where to ask for servers. */
export const sharedServersVariable = 'DATAMIGRATO_TESTBED_SHARED';

/** What a worker is told about a server that it asked for. */
type SharedServerAnswer =
  | { readonly status: 'started'; readonly address: NamedServer['address'] }
  | { readonly status: 'missing'; readonly reason: string };

/**
 * Offers `names` to the workers that this process starts from now on, through their environment. Each server starts when
 * the first worker asks for it, once, and ends with the function that is returned. A server which cannot be had is reported on stderr.
 * If an outer call already offers servers to this process, nothing is done.
 */
export async function provideServers(names: readonly ServerName[] = serverNames): Promise<() => Promise<void>> {
  if (process.env[sharedServersVariable] !== undefined) return async () => undefined;
  const started = new Map<ServerName, Promise<NamedServer>>();
  const startOnce = (name: ServerName): Promise<NamedServer> => {
    const running = started.get(name) ?? startByName(name, { onProgress: report });
    started.set(name, running);
    return running;
  };
  const reported = new Set<ServerName>();
  const answer = async (name: ServerName): Promise<SharedServerAnswer> => {
    try {
      return { status: 'started', address: (await startOnce(name)).address };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (!reported.has(name)) report(`${name} cannot be had here: ${reason}`);
      reported.add(name);
      return { status: 'missing', reason };
    }
  };
  const secret = randomBytes(16).toString('hex');
  const server = createServer((request, response) => {
    const name = names.find((candidate) => request.url === `/${secret}/${candidate}`);
    if (name === undefined) {
      response.writeHead(404).end();
      return;
    }
    answer(name).then(
      (told) => response.end(JSON.stringify(told)),
      (error: Error) => response.destroy(error),
    );
  });
  const service = await listenLocally(server);
  process.env[sharedServersVariable] = `http://127.0.0.1:${service.port}/${secret}`;
  return async () => {
    delete process.env[sharedServersVariable];
    await service.close();
    for (const outcome of await Promise.allSettled(started.values())) {
      if (outcome.status === 'fulfilled') await outcome.value.stop();
    }
  };
}

function report(line: string): void {
  process.stderr.write(`[testbed] ${line}\n`);
}
