import { connect } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type RealtimeServer, startRealtimeServer } from '../src/index.js';
import { openStream } from './event-stream.js';
import { rest } from './rest-client.js';

const now = 1_700_000_000_000;
let server: RealtimeServer;
beforeAll(async () => {
  server = await startRealtimeServer({
    clock: () => now,
    limits: { bodyBytes: 5_000, readBytes: 3_000, stringBytes: 1_000, depth: 5, keyBytes: 40 },
    rules: { rules: { '.read': true, '.write': true, list: { '.indexOn': ['n', '.value', 'deep/n'] } } },
  });
});
beforeEach(() => server.reset());
afterAll(() => server.stop());

async function errorOf(method: string, target: string, body?: unknown, headers?: Record<string, string>) {
  const { status, text } = await rest(server, method, target, body, headers);
  expect(text).toMatch(/^\{\n {2}"error" : ".*"\n\}\n$/);
  return [status, JSON.parse(text).error];
}

const keyTrouble = (place: string) =>
  `Invalid data; couldn't parse key beginning at ${place}. Key value can't be empty or contain $ # [ ] / or .`;

test.each([
  ['PUT', 'a.json', '{', "Invalid data; couldn't parse JSON object, array, or value."],
  ['PUT', 'a.json', "{'a':1}", "Invalid data; couldn't parse JSON object, array, or value."],
  ['PUT', 'a.json', 'NaN', "Invalid data; couldn't parse JSON object, array, or value."],
  ['PUT', 'a.json', '1e999', 'Invalid data; a number is out of range.'],
  ['PUT', 'a.json', '', 'Error: No data supplied.'],
  ['PUT', 'a.json', '{"a.b":1}', keyTrouble('1:2')],
  ['PUT', 'a.json', '{"x":{"text":"$y"},\n  "ok": {"$y": 1}}', keyTrouble('2:10')],
  ['PUT', 'a.json', '{"":1}', keyTrouble('1:2')],
  ['PUT', 'a.json', '{"a/b":1}', keyTrouble('1:2')],
  ['PUT', 'a.json', '{"a\\u0001":1}', keyTrouble('1:2')],
  ['PUT', 'a.json', '{".other":1}', keyTrouble('1:2')],
  ['PATCH', 'a.json', '{"ok":1,"b/c.d":1}', keyTrouble('1:9')],
  ['PATCH', 'a.json', '{"":1}', keyTrouble('1:2')],
  ['PATCH', 'a.json', '[1]', "Invalid data; couldn't parse JSON object, array, or value."],
  ['PATCH', 'a.json', '5', "Invalid data; couldn't parse JSON object, array, or value."],
  ['PATCH', 'a.json', '{"b":1,"b/c":1}', 'Invalid data; path b is an ancestor of b/c.'],
  ['PATCH', 'a.json', '{"b/":1,"/b":1}', 'Invalid data; path b is named twice or above others.'],
  ['PUT', 'a.json', '{".value":1,"b":2}', 'Invalid data; .value stands beside other children.'],
  ['PUT', 'a.json', '{".value":{"b":2}}', 'Invalid data; .value must be a string, a number, a boolean or null.'],
  ['PUT', 'a.json', '{".sv":"nonsense"}', "Invalid data; couldn't parse server value."],
  ['PUT', 'a.json', '{".sv":"timestamp","b":1}', 'Invalid data; .sv stands beside other children.'],
  ['PUT', 'a.json', '{"b":1,".priority":true}', 'Invalid data; a priority must be a string, a number or null.'],
  ['PUT', 'a.b.json', '1', 'Invalid path: Invalid token in path'],
  ['PUT', 'a%2Fb.json', '1', 'Invalid path: Invalid token in path'],
  ['PUT', 'a%zz.json', '1', 'Invalid path: Invalid token in path'],
  ['PUT', 'a/b/c/d/e/f.json', '1', 'Invalid data; path specified exceeds the maximum depth that can be written (5).'],
  [
    'PUT',
    'a/b/c/d.json',
    '{"e":{"f":1}}',
    'Invalid data; path specified exceeds the maximum depth that can be written (5).',
  ],
  ['PUT', 'a.json', JSON.stringify('é'.repeat(501)), 'Invalid data; a string is longer than 1000 utf8 bytes.'],
  ['PUT', 'a.json', JSON.stringify({ ['é'.repeat(21)]: 1 }), 'Invalid data; key is longer than 40 bytes.'],
  [
    'PUT',
    'a.json',
    `"${' '.repeat(5_000)}"`,
    'Data to write exceeds the maximum size that can be modified with a single request.',
  ],
])('%s %s of %s is refused and changes nothing', async (method, target, body, error) => {
  server.write('a', 'before');
  expect(await errorOf(method, target, body)).toEqual([400, error]);
  expect(server.read('')).toEqual({ a: 'before' });
});

