import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { watchLaunchChain } from './launch-chain.js';
import { type NamedServer, type ServerName, serverNames, startByName } from './named-servers.js';
import type { ServerProfile } from './server-handle.js';
import { TestbedError } from './testbed-error.js';

const usage = `Usage: testbed start <name>[,<name>…] [--profile test|bench]
Names: ${serverNames.join(', ')}
Prints one JSON object with the servers' addresses when all answer, and runs until SIGTERM or SIGINT.`;

const watchMilliseconds = 500;

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

interface Request {
  readonly names: readonly ServerName[];
  readonly profile: ServerProfile;
}

/** Understands the command line; throws `usage` with what is wrong. */
function readArguments(programArguments: readonly string[]): Request {
  const { values, positionals } = parse(programArguments);
  const [verb, list, ...rest] = positionals;
  if (verb !== 'start' || list === undefined || rest.length > 0) throw new TestbedError('usage', usage);
  const { profile } = values;
  if (profile !== 'test' && profile !== 'bench') {
    throw new TestbedError('usage', `There is no profile ${profile}.\n${usage}`);
  }
  const names = [...new Set(list.split(','))].map((asked) => {
    const name = serverNames.find((candidate) => candidate === asked);
    if (name === undefined) throw new TestbedError('usage', `There is no server named "${asked}".\n${usage}`);
    return name;
  });
  return { names, profile };
}

function parse(programArguments: readonly string[]) {
  try {
    const profile = { type: 'string', default: 'test' } as const;
    return parseArgs({ args: [...programArguments], allowPositionals: true, options: { profile } });
  } catch (error) {
    throw new TestbedError('usage', `${error instanceof Error ? error.message : String(error)}\n${usage}`, {
      cause: error,
    });
  }
}

/** Starts the servers one after the other, as each uses every core of a small machine. */
async function startAll({ names, profile }: Request, started: Map<ServerName, NamedServer>): Promise<void> {
  for (const name of names) {
    say(`Starting ${name}…`);
    started.set(name, await startByName(name, { profile, onProgress: say }));
  }
}

/** Rejects once one of the servers has ended by itself; never resolves. */
async function untilOneEnds(started: ReadonlyMap<ServerName, NamedServer>): Promise<void> {
  for (;;) {
    for (const [name, server] of started) {
      if (!server.isRunning()) throw new TestbedError('server-failed', `${name} ended by itself.`);
    }
    await sleep(watchMilliseconds);
  }
}

/** Starts what is asked for, says where it is, and goes on until `unwanted` resolves. */
async function serve(request: Request, started: Map<ServerName, NamedServer>, unwanted: Promise<void>): Promise<void> {
  const serving = async (): Promise<void> => {
    await startAll(request, started);
    const addresses = [...started].map(([name, { address }]) => [name, address]);
    process.stdout.write(`${JSON.stringify(Object.fromEntries(addresses))}\n`);
    await untilOneEnds(started);
  };
  try {
    await Promise.race([serving(), unwanted]);
  } finally {
    for (const server of started.values()) await server.stop();
  }
}

async function main(): Promise<number> {
  try {
    const request = readArguments(process.argv.slice(2));
    let endNow: () => void = () => undefined;
    const unwanted = new Promise<void>((resolve) => {
      endNow = resolve;
    });
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, endNow);
    await watchLaunchChain(endNow);
    await serve(request, new Map(), unwanted);
    return 0;
  } catch (error) {
    if (!(error instanceof TestbedError)) throw error;
    say(error.message);
    return error.code === 'usage' ? 2 : 1;
  }
}

// A server that is still starting when the end is wanted has its guard, which outlives this process and ends it.
process.exit(await main());
