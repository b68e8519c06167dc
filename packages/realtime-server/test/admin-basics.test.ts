import type { Database } from 'firebase-admin/database';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type RealtimeServer, startRealtimeServer } from '../src/index.js';
import { openAdmin } from './admin-client.js';

let server: RealtimeServer;
let client: ReturnType<typeof openAdmin>;
let database: Database;

beforeAll(async () => {
  server = await startRealtimeServer();
  client = openAdmin(server);
  database = client.database;
});
beforeEach(() => server.reset());
afterAll(async () => {
  await client.close();
  await server.stop();
});

const valueAt = async (path: string): Promise<unknown> => (await database.ref(path).get()).val();

test('what is set is read back', async () => {
  const people = { ada: { born: 1815, alive: false, works: ['notes', 'letters'] }, '7': 'seven', text: 'é\u2028"\\' };
  await database.ref('people').set(people);
  expect(await valueAt('people')).toEqual(people);
  expect(await valueAt('people/ada/works/1')).toBe('letters');
  expect(await valueAt('people/nobody')).toBeNull();
  expect(server.read('people/ada/works')).toEqual({ 0: 'notes', 1: 'letters' });
});

test('an update replaces several places at once and leaves the rest', async () => {
  await database.ref('shop').set({ a: { price: 1 }, b: { price: 2 }, c: 3 });
  await database.ref().update({ 'shop/a/price': 10, 'shop/b': null, 'log/x/y': true });
  expect(server.read('')).toEqual({ shop: { a: { price: 10 }, c: 3 }, log: { x: { y: true } } });
});

test('removing the last child removes its parents', async () => {
  await database.ref('a/b/c').set(1);
  await database.ref('a/b/c').remove();
  expect(server.read('')).toBeNull();
});

test('a child below a leaf replaces the leaf, and removing one below a leaf changes nothing', async () => {
  await database.ref('a').set('leaf');
  await database.ref('a/b').set(null);
  expect(server.read('a')).toBe('leaf');
  await database.ref('a/b').set(1);
  expect(server.read('a')).toEqual({ b: 1 });
});

test('pushed children come back in the order of pushing', async () => {
  const names: (string | null)[] = [];
  for (let index = 0; index < 5; index += 1) names.push((await database.ref('list').push(index)).key);
  const seen: (string | null)[] = [];
  (await database.ref('list').get()).forEach((child) => {
    seen.push(child.key);
  });
  expect(seen).toEqual(names);
});

test('messages that need several frames arrive whole', async () => {
  const text = 'é'.repeat(40_000);
  await database.ref('long').set(text);
  expect(server.read('long')).toBe(text);
  expect(await valueAt('long')).toBe(text);
});

test('a server starts and stops in milliseconds', async () => {
  const times: number[] = [];
  for (let count = 0; count < 10; count += 1) {
    const started = performance.now();
    const another = await startRealtimeServer();
    await another.stop();
    times.push(performance.now() - started);
  }
  expect(Math.min(...times)).toBeLessThan(50);
});

test('megabytes and characters beyond U+FFFF come back whole in one answer', async () => {
  const record = { text: '😀'.repeat(100), other: 'x'.repeat(300) };
  const records = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`k${index}`, record]));
  server.write('many', records);
  expect(await valueAt('many')).toEqual(records);
  expect((await database.ref('many').once('value')).numChildren()).toBe(5_000);
});

test('a listener hears the first data and every change of anybody', async () => {
  const other = openAdmin(server);
  const heard: unknown[] = [];
  const reference = database.ref('live');
  const three = new Promise<void>((resolve) => {
    reference.on('value', (snapshot) => {
      heard.push(snapshot.val());
      if (heard.length === 3) resolve();
    });
  });
  await reference.once('value');
  await other.database.ref('live/a').set(1);
  await other.database.ref().update({ 'live/b': 2, 'live/c': 3 });
  await three;
  reference.off();
  await other.close();
  expect(heard).toEqual([null, { a: 1 }, { a: 1, b: 2, c: 3 }]);
});

test('a transaction that two clients run at once counts both', async () => {
  const other = openAdmin(server);
  await database.ref('count').set(40);
  const increment = (value: number | null): number => (value ?? 0) + 1;
  const results = await Promise.all([
    database.ref('count').transaction(increment),
    other.database.ref('count').transaction(increment),
  ]);
  await other.close();
  expect(results.map(({ committed }) => committed)).toEqual([true, true]);
  expect(server.read('count')).toBe(42);
});