test('bytes that are no UTF-8 are refused', async () => {
  const response = await fetch(`${server.url}/a.json`, { method: 'PUT', body: new Uint8Array([0x22, 0xff, 0x22]) });
  expect(response.status).toBe(400);
  expect(server.read('a')).toBeNull();
});

test.each([
  ['a.json?limitToFirst=2', 'orderBy must be defined when other query parameters are defined'],
  ['a.json?orderBy="$key"&limitToFirst=x', 'limitToFirst and limitToLast must be an integer'],
  ['a.json?orderBy="$key"&limitToLast=-1', 'limitToFirst and limitToLast must be an integer'],
  ['a.json?orderBy=$key', 'orderBy must be a valid JSON encoded path'],
  ['a.json?orderBy="$other"', 'orderBy must be a valid JSON encoded path'],
  ['a.json?orderBy="$priority"&startAt={}', 'Constraint index field must be a JSON primitive'],
  ['a.json?orderBy="$key"&startAt=5', 'startAt must be a string when ordering by key'],
  ['a.json?shallow=true&orderBy="$key"', "Mixing 'shallow' and querying parameters is not supported"],
  ['big.json', 'Data requested exceeds the maximum size that can be accessed with a single request.'],
])('GET %s is refused', async (target, error) => {
  server.write('big', { a: 'x'.repeat(900), b: 'x'.repeat(900), c: 'x'.repeat(900), d: 'x'.repeat(900) });
  expect(await errorOf('GET', target)).toEqual([400, error]);
});

test('what is not there is told apart: places, pages, methods, databases', async () => {
  expect(await rest(server, 'GET', 'nothing/here.json')).toMatchObject({ status: 200, text: 'null' });
  expect((await errorOf('GET', 'nothing'))[0]).toBe(404);
  expect((await errorOf('LOCK', 'a.json'))[0]).toBe(405);
  expect((await errorOf('GET', 'a.json?ns=no_such.name'))[0]).toBe(404);
  expect((await errorOf('GET', '.settings/other.json'))[0]).toBe(404);
  expect(await rest(server, 'GET', '.info/connected.json')).toMatchObject({ status: 200, text: 'null' });
  expect(await errorOf('PUT', '.info/connected.json', '1')).toEqual([401, 'Permission denied']);
});

test('indexes over REST: children, values, priorities, with keys behind values', async () => {
  const get = async (target: string): Promise<unknown> => JSON.parse((await rest(server, 'GET', target)).text);
  server.write('list', {
    a: { n: 1, deep: { n: 'x' } },
    b: { n: 2, '.priority': 'p' },
    c: { n: 2, '.priority': 1 },
    d: { n: 'text' },
    e: 7,
  });
  expect(Object.keys(Object(await get('list.json?orderBy="n"&startAt=2&endAt="m"')))).toEqual(['b', 'c']);
  expect(await get('list.json?orderBy="n"&equalTo=2,"c"')).toEqual({ c: { n: 2 } });
  expect(await get('list.json?orderBy="n"&startAt=2,"c"&limitToFirst=1')).toEqual({ c: { n: 2 } });
  expect(await get('list.json?orderBy="n"&startAfter=2')).toEqual({ d: { n: 'text' } });
  expect(await get('list.json?orderBy="n"&endBefore=1')).toEqual({ e: 7 });
  expect(await get('list.json?orderBy="deep/n"&startAt=""')).toEqual({ a: { n: 1, deep: { n: 'x' } } });
  expect(await get('list.json?orderBy="$value"&endAt=7&limitToLast=1')).toEqual({ e: 7 });
  expect(await get('list.json?orderBy="$priority"&startAt="a"&format=export')).toEqual({
    b: { n: 2, '.priority': 'p' },
  });
  expect(await get('list/b/.priority.json')).toBe('p');
});

