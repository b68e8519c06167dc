import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { serverOrSkip } from '../src/index.js';
import { eventually, isMissing, isRunning } from './leftovers.js';

const packageFolder = fileURLToPath(new URL('..', import.meta.url));
/** Inside the package, so that the built file finds the package's dependencies. */
const buildFolder = `${packageFolder}node_modules/.cli-under-test-${process.pid}`;

beforeAll(async () => {
  const tsup = fileURLToPath(new URL('../../../node_modules/.bin/tsup', import.meta.url));
  await promisify(execFile)(tsup, ['--out-dir', buildFolder], { cwd: packageFolder });
}, 60_000);
afterAll(() => rm(buildFolder, { recursive: true, force: true }));

interface CommandLine {
  readonly child: ChildProcess;
  readonly firstLine: Promise<string>;
  readonly errors: () => string;
}

function run(programArguments: readonly string[], environment: NodeJS.ProcessEnv = {}): CommandLine {
  const child = spawn(process.execPath, [`${buildFolder}/cli.js`, ...programArguments], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const lines = createInterface({ input: child.stdout });
  const firstLine = Promise.race([
    once(lines, 'line').then(([line]) => String(line)),
    once(child, 'close').then(() => Promise.reject(new Error(`The command line printed nothing: ${errors}`))),
  ]);
  firstLine.catch(() => undefined);
  return { child, firstLine, errors: () => errors };
}

/** Process ids of the servers and guards that belong to one command line. */
async function descendantsOf(pid: number | undefined): Promise<number[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=']);
  const pairs = stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));
  const found = [pid];
  for (const parent of found) {
    for (const [child, itsParent] of pairs) if (itsParent === parent) found.push(child);
  }
  return found.slice(1).filter((child) => child !== undefined);
}

const hasServers = (await serverOrSkip('secantus')) !== undefined && (await serverOrSkip('cassandra')) !== undefined;

describe.skipIf(!hasServers)('testbed start', () => {
  test.each(['SIGTERM', 'SIGINT', 'SIGKILL'] as const)(
    'prints one JSON object, serves, and leaves nothing behind after %s',
    async (signal) => {
      const { child, firstLine } = run(['start', 'secantus,cassandra']);
      const addresses = JSON.parse(await firstLine);
      expect(Object.keys(addresses)).toEqual(['secantus', 'cassandra']);
      const { url, contactPoints, port, localDataCenter } = addresses.cassandra;
      expect(url).toBe(`cassandra://127.0.0.1:${port}/?localDataCenter=datacenter1`);
      expect([contactPoints, localDataCenter]).toEqual([['127.0.0.1'], 'datacenter1']);
      const client = new MongoClient(addresses.secantus.url);
      expect(await client.db('admin').command({ ping: 1 })).toMatchObject({ ok: 1 });
      await client.close();

      const processes = await descendantsOf(child.pid);
      const commandLines = await Promise.all(processes.map(commandLineOf));
      const names = commandLines.flatMap(
        ({ text }) => text.match(/datamigrato-testbed-(secantus|cassandra)-\w+/g) ?? [],
      );
      const temporary = await realpath(tmpdir());
      const folders = [...new Set(names)].map((name) => join(temporary, name));
      expect(processes.length).toBeGreaterThanOrEqual(6);
      expect(folders).toHaveLength(2);
      for (const folder of folders) await access(folder);
      const closed = once(child, 'close');
      child.kill(signal);
      const [status] = await closed;
      expect(status).toBe(signal === 'SIGKILL' ? null : 0);
      for (const pid of processes) await eventually(`process ${pid} ends`, async () => !(await isRunning(pid)));
      for (const folder of folders) {
        await eventually(`${folder} is deleted`, () => isMissing(folder));
      }
    },
    60_000,
  );

  test('ends with status 1 if a server ends by itself', async () => {
    const { child, firstLine, errors } = run(['start', 'secantus']);
    await firstLine;
    const closed = once(child, 'close');
    const commandLines = await Promise.all((await descendantsOf(child.pid)).map(commandLineOf));
    const server = commandLines.find(({ text }) => text.includes('-m secantus') && !text.includes('/bin/sh'));
    if (server === undefined) throw new Error('The server is not among the children of its command line.');
    process.kill(server.pid, 'SIGKILL');
    expect((await closed)[0]).toBe(1);
    expect(errors()).toContain('secantus ended by itself');
  }, 30_000);

  test('ends with status 1 and names what is missing', async () => {
    const { child, errors } = run(['start', 'mongo-java'], { PATH: '/nowhere', JAVA_HOME: '' });
    expect((await once(child, 'close'))[0]).toBe(1);
    expect(errors()).toContain('java is not installed or not on PATH; it is needed for mongo-java-server.');
  }, 30_000);
});

test.each([
  [['start', 'oracle'], 'There is no server named "oracle".'],
  [['start', 'cassandra', '--profile', 'huge'], 'There is no profile huge.'],
  [['start', 'cassandra', '--wrong'], "Unknown option '--wrong'"],
  [['stop'], 'Usage: testbed start'],
  [[], 'Usage: testbed start'],
])('refuses %j with status 2', async (programArguments, message) => {
  const { child, errors } = run(programArguments);
  expect((await once(child, 'close'))[0]).toBe(2);
  expect(errors()).toContain(message);
});

async function commandLineOf(pid: number): Promise<{ pid: number; text: string }> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'args=', '-p', String(pid)]);
  return { pid, text: stdout };
}
