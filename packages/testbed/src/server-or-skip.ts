import { get } from 'node:http';
import { text } from 'node:stream/consumers';
import type { ServerAddresses, ServerName } from './named-servers.js';
import { sharedServersVariable } from './shared-servers.js';
import { TestbedError } from './testbed-error.js';

/**
 * Gives the address of the test run's shared server of that name, which is started if this is the first question.
 *
 * A server which cannot be had here gives `undefined`, so that tests can be skipped; with `CI=true` it throws `unavailable` instead.
 * Throws `usage` outside a test run that has called `provideServers`.
 */
export async function serverOrSkip<Name extends ServerName>(name: Name): Promise<ServerAddresses[Name] | undefined> {
  const answer = await askForServer(name);
  return answer.status === 'started' ? answer.address : undefined;
}

/** `serverOrSkip` with the reason why a server is missing. */
export async function askForServer<Name extends ServerName>(
  name: Name,
): Promise<
  | { readonly status: 'started'; readonly address: ServerAddresses[Name] }
  | { readonly status: 'missing'; readonly reason: string }
> {
  const base = process.env[sharedServersVariable];
  if (base === undefined) {
    throw new TestbedError('usage', 'This test run shares no servers: its global setup must call `provideServers`.');
  }
  const answer: unknown = JSON.parse(await fetchText(`${base}/${name}`));
  if (isStarted(answer, name)) return answer;
  const reason = isMissing(answer) ? answer.reason : 'its address could not be understood';
  if (demandsServers()) {
    throw new TestbedError('unavailable', `The tests need ${name}, which cannot be had here: ${reason}`);
  }
  return { status: 'missing', reason };
}

/** True where a missing server is a failure, not a skip. */
export function demandsServers(): boolean {
  return process.env['CI'] === 'true';
}

/** A first start may fetch for minutes, which `fetch` would not wait for. */
async function fetchText(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, { agent: false }, (response) => {
      const body = text(response);
      if (response.statusCode === 200) body.then(resolve, reject);
      else reject(new TestbedError('usage', 'This test run does not share a server of that name.'));
    }).on('error', reject);
  });
}

function isStarted<Name extends ServerName>(
  answer: unknown,
  name: Name,
): answer is { status: 'started'; address: ServerAddresses[Name] } {
  return (
    typeof answer === 'object' &&
    answer !== null &&
    'status' in answer &&
    answer.status === 'started' &&
    'address' in answer &&
    typeof answer.address === 'object' &&
    answer.address !== null &&
    'url' in answer.address &&
    typeof answer.address.url === 'string' &&
    answer.address.url.startsWith(schemeOf(name))
  );
}

function schemeOf(name: ServerName): string {
  if (name === 'realtime') return 'rtdb://';
  return name === 'cassandra' || name === 'firestore' ? `${name}://` : 'mongodb';
}

function isMissing(answer: unknown): answer is { status: 'missing'; reason: string } {
  return typeof answer === 'object' && answer !== null && 'reason' in answer && typeof answer.reason === 'string';
}
