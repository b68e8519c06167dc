import type { ServerAddresses, ServerName } from './named-servers.js';
import { askForServer, demandsServers } from './server-or-skip.js';
import { TestbedError } from './testbed-error.js';

/**
 * Vitest's `describe` for tests that need a shared server, whose address `body` is given.
 *
 * Await it at the top level of a test file. If the server cannot be had here, one skipped test names the reason (with `CI=true` the
 * file fails).
 */
export async function describeWithServer<Name extends ServerName>(
  name: Name,
  title: string,
  body: (address: ServerAddresses[Name]) => void,
): Promise<void> {
  const { describe } = await import('vitest');
  const answer = await askForServer(name);
  if (answer.status === 'started') describe(`${title} [${name}]`, () => body(answer.address));
  else await describeSkipped(`${title} [${name}]`, answer.reason);
}

/**
 * Vitest's `describe` for tests that need a server of their own, with passwords, TLS or crashes: `start` is called at once, and what it
 * gives is disposed of after the last test.
 *
 * Await it at the top level of a test file. If `start` throws `unavailable`, one skipped test names the reason (with `CI=true` the
 * file fails).
 */
export async function describeWithOwnServer<Server extends AsyncDisposable>(
  title: string,
  start: () => Promise<Server>,
  body: (server: Server) => void,
): Promise<void> {
  const { afterAll, describe } = await import('vitest');
  let server: Server;
  try {
    server = await start();
  } catch (error) {
    if (!(error instanceof TestbedError) || error.code !== 'unavailable' || demandsServers()) throw error;
    await describeSkipped(title, error.message);
    return;
  }
  describe(title, () => {
    afterAll(() => server[Symbol.asyncDispose]());
    body(server);
  });
}

async function describeSkipped(title: string, reason: string): Promise<void> {
  const { describe, test } = await import('vitest');
  describe(title, () => {
    test.skip(`cannot run here: ${reason.split('\n')[0]}`, () => undefined);
  });
}
