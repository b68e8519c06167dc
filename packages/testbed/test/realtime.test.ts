import { expect, test } from 'vitest';
import { describeWithOwnServer, describeWithServer, startRealtime } from '../src/index.js';

const put = async (port: number, path: string, body: string): Promise<number> =>
  (await fetch(`http://127.0.0.1:${port}/${path}.json?ns=demo`, { method: 'PUT', body })).status;
const get = async (port: number, path: string): Promise<string> =>
  (await fetch(`http://127.0.0.1:${port}/${path}.json?ns=demo`)).text();

await describeWithServer('realtime', 'the shared Realtime Database server', ({ url, host, port }) => {
  test('answers where its address says', async () => {
    expect(url).toBe(`rtdb://demo?emulator=${host}:${port}`);
    expect(await put(port, 'testbed/shared', '1')).toBe(200);
    expect(await get(port, 'testbed/shared')).toBe('1');
  }, 60_000);
});

await describeWithOwnServer(
  'a Realtime Database server of one’s own',
  () => startRealtime({ rules: '{"rules":{"open":{".read":true,".write":true}}}' }),
  (server) => {
    test('keeps what it acknowledged over a kill, and its rules', async () => {
      expect(await put(server.port, 'open/a', '"kept"')).toBe(200);
      expect(await put(server.port, 'closed', '1')).toBe(401);
      const first = server.pid;
      await server.kill();
      await server.restart();
      expect(server.pid).not.toBe(first);
      expect(await get(server.port, 'open/a')).toBe('"kept"');
    }, 60_000);
  },
);
