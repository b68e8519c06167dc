import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bin, startProcess } from './server-process.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'realtime-server-cli-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function run(...programArguments: string[]) {
  const child = spawn(process.execPath, [bin, ...programArguments], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code, out, err };
}

test('help is printed, and what is not understood ends with code 2 and the reason', async () => {
  expect(await run('--help')).toMatchObject({ code: 0, out: expect.stringContaining('--folder'), err: '' });
  expect(await run('--colour')).toMatchObject({ code: 2, out: '', err: expect.stringContaining('--colour') });
  expect(await run('--port', 'x')).toMatchObject({
    code: 2,
    err: expect.stringContaining('--port x is no whole number'),
  });
  const missing = join(folder, 'missing.json');
  expect(await run('--rules', missing)).toMatchObject({ code: 2, err: expect.stringContaining(missing) });
});

test('rules, data and a namespace are those of the command line', async () => {
  const rules = join(folder, 'rules.json');
  const data = join(folder, 'data.json');
  await writeFile(rules, '{ "rules": { "open": { ".read": true } } } // closed otherwise');
  await writeFile(data, '{"open":{"a":1,".priority":2},"closed":3}');
  const server = await startProcess(['--rules', rules, '--data', data, '--namespace', 'shop']);
  try {
    expect(await (await fetch(`${server.url}/open.json?format=export`)).json()).toEqual({ a: 1, '.priority': 2 });
    expect(await (await fetch(`${server.url}/open.json?ns=shop`)).json()).toEqual({ a: 1 });
    expect((await fetch(`${server.url}/closed.json`)).status).toBe(401);
    const port = new URL(server.url).port;
    expect(await run('--port', port)).toMatchObject({ code: 1, err: expect.stringContaining('in use') });
  } finally {
    expect(await server.end('SIGINT')).toBe(0);
  }
});
