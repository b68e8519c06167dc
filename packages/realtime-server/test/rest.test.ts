import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type RealtimeServer, startRealtimeServer } from '../src/index.js';
import { rest } from './rest-client.js';

let server: RealtimeServer;
beforeAll(async () => {
  server = await startRealtimeServer();
});
beforeEach(() => server.reset());
afterAll(() => server.stop());

const get = async (target: string): Promise<unknown> => {
  const { status, text } = await rest(server, 'GET', target);
  expect(status, text).toBe(200);
  return JSON.parse(text);
};

test('PUT, GET, PATCH, POST and DELETE do what they say', async () => {
  expect(await rest(server, 'PUT', 'a.json', { x: 1, y: { z: [true, null, 'é'] } })).toMatchObject({
    status: 200,
    text: '{"x":1,"y":{"z":{"0":true,"2":"é"}}}',
  });
  expect(await get('a/y/z.json')).toEqual([true, null, 'é']);
  expect(await get('a/y/z.json?format=export')).toEqual({ 0: true, 2: 'é' });
  expect(await rest(server, 'PATCH', 'a.json', { x: null, 'y/w': 5 })).toMatchObject({
    status: 200,
    text: '{"x":null,"y/w":5}',
  });
  expect(await get('a.json')).toEqual({ y: { w: 5, z: [true, null, 'é'] } });
  const { name } = JSON.parse((await rest(server, 'POST', 'a/list.json', 'text'.length)).text);
  expect(name).toMatch(/^-[-_0-9A-Za-z]{19}$/);
  expect(await get(`a/list/${name}.json`)).toBe(4);
  expect(await rest(server, 'DELETE', 'a.json')).toMatchObject({ status: 200, text: 'null' });
  expect(await rest(server, 'GET', '.json')).toMatchObject({ status: 200, text: 'null' });
});

test('a page of keys is what lies between the bounds', async () => {
  server.write('p', { b: 1, a: 2, '10': 3, '9': 4, c: { d: 5 }, é: 6 });
  expect(await get('p.json?orderBy="$key"&limitToFirst=3')).toEqual({ 9: 4, 10: 3, a: 2 });
  expect(await get('p.json?orderBy="$key"&startAfter="10"&limitToFirst=2')).toEqual({ a: 2, b: 1 });
  expect(await get('p.json?orderBy="$key"&startAt="b"&endAt="c"')).toEqual({ b: 1, c: { d: 5 } });
  expect(await get('p.json?orderBy="$key"&startAt="b"&endBefore="c"')).toEqual({ b: 1 });
  expect(await get('p.json?orderBy="$key"&equalTo="c"')).toEqual({ c: { d: 5 } });
  expect(await get('p.json?orderBy="$key"&limitToLast=1')).toEqual({ é: 6 });
  expect(await get('p.json?orderBy="$key"&startAfter="é"&limitToFirst=1')).toBeNull();
  expect(await get('p.json?shallow=true')).toEqual({ 9: 4, 10: 3, a: 2, b: 1, c: true, é: 6 });
  expect(await get('p.json?shallow=true&limitToFirst=2&startAfter=10')).toEqual({ a: 2, b: 1 });
});

test('namespaces are apart from each other', async () => {
  await rest(server, 'PUT', 'x.json?ns=one', 1);
  await rest(server, 'PUT', 'x.json?ns=two', 2);
  expect(await get('x.json?ns=ONE')).toBe(1);
  expect([await get('x.json?ns=one'), await get('x.json?ns=two'), await get('x.json')]).toEqual([1, 2, null]);
});
