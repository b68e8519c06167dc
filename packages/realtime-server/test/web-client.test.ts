import {
  child,
  enableLogging,
  get,
  goOffline,
  goOnline,
  increment,
  onChildAdded,
  onChildChanged,
  onChildMoved,
  onChildRemoved,
  onDisconnect,
  onValue,
  orderByPriority,
  push,
  type Query,
  query,
  ref,
  remove,
  runTransaction,
  serverTimestamp,
  set,
  setPriority,
  setWithPriority,
  update,
} from '@firebase/database';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type RealtimeServer, startRealtimeServer } from '../src/index.js';
import { storableData } from './data-arbitrary.js';
import { openWeb } from './web-client.js';

const now = 1_800_000_000_000;
let server: RealtimeServer;
let one: ReturnType<typeof openWeb>;
let two: ReturnType<typeof openWeb>;

beforeAll(async () => {
  server = await startRealtimeServer({ clock: () => now });
  one = openWeb(server);
  two = openWeb(server);
});
beforeEach(() => server.reset());
afterAll(async () => {
  await one.close();
  await two.close();
  await server.stop();
});

/** Resolves once `condition` holds, which is looked at again and again. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Notes what a list's child listeners hear until `stop`. */
function listen(list: Query): { readonly heard: string[]; stop(): void } {
  const heard: string[] = [];
  const note = (what: string) => (snapshot: { key: string | null }, previous?: string | null) => {
    heard.push(`${what} ${snapshot.key} after ${previous ?? 'none'}`);
  };
  const stops = [
    onChildAdded(list, note('added')),
    onChildChanged(list, note('changed')),
    onChildMoved(list, note('moved')),
    onChildRemoved(list, note('removed')),
  ];
  return {
    heard,
    stop: () => {
      for (const stop of stops) stop();
    },
  };
}

test("listeners to children hear of another client's writes what that client hears itself", async () => {
  server.write('list', { a: { '.value': 1, '.priority': 1 }, b: { '.value': 2, '.priority': 2 } });
  const [reader, writer] = [one, two].map(({ database }) => listen(query(ref(database, 'list'), orderByPriority())));
  if (reader === undefined || writer === undefined) throw new Error('Two listeners were made.');
  await until(() => reader.heard.length === 2 && writer.heard.length === 2);
  const other = ref(two.database, 'list');
  await set(child(other, 'a'), 1);
  await setWithPriority(child(other, 'c'), 3, 0);
  await setPriority(child(other, 'b'), -1);
  await update(other, { c: null, d: 'x' });
  await remove(child(other, 'b'));
  await until(() => reader.heard.includes('removed b after none'));
  reader.stop();
  writer.stop();
  expect(reader.heard).toEqual(writer.heard);
  expect(reader.heard).toEqual([
    'added a after none',
    'added b after a',
    'moved a after none',
    'changed a after none',
    'added c after a',
    'moved b after a',
    'changed b after a',
    'removed c after none',
    'added d after a',
    'removed b after none',
  ]);
});

test('server values become what the server knows, and increments of several clients add up', async () => {
  const place = ref(one.database, 'values');
  await set(place, { at: serverTimestamp(), n: 5, list: [serverTimestamp()] });
  expect(server.read('values')).toEqual({ at: now, n: 5, list: { 0: now } });
  await Promise.all([
    ...[1, 2, 3].map((by) => set(child(place, 'n'), increment(by))),
    ...[10, -0.5].map((by) => update(ref(two.database, 'values'), { n: increment(by), fresh: increment(by) })),
  ]);
  expect(server.read('values')).toEqual({ at: now, n: 20.5, fresh: 9.5, list: { 0: now } });
  expect((await get(place)).exportVal()).toEqual(server.read('values'));
});

test('priorities are kept beside values until a plain set takes them away', async () => {
  const place = ref(one.database, 'p');
  await setWithPriority(child(place, 'leaf'), 'v', 'high');
  await set(child(place, 'branch'), { x: 1, '.priority': 7 });
  expect(server.read('p')).toEqual({
    leaf: { '.value': 'v', '.priority': 'high' },
    branch: { x: 1, '.priority': 7 },
  });
  expect((await get(ref(two.database, 'p'))).exportVal()).toEqual(server.read('p'));
  await setPriority(child(place, 'leaf'), null);
  await setPriority(child(place, 'nothing'), 1);
  await set(child(place, 'branch/y'), 2);
  expect(server.read('p')).toEqual({ leaf: 'v', branch: { x: 1, y: 2, '.priority': 7 } });
  await set(child(place, 'branch'), { x: 1 });
  expect(server.read('p/branch')).toEqual({ x: 1 });
  await update(child(place, 'new'), { '.priority': 3, x: 1 });
  expect(server.read('p/new')).toEqual({ x: 1, '.priority': 3 });
});

