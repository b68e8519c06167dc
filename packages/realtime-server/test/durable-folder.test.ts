import { appendFile, cp, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type RealtimeServer, startRealtimeServer } from '../src/index.js';
import { withAdmin } from './admin-client.js';
import { storableData } from './data-arbitrary.js';
import { rest } from './rest-client.js';
import { type ServerProcess, startProcess } from './server-process.js';

let root: string;
let folder: string;
let count = 0;
const running: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'realtime-server-'));
});
beforeEach(() => {
  count += 1;
  folder = join(root, `folder-${count}`);
});
afterEach(async () => {
  for (const end of running.splice(0)) await end();
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function open(at = folder, snapshotAfterBytes?: number): Promise<RealtimeServer> {
  const server = await startRealtimeServer({
    folder: at,
    ...(snapshotAfterBytes === undefined ? {} : { snapshotAfterBytes }),
  });
  running.push(() => server.stop());
  return server;
}

async function openProcess(more: readonly string[] = [], limit?: number): Promise<ServerProcess> {
  const server = await startProcess(['--folder', folder, ...more], limit);
  running.push(() => server.end('SIGKILL'));
  return server;
}

test('data of every namespace, priorities and rules come back with the next start', async () => {
  const before = await open();
  await withAdmin(before, async (database) => {
    await database.ref('a').setWithPriority({ b: [1, 'é\ud800', { '.value': true, '.priority': 'p' }] }, 5);
    await database.ref('a/b').setPriority(-1.5, () => undefined);
    await database.ref().update({ 'x/y': 1, 'a/c': 2 });
    await database.ref('x').remove();
  });
  before.write('only', 'here', 'other');
  before.setRules({ rules: { '.read': false } });
  const data = [before.read(''), before.read('', 'other')];
  await before.stop();
  const after = await open();
  expect([after.read(''), after.read('', 'other')]).toEqual(data);
  expect(await rest(after, 'GET', '.json')).toMatchObject({ status: 401 });
  expect(await rest(after, 'GET', '.json?ns=other')).toMatchObject({ status: 200, text: '{"only":"here"}' });
});

test('whatever is written, snapshots and log together give it back', async () => {
  const key = fc.constantFrom('a', 'b', 'é', '7', ' ');
  const write = fc.record({
    path: fc.array(key, { maxLength: 4 }).map((keys) => keys.join('/')),
    data: storableData(),
  });
  let run = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(write, { maxLength: 12 }),
      fc.constantFrom(0, 100, 1e9),
      async (writes, snapshotAfter) => {
        run += 1;
        const place = join(folder, String(run));
        const server = await open(place, snapshotAfter);
        for (const { path, data } of writes) server.write(path, data);
        const data = server.read('');
        await server.stop();
        const again = await open(place, snapshotAfter);
        expect(again.read('')).toEqual(data);
        await again.stop();
      },
    ),
    { numRuns: 40 },
  );
});

test('a snapshot of more than a line holds everything, and the log before it is gone', async () => {
  const server = await open(folder, 1_000_000);
  const big = 'x'.repeat(1_200_000);
  server.write('many', Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`k${index}`, { n: index }])));
  server.write('r', { big, '.priority': 3, small: { '.value': 1, '.priority': 'p' } });
  server.write('last', true);
  expect(await readdir(folder)).toEqual(expect.arrayContaining(['lock', 'log-1', 'snapshot-1']));
  const data = JSON.stringify(server.read(''));
  await server.stop();
  const after = await open();
  expect(JSON.stringify(after.read('')) === data).toBe(true);
});

test('a line that a kill left half written is cut off, and all before it is there', async () => {
  const server = await open();
  server.write('a', 1);
  server.write('b', 'two');
  await server.stop();
  const log = await readFile(join(folder, 'log-0'));
  const lastLine = log.lastIndexOf('\n', log.length - 2) + 1;
  for (let length = lastLine; length < log.length; length += 7) {
    const place = join(root, `torn-${length}`);
    await cp(folder, place, { recursive: true });
    await truncate(join(place, 'log-0'), length);
    const after = await open(place);
    expect(after.read('')).toEqual({ a: 1 });
    after.write('c', 3);
    await after.stop();
    expect((await open(place)).read('')).toEqual({ a: 1, c: 3 });
  }
});

