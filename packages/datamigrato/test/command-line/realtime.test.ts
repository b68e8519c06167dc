import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type RealtimeServer, startRealtimeServer } from '@datamigrato/realtime-server';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createWorkplace, type Workplace } from './command-line.js';

// Each test runs whole processes, which a busy machine lets wait.
vi.setConfig({ testTimeout: 60_000 });

let workplace: Workplace;
let server: RealtimeServer;
let host: string;
const write = (name: string, text: string): Promise<void> => writeFile(join(workplace.folder, name), text);
beforeAll(async () => {
  workplace = await createWorkplace();
  server = await startRealtimeServer();
  host = `${server.host}:${server.port}`;
  await write(
    'people.json',
    JSON.stringify([
      { id: 1, name: 'Ada', born: 1815 },
      { id: 2, name: 'Grace', born: 1906 },
    ]),
  );
});
afterAll(async () => {
  await server.stop();
  await workplace[Symbol.asyncDispose]();
});

const errorIn = (stderr: string): string | undefined => /^✖ (DM_\w+) {2}./m.exec(stderr)?.[1];

describe('the command line and an embedded Realtime Database', () => {
  test('a node is filled once its database was named again, looked at, and copied', async () => {
    const to = `rtdb://shop/people?emulator=${host}`;
    const filling = ['populate', './people.json', to, '--primary-key', 'id', '--quiet'];
    server.write('people', { 'i~1': { name: 'somebody else' } }, 'shop');
    const unsaid = await workplace.run(filling);
    expect(unsaid.code).toBe(10);
    expect(unsaid.stderr).toContain(`rtdb://shop?emulator=${host}`);
    expect(server.read('people', 'shop')).toEqual({ 'i~1': { name: 'somebody else' } });

    const filled = await workplace.run([...filling, '--allow-writes-to', `rtdb://shop?emulator=${host}`]);
    expect(filled.code).toBe(0);
    expect(server.read('people', 'shop')).toEqual({
      'i~1': { name: 'Ada', born: 1815 },
      'i~2': { name: 'Grace', born: 1906 },
    });

    const seen = await workplace.run(['inspect', `rtdb://shop?emulator=${host}`]);
    expect(seen.code).toBe(0);
    expect(seen.stdout).toContain('people');
    expect(seen.stdout).toContain('born');

    const copied = await workplace.run(['copy', to, './backup', '--quiet']);
    expect(copied.code).toBe(0);
  });

  test('a node of few records that are not alike comes home with the rest, by its lock file', async () => {
    const unlike = [
      { id: 1, deep: { a: 1 } },
      { id: 2, list: [{ b: 2 }] },
    ];
    const alike = [3, 4, 5].map((id) => ({ id, name: `n${id}` }));
    await mkdir(join(workplace.folder, 'both'));
    await write('both/unlike.json', JSON.stringify(unlike));
    await write('both/alike.json', JSON.stringify(alike));
    const database = `rtdb://both?emulator=${host}`;
    expect((await workplace.run(['copy', './both', database, '--state-folder', './there'])).code).toBe(0);
    const [run = ''] = await readdir(join(workplace.folder, 'there/runs'));
    const lock = `there/runs/${run}/mapping.lock.json`;
    const back = await workplace.run(['copy', database, './home', '--lock', lock, '--json']);
    expect(JSON.parse(back.stdout)).toMatchObject({ ledger: { read: 5, written: 5, dead: 0 } });
    expect((await readdir(join(workplace.folder, 'home'))).sort()).toEqual(['alike', 'manifest.json', 'unlike']);
  });

  test('what a user gets wrong ends with 2, and what the database refuses with 5', async () => {
    server.write('scalar', 5, 'shop');
    await write(
      'external.json',
      JSON.stringify({ type: 'external_account', credential_source: { url: 'http://127.0.0.1:1' } }),
    );
    await write('key.json', '{"type":"service_account","private_key":"canary"}');
    const at = (path: string, more = ''): string => `rtdb://shop/${path}?emulator=${host}${more}`;
    const cases: readonly (readonly [from: string, code: number, error: string])[] = [
      ['rtdb://', 2, 'DM_REALTIME_URL'],
      ['rtdb://shop/people?colour=red', 2, 'DM_REALTIME_URL'],
      ['rtdb://shop/people?serviceAccount=./nowhere.json', 2, 'DM_REALTIME_SERVICE_ACCOUNT'],
      ['rtdb://shop/people?serviceAccount=./external.json', 2, 'DM_REALTIME_SERVICE_ACCOUNT'],
      ['rtdb://shop/people?serviceAccount=./key.json', 2, 'DM_REALTIME_SERVICE_ACCOUNT'],
      ['rtdb://shop.evil.example/people?token=canary', 2, 'DM_OPTIONS_INVALID'],
      [at('people', '&token=canary'), 5, 'DM_REALTIME_AUTH'],
      [at('scalar'), 5, 'DM_REALTIME_NOT_A_COLLECTION'],
      [at('nowhere'), 5, 'DM_ENTITY_MISSING'],
    ];
    for (const [from, code, error] of cases) {
      const outcome = await workplace.run(['copy', from, './target']);
      expect([outcome.code, errorIn(outcome.stderr)], from).toEqual([code, error]);
      expect(outcome.stdout + outcome.stderr, from).not.toContain('canary');
    }
  });

  test('S-05 a variable that would send the job to an emulator ends it with 2', async () => {
    const outcome = await workplace.run(['copy', 'rtdb://shop/people?token=canary', './target'], {
      FIREBASE_DATABASE_EMULATOR_HOST: host,
    });
    expect([outcome.code, errorIn(outcome.stderr)]).toEqual([2, 'DM_REALTIME_EMULATOR']);
    expect(outcome.stderr).toContain(host);
    expect(outcome.stderr).not.toContain('canary');
  });

  test('rules that allow one node alone are told from a credential that is not accepted', async () => {
    server.write('open', { a: { v: 1 } }, 'ruled');
    server.write('shut', { a: { v: 1 } }, 'ruled');
    server.setRules({ rules: { open: { '.read': 'auth != null' } } }, 'ruled');
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const token = `${part({ alg: 'none', typ: 'JWT' })}.${part({ sub: 'u1', user_id: 'u1', exp: 4102444800 })}.`;
    const from = (path: string): string => `rtdb://ruled/${path}?emulator=${host}&token=${token}`;
    expect((await workplace.run(['copy', from('open'), './open', '--quiet'])).code).toBe(0);
    const shut = await workplace.run(['copy', from('shut'), './shut']);
    expect([shut.code, errorIn(shut.stderr)]).toEqual([5, 'DM_REALTIME_UNAUTHORIZED']);
    expect(shut.stderr).toContain('node shut');
    expect(shut.stderr).not.toContain(token);
  });
});