test('what a write stores comes back resolved, printed as asked', async () => {
  const { text } = await rest(server, 'PUT', 'a.json', {
    at: { '.sv': 'timestamp' },
    n: { '.sv': { increment: 2 } },
    e: {},
  });
  expect(text).toBe(`{"at":${now},"n":2}`);
  expect((await rest(server, 'PATCH', 'a.json', { n: { '.sv': { increment: 2 } }, e: null })).text).toBe(
    '{"n":4,"e":null}',
  );
  expect(await rest(server, 'PUT', 'b.json?print=silent', [1])).toMatchObject({ status: 204, text: '' });
  expect(await rest(server, 'PUT', 'b/1/.priority.json', 3)).toMatchObject({ status: 200, text: '3' });
  expect(server.read('b')).toEqual({ 0: 1 });
  expect((await rest(server, 'GET', '.json?print=pretty')).text).toBe(
    `{\n  "a" : {\n    "at" : ${now},\n    "n" : 4\n  },\n  "b" : [\n    1\n  ]\n}\n`,
  );
  const headers = { 'X-HTTP-Method-Override': 'PATCH' };
  expect((await rest(server, 'POST', 'a.json', { n: 5 }, headers)).status).toBe(200);
  expect(server.read('a')).toEqual({ at: now, n: 5 });
  expect((await rest(server, 'PUT', 'n.json', '[1e20,1e21,0.1,-0,9007199254740993]')).text).toBe(
    '{"0":100000000000000000000,"1":1e+21,"2":0.1,"3":0,"4":9007199254740992}',
  );
});

test('what is read can be written back: sparse children stay children', async () => {
  const get = async (target: string): Promise<string> => (await rest(server, 'GET', target)).text;
  server.write('a', { 0: 'a', 1: 'b', 3: 'd' });
  server.write('b', { 0: 'a', 4: 'e' });
  server.write('c', { 1: 'b', x: 'd' });
  server.write('d', { '01': 'b', 1: 'c' });
  expect(await get('a.json')).toBe('["a","b",null,"d"]');
  expect(await get('b.json')).toBe('{"0":"a","4":"e"}');
  expect(await get('c.json')).toBe('{"1":"b","x":"d"}');
  expect(await get('d.json')).toBe('{"1":"c","01":"b"}');
  expect(await get('a.json?format=export')).toBe('{"0":"a","1":"b","3":"d"}');
});

test('a write on the condition that nothing has changed is refused when something has', async () => {
  const etag = { 'X-Firebase-ETag': 'true' };
  const empty = await rest(server, 'GET', 'count.json', undefined, etag);
  expect(empty.headers.get('etag')).toBe('null_etag');
  const first = await rest(server, 'PUT', 'count.json', 1, { ...etag, 'if-match': 'null_etag' });
  expect(first.status).toBe(200);
  const tag = first.headers.get('etag') ?? '';
  expect((await rest(server, 'GET', 'count.json', undefined, etag)).headers.get('etag')).toBe(tag);
  server.write('count', 2);
  expect(await rest(server, 'GET', 'count.json', undefined, { 'if-none-match': tag })).toMatchObject({ status: 200 });
  const refused = await rest(server, 'PUT', 'count.json', 3, { 'if-match': tag });
  expect(refused).toMatchObject({ status: 412, text: '2' });
  const current = refused.headers.get('etag') ?? '';
  const unchanged = await rest(server, 'GET', 'count.json', undefined, { 'if-none-match': current });
  expect(unchanged).toMatchObject({ status: 304, text: '' });
  expect((await rest(server, 'DELETE', 'count.json', undefined, { 'if-match': tag })).status).toBe(412);
  expect((await rest(server, 'DELETE', 'count.json', undefined, { 'if-match': current })).status).toBe(200);
  expect(server.read('count')).toBeNull();
  expect((await errorOf('PATCH', 'count.json', { a: 1 }, { 'if-match': '*' }))[0]).toBe(400);
});

