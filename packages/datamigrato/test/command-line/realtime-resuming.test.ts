import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type RealtimeServer, startRealtimeServer } from '@datamigrato/realtime-server';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createWorkplace, type Workplace } from './command-line.js';

// Each test runs whole processes, which a busy machine lets wait.
vi.setConfig({ testTimeout: 120_000 });

const total = 30_000;
let workplace: Workplace;
let server: RealtimeServer;
let host: string;
beforeAll(async () => {
  workplace = await createWorkplace();
  server = await startRealtimeServer();
  host = `${server.host}:${server.port}`;
  // Each request takes a while, as over a network, so that a kill finds work under way.
  server.injectFaults(() => ({ type: 'delay', milliseconds: 15 }));
  const lines = Array.from({ length: total }, (_, index) =>
    JSON.stringify({ id: `k${index}`, n: index, text: 'x'.repeat(50) }),
  );
  await writeFile(join(workplace.folder, 'records.ndjson'), `${lines.join('\n')}\n`);
});
afterAll(async () => {
  await server.stop();
  await workplace[Symbol.asyncDispose]();
});

describe.skipIf(process.platform === 'win32')('a run to or from an embedded Realtime Database that is killed', () => {
  test('R-01 goes on where it was as a target: nothing is lost, and nothing twice', async () => {
    const to = `rtdb://killed/records?emulator=${host}`;
    const state = ['--state-folder', './state-target'];
    const filling = ['populate', './records.ndjson', to, '--primary-key', 'id', ...state];
    const killed = await workplace.runUntilWritten(filling, 5000, 'SIGKILL');
    expect(killed.code).toBeNull();
    const before = Object.keys((server.read('records', 'killed') ?? {}) as object).length;
    expect(before).toBeGreaterThanOrEqual(5000);
    expect(before).toBeLessThan(total);
    const resumed = await workplace.run(['resume', '--json', ...state]);
    expect(resumed.stderr).not.toContain('✖');
    expect(JSON.parse(resumed.stdout)).toMatchObject({ ledger: { read: total, written: total, dead: 0 } });
    const stored = server.read('records', 'killed') as Record<string, { readonly n: number }>;
    expect(Object.keys(stored)).toHaveLength(total);
    for (const [name, { n }] of Object.entries(stored)) if (name !== `k${n}`) throw new Error(`${name} holds ${n}`);
  });

  test('R-01 goes on where it was as a source', async () => {
    const nodes = Object.fromEntries(Array.from({ length: total }, (_, index) => [`k${index}`, { n: index }]));
    server.write('records', nodes, 'source');
    const state = ['--state-folder', './state-source'];
    const copying = ['copy', `rtdb://source/records?emulator=${host}`, './backup', ...state];
    const killed = await workplace.runUntilWritten(copying, 5000, 'SIGKILL');
    expect(killed.code).toBeNull();
    const resumed = await workplace.run(['resume', '--json', ...state]);
    expect(resumed.stderr).not.toContain('✖');
    expect(JSON.parse(resumed.stdout)).toMatchObject({ ledger: { read: total, written: total, dead: 0 } });
    expect(await readdir(join(workplace.folder, 'backup'))).toContain('manifest.json');
    const back = await workplace.run([
      'copy',
      './backup',
      `rtdb://back?emulator=${host}`,
      '--quiet',
      '--state-folder',
      './state-back',
    ]);
    expect(back.code).toBe(0);
    expect(server.read('records', 'back')).toEqual(nodes);
  });
});