test('what was asked for on disconnection is written then, unless it was cancelled', async () => {
  const leaving = openWeb(server);
  const place = ref(leaving.database, 'users/me');
  await set(place, { online: true, kept: 1, seen: 0, cancelled: 'still here' });
  await onDisconnect(child(place, 'online')).set(false);
  await onDisconnect(place).update({ seen: serverTimestamp(), 'visits/last': increment(1) });
  await onDisconnect(child(place, 'cancelled')).remove();
  await onDisconnect(child(place, 'cancelled')).cancel();
  expect(server.read('users/me/online')).toBe(true);
  const heard = new Promise<void>((resolve) => {
    onValue(ref(one.database, 'users/me/online'), (snapshot) => {
      if (snapshot.val() === false) resolve();
    });
  });
  goOffline(leaving.database);
  await heard;
  expect(server.read('users/me')).toEqual({
    online: false,
    kept: 1,
    seen: now,
    visits: { last: 1 },
    cancelled: 'still here',
  });
  goOnline(leaving.database);
  await set(child(place, 'online'), true);
  await leaving.close();
  await until(() => server.read('users/me/visits/last') === 1);
  expect(server.read('users/me/online')).toBe(true);
});

test('a client that comes back is sent only what has changed meanwhile', async () => {
  const pushed: string[] = [];
  const back = openWeb(server);
  server.write('kept', { a: 7, b: 2, c: { d: ['x', true, null, 1.25], '.priority': 'p' } });
  server.write('moving', 1);
  onValue(ref(back.database, 'kept'), () => undefined);
  let latest: unknown;
  onValue(ref(back.database, 'moving'), (snapshot) => {
    latest = snapshot.val();
  });
  await until(() => latest === 1);
  goOffline(back.database);
  server.write('moving', 2);
  enableLogging((line) => {
    if (/handleServerMessage d /.test(line)) pushed.push(line);
  });
  goOnline(back.database);
  await until(() => latest === 2);
  enableLogging(false);
  await back.close();
  expect(pushed).toHaveLength(1);
  expect(pushed[0]).toContain('moving');
});

/**
 * False for doubles that the library hashes wrongly: those whose exponent it finds by a logarithm that is rounded, and those that are so small that it overflows.
 */
function isHashedExactly(value: number): boolean {
  const magnitude = Math.abs(value);
  if (magnitude < 2 ** -1022) return true;
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, magnitude);
  const exponent = (view.getUint16(0) >> 4) - 1023;
  return exponent >= -971 && exponent === Math.floor(Math.log(magnitude) / Math.LN2);
}

test('a transaction on data that the client has never seen needs to be told of it once', async () => {
  const data = storableData(fc.double({ noNaN: true, noDefaultInfinity: true }).filter(isHashedExactly));
  let run = 0;
  await fc.assert(
    fc.asyncProperty(data, async (before) => {
      run += 1;
      server.write(`t/${run}`, before);
      let attempts = 0;
      const { committed, snapshot } = await runTransaction(ref(one.database, `t/${run}`), () => {
        attempts += 1;
        return 'done';
      });
      expect(committed).toBe(true);
      expect(attempts).toBeLessThanOrEqual(2);
      expect(snapshot.val()).toBe('done');
      expect(snapshot.exportVal()).toEqual(server.read(`t/${run}`));
    }),
    { numRuns: 100 },
  );
});

test('a transaction that gives up leaves the data alone', async () => {
  server.write('stock', 0);
  const { committed, snapshot } = await runTransaction(ref(one.database, 'stock'), (value: number | null) =>
    value === 0 ? undefined : (value ?? 1) - 1,
  );
  expect({ committed, value: snapshot.val(), stored: server.read('stock') }).toEqual({
    committed: false,
    value: 0,
    stored: 0,
  });
});

test('clients see their own writes and those of others in one order', async () => {
  const place = ref(one.database, 'log');
  const heard: unknown[] = [];
  onChildAdded(place, (snapshot) => heard.push(snapshot.val()));
  await Promise.all(
    Array.from({ length: 20 }, (_, index) => push(ref(index % 2 ? one.database : two.database, 'log'), index)),
  );
  await until(() => heard.length === 20);
  expect(heard.toSorted((left, right) => Number(left) - Number(right))).toEqual(
    Array.from({ length: 20 }, (_, i) => i),
  );
  expect((await get(place)).size).toBe(20);
});
