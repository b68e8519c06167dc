import type { ServerAddresses, ServerName } from './named-servers.js';
import { askForServer } from './server-or-skip.js';

/**
 * Vitest's `describe` for tests that need a shared server, which `body` is given.
 *
 * Await it at the top level of a test file. If the server cannot be had here, one skipped test names it and the reason (with `CI=true` the file fails).
 */
export async function describeWithServer<Name extends ServerName>(
  name: Name,
  title: string,
  body: (address: ServerAddresses[Name]) => void,
): Promise<void> {
  const { describe, test } = await import('vitest');
  const answer = await askForServer(name);
  if (answer.status === 'started') {
    describe(`${title} [${name}]`, () => body(answer.address));
  } else {
    describe(`${title} [${name}]`, () => {
      test.skip(`needs ${name}: ${answer.reason.split('\n')[0]}`, () => undefined);
    });
  }
}