test('a stream tells what is there and then every change, as paths below', async () => {
  server.write('room', { a: 1, list: [1, 2] });
  const stream = await openStream(server, 'room.json');
  expect(stream).toMatchObject({ status: 200, type: 'text/event-stream; charset=utf-8' });
  expect(await stream.next()).toEqual({ event: 'put', data: { path: '/', data: { a: 1, list: [1, 2] } } });
  server.write('room/b/c', true);
  expect(await stream.next()).toEqual({ event: 'put', data: { path: '/b/c', data: true } });
  await rest(server, 'PATCH', 'room.json', { a: null, 'b/d': 2 });
  expect(await stream.next()).toEqual({ event: 'patch', data: { path: '/', data: { a: null, 'b/d': 2 } } });
  server.write('elsewhere', 1);
  server.write('', { room: 'x' });
  expect(await stream.next()).toEqual({ event: 'put', data: { path: '/', data: 'x' } });
  server.setRules({ rules: {} });
  expect(await stream.next()).toEqual({ event: 'cancel', data: 'Permission denied' });
  expect(await stream.next()).toBeUndefined();
  stream.close();
});

test('a stream with a token ends when tokens expire, one without goes on', async () => {
  const known = await openStream(server, 'room.json?auth=owner');
  const nobody = await openStream(server, 'room.json');
  await Promise.all([known.next(), nobody.next()]);
  server.expireTokens();
  expect(await known.next()).toEqual({ event: 'auth_revoked', data: 'credential is no longer valid' });
  expect(await known.next()).toBeUndefined();
  server.write('room', 1);
  expect(await nobody.next()).toEqual({ event: 'put', data: { path: '/', data: 1 } });
  nobody.close();
});

test('a stream of a query tells what enters and leaves the window', async () => {
  server.write('list', { a: 1, b: 2, c: 3 });
  const stream = await openStream(server, 'list.json?orderBy="$key"&limitToFirst=2');
  expect(await stream.next()).toEqual({ event: 'put', data: { path: '/', data: { a: 1, b: 2 } } });
  server.write('list/c', 4);
  server.write('list/0', 0);
  expect(await stream.next()).toEqual({ event: 'patch', data: { path: '/', data: { b: null, 0: 0 } } });
  stream.close();
});

test('credentials: the owner, a user of a token, nobody, and nonsense', async () => {
  server.setRules({ rules: { users: { $user: { '.read': 'auth.uid == $user' } } } });
  server.write('users/ada', 1);
  const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const token = (claims: object, signature = 'c2ln'): string =>
    [encoded({ alg: 'RS256' }), encoded(claims), signature].join('.');
  const status = async (query: string, headers = {}) =>
    (await rest(server, 'GET', `users/ada.json${query}`, undefined, headers)).status;
  expect(await status('')).toBe(401);
  expect(await status('', { Authorization: 'Bearer owner' })).toBe(200);
  expect(await status('?access_token=owner')).toBe(200);
  expect(await status('?auth=owner')).toBe(200);
  expect(await status(`?auth=${token({ sub: 'ada' })}`)).toBe(200);
  expect(await status(`?auth=${token({ sub: 'bob' })}`)).toBe(401);
  expect(await errorOf('GET', `users/ada.json?auth=${token({ sub: 'ada', exp: now / 1000 - 1 })}`)).toEqual([
    401,
    'Auth token is expired',
  ]);
  expect(await status('?auth=owner&auth_variable_override={"uid":"bob"}')).toBe(401);
  expect(await status('?auth=owner&auth_variable_override={"uid":"ada"}')).toBe(200);
  expect(await errorOf('GET', 'users/ada.json?auth=nonsense')).toEqual([401, 'Could not parse auth token.']);
});

test('a page of another origin may ask', async () => {
  const preflight = await rest(server, 'OPTIONS', 'a.json', undefined, {
    Origin: 'http://localhost:3000',
    'Access-Control-Request-Method': 'PUT',
    'Access-Control-Request-Headers': 'x-firebase-etag',
  });
  expect(preflight.headers.get('access-control-allow-origin')).toBe('*');
  expect(preflight.headers.get('access-control-allow-methods')).toContain('PATCH');
  expect((await rest(server, 'GET', 'a.json')).headers.get('access-control-allow-origin')).toBe('*');
});

test('a client that goes away in the middle of a request leaves the server as it was', async () => {
  const socket = connect(server.port, server.host);
  socket.write('PUT /a.json HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{"half":');
  await new Promise((resolve) => setTimeout(resolve, 30));
  socket.destroy();
  const broken = connect(server.port, server.host);
  broken.end('nonsense\r\n\r\n');
  expect(await readText(broken)).toMatch(/^HTTP\/1.1 400/);
  expect(await rest(server, 'GET', 'a.json')).toMatchObject({ status: 200, text: 'null' });
});