test('a log that is damaged before its end is refused rather than half read', async () => {
  const server = await open();
  server.write('a', 1);
  server.write('b', 2);
  await server.stop();
  const path = join(folder, 'log-0');
  const log = await readFile(path);
  log[12] = (log[12] ?? 0) ^ 1;
  await writeFile(path, log);
  await expect(open()).rejects.toMatchObject({ code: 'folder-damaged', message: expect.stringContaining(path) });
  expect(await readFile(path)).toEqual(log);
});

test('what a kill in the middle of a snapshot leaves behind changes nothing', async () => {
  const server = await open();
  server.write('a', 1);
  await server.stop();
  await appendFile(join(folder, 'snapshot-part'), 'half');
  await appendFile(join(folder, 'log-1'), '');
  const after = await open();
  expect(after.read('')).toEqual({ a: 1 });
  expect((await readdir(folder)).toSorted()).toEqual(['lock', 'log-0']);
});

test('a folder has one server at a time, and a dead one gives it up', async () => {
  await open();
  await expect(open()).rejects.toMatchObject({ code: 'folder-in-use' });
  for (const end of running.splice(0)) await end();
  const child = await openProcess();
  await expect(open()).rejects.toMatchObject({ code: 'folder-in-use' });
  await child.end('SIGKILL');
  await open();
});

test('a kill at any moment loses no acknowledged write and leaves no write half done', async () => {
  let next = 0;
  const acknowledged = new Set<number>();
  for (let round = 0; round < 4; round += 1) {
    // Every other round takes a snapshot every few writes, so that kills meet it too.
    const child = await openProcess(round % 2 === 0 ? [] : ['--snapshot-after', '20000']);
    const writer = async (): Promise<void> => {
      for (;;) {
        const number = next;
        next += 1;
        const body = { [`left/${number}`]: 'x'.repeat(100), [`right/${number}`]: 'x'.repeat(3_000) };
        const response = await fetch(`${child.url}/t.json?print=silent`, {
          method: 'PATCH',
          body: JSON.stringify(body),
        });
        if (response.status !== 204) throw new Error(`The server answered ${response.status}.`);
        acknowledged.add(number);
      }
    };
    const writers = [writer(), writer(), writer()].map((each) => each.catch((error: unknown) => error));
    await new Promise((resolve) => setTimeout(resolve, 60 + round * 37));
    await child.end('SIGKILL');
    // Each writer ends with the connection, and with nothing else.
    for (const error of await Promise.all(writers)) expect(error).toMatchObject({ message: 'fetch failed' });
  }
  const after = await open();
  const numbersAt = (path: string): number[] => Object.keys(after.read(path) ?? {}).map(Number);
  const left = numbersAt('t/left');
  expect((await readdir(folder)).some((name) => /^snapshot-\d+$/.test(name))).toBe(true);
  expect(acknowledged.size).toBeGreaterThan(20);
  expect(numbersAt('t/right')).toEqual(left);
  const stored = new Set(left);
  expect([...acknowledged].filter((number) => !stored.has(number))).toEqual([]);
}, 60_000);

test.skipIf(process.platform === 'win32')(
  'a write that finds no room is refused and is not there, and smaller ones go on',
  async () => {
    const child = await openProcess([], 64 * 1024);
    const put = async (path: string, data: unknown): Promise<number> =>
      (await fetch(`${child.url}/${path}.json`, { method: 'PUT', body: JSON.stringify(data) })).status;
    expect(await put('a', 'x'.repeat(60_000))).toBe(200);
    expect(await put('b', 'x'.repeat(60_000))).toBe(503);
    expect(await put('c', 1)).toBe(200);
    const before: unknown = await (await fetch(`${child.url}/.json`)).json();
    await child.end('SIGTERM');
    const after = await open();
    expect(after.read('')).toEqual(before);
    expect(after.read('')).toEqual({ a: 'x'.repeat(60_000), c: 1 });
  },
);

test('the signal to end ends a server cleanly, with its folder free', async () => {
  const child = await openProcess(['--sync-writes']);
  await fetch(`${child.url}/a.json`, { method: 'PUT', body: '1' });
  expect(await child.end('SIGTERM')).toBe(0);
  expect((await readdir(folder)).toSorted()).toEqual(['log-0']);
});
