import { get, onValue, ref, set } from '@firebase/database';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type RealtimeServer, startRealtimeServer } from '../src/index.js';
import { openAdmin } from './admin-client.js';
import { rest } from './rest-client.js';
import { openWeb } from './web-client.js';

let server: RealtimeServer;
const open: { close(): Promise<void> }[] = [];

beforeEach(async () => {
  server = await startRealtimeServer({ limits: { messageBytes: 50_000, readBytes: 80_000 } });
});
afterEach(async () => {
  server.injectFaults(undefined);
  for (const each of open.splice(0)) await each.close();
  await server.stop();
});

function admin() {
  const client = openAdmin(server);
  open.push(client);
  return client.database;
}

function web() {
  const client = openWeb(server, { sub: 'ada' });
  open.push(client);
  return client.database;
}

const text = (length: number): string => 'x'.repeat(length);

test('a message that is too big is refused with the words of Firebase, and the connection goes on', async () => {
  const database = admin();
  const expected = 'Data to write exceeds the maximum size that can be modified with a single request.';
  await expect(database.ref('a').set(text(60_000))).rejects.toThrow(`WRITE_TOO_BIG: ${expected}`);
  await database.ref('a').set(text(40_000));
  expect(server.read('a')).toBe(text(40_000));
});

test('more than can be read at once is refused, to a question and to a listener', async () => {
  server.write('a', { b: text(50_000), c: text(50_000) });
  const database = admin();
  await expect(database.ref('a').get()).rejects.toThrow(/exceeds the maximum size that can be accessed/);
  await expect(database.ref('a').once('value')).rejects.toThrow(
    /too_big at \/a: The data requested exceeds the maximum size that can be accessed with a single request/,
  );
  expect((await database.ref('a/b').get()).val()).toBe(text(50_000));
});

test('a listener whose place becomes too big loses its connection, and is refused when it comes back', async () => {
  const database = web();
  const heard: number[] = [];
  const failure = new Promise<Error>((resolve) => {
    onValue(ref(database, 'grows'), (snapshot) => heard.push(snapshot.size), resolve);
  });
  while (heard.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  server.write('grows', { a: text(50_000) });
  server.write('grows/b', text(50_000));
  server.write('grows', { c: text(90_000) });
  expect((await failure).message).toMatch(/too_big/);
  expect(heard).toEqual([0, 1, 2]);
});

test('requests wait behind a delayed one and are answered in their order', async () => {
  const database = web();
  await get(ref(database, 'warm'));
  let delays = 0;
  server.injectFaults(({ action }) => {
    if (action !== 'p' || delays > 0) return undefined;
    delays += 1;
    return { type: 'delay', milliseconds: 80 };
  });
  const order: string[] = [];
  await Promise.all([
    set(ref(database, 'a'), 1).then(() => order.push('a')),
    set(ref(database, 'b'), 2).then(() => order.push('b')),
    get(ref(database, 'c')).then(() => order.push('c')),
  ]);
  expect({ order, delays }).toEqual({ order: ['a', 'b', 'c'], delays: 1 });
});

test('a write is sent again by the library after its connection was dropped, done or not', async () => {
  for (const when of ['before-work', 'after-work'] as const) {
    const database = web();
    let drops = 0;
    server.injectFaults(({ transport, action, path }) => {
      if (transport !== 'websocket' || action !== 'p' || drops > 0) return undefined;
      expect(path).toEqual(['dropped', when]);
      drops += 1;
      return { type: 'drop', when };
    });
    await set(ref(database, `dropped/${when}`), 'arrived');
    expect({ drops, stored: server.read(`dropped/${when}`) }).toEqual({ drops: 1, stored: 'arrived' });
  }
});

test('a refusal of the injector reaches a library and a user of REST in their own forms', async () => {
  server.injectFaults(({ action }) =>
    action === 'p' || action === 'PUT'
      ? { type: 'refuse', status: 'unavailable', httpStatus: 503, message: 'Try later.' }
      : undefined,
  );
  await expect(set(ref(web(), 'a'), 1)).rejects.toThrow(/unavailable/i);
  expect(await rest(server, 'PUT', 'a.json', 1)).toMatchObject({
    status: 503,
    text: '{\n  "error" : "Try later."\n}\n',
  });
  expect(server.read('a')).toBeNull();
});

test('over REST a fault can spoil what comes before and after the work', async () => {
  server.injectFaults(({ transport, bytes, namespace }) => {
    expect({ transport, bytes, namespace }).toEqual({ transport: 'rest', bytes: 1, namespace: 'default' });
    return { type: 'drop', when: 'before-work' };
  });
  await expect(rest(server, 'PUT', 'a.json', 1)).rejects.toThrow('fetch failed');
  expect(server.read('a')).toBeNull();
  server.injectFaults(() => ({ type: 'drop', when: 'after-work' }));
  await expect(rest(server, 'PUT', 'a.json', 1)).rejects.toThrow('fetch failed');
  expect(server.read('a')).toBe(1);
  server.injectFaults(() => ({ type: 'stall' }));
  await expect(fetch(`${server.url}/a.json`, { signal: AbortSignal.timeout(60) })).rejects.toThrow(/timeout/);
  server.injectFaults(() => ({ type: 'delay', milliseconds: 40 }));
  const started = performance.now();
  expect(await rest(server, 'GET', 'a.json')).toMatchObject({ status: 200, text: '1' });
  expect(performance.now() - started).toBeGreaterThan(35);
});

test('an injector that throws spoils its request, is reported, and leaves the server running', async () => {
  const troubles: Error[] = [];
  await using watched = await startRealtimeServer({ onError: (error) => troubles.push(error) });
  watched.injectFaults(({ path }) => {
    if (path[0] === 'a') throw new Error('thrown by the injector');
    return undefined;
  });
  await expect(rest(watched, 'PUT', 'a.json', 1)).rejects.toThrow('fetch failed');
  const client = openWeb(watched);
  const written = set(ref(client.database, 'a'), 1);
  await expect.poll(() => troubles.length, { timeout: 10_000 }).toBeGreaterThan(1);
  watched.injectFaults(undefined);
  await written;
  await client.close();
  expect(new Set(troubles.map(({ message }) => message))).toEqual(new Set(['thrown by the injector']));
  expect(watched.read('a')).toBe(1);
});

test('a network that fails and tokens that expire cost a library a reconnection and nothing else', async () => {
  const database = web();
  let latest: unknown;
  onValue(ref(database, 'a'), (snapshot) => {
    latest = snapshot.val();
  });
  for (const [index, spoil] of [() => server.dropConnections(), () => server.expireTokens()].entries()) {
    await set(ref(database, 'a'), index);
    spoil();
    server.write('a', `after ${index}`);
    await expect.poll(() => latest, { timeout: 20_000 }).toBe(`after ${index}`);
  }
}, 60_000);

test('a server that is stopped ends connections, frees its port, and starts again there', async () => {
  const database = web();
  await set(ref(database, 'a'), 1);
  const started = performance.now();
  await server.stop();
  expect(performance.now() - started).toBeLessThan(2_000);
  const { port } = server;
  server = await startRealtimeServer({ port });
  expect((await rest(server, 'GET', 'a.json')).text).toBe('null');
  await expect(startRealtimeServer({ port })).rejects.toMatchObject({ code: 'address-in-use' });
});
