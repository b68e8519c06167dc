import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { type RealtimeServer, startRealtimeServer } from '../src/index.js';
import { rest } from './rest-client.js';

let server: RealtimeServer;
const troubles: Error[] = [];
beforeAll(async () => {
  server = await startRealtimeServer({ onError: (error) => troubles.push(error), limits: { messageBytes: 100_000 } });
});
afterAll(() => server.stop());

async function open(query = '?v=5'): Promise<WebSocket> {
  const socket = new WebSocket(`ws://${server.host}:${server.port}/.ws${query}`);
  await once(socket, 'open');
  return socket;
}

/** Sends frames as they are, and resolves once the server has closed the connection or still answers. */
async function send(frames: readonly (string | Uint8Array)[]): Promise<'closed' | 'open'> {
  const socket = await open();
  const closed = once(socket, 'close').then(() => 'closed' as const);
  for (const frame of frames) socket.send(frame);
  const pong = once(socket, 'pong').then(() => 'open' as const);
  socket.ping();
  const outcome = await Promise.race([closed, pong]);
  socket.terminate();
  await closed;
  return outcome;
}

const action = fc.constantFrom(
  's',
  'gauth',
  'auth',
  'unauth',
  'q',
  'n',
  'g',
  'p',
  'm',
  'o',
  'om',
  'oc',
  'x',
  '__proto__',
);
const field = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom('/', '', '/a/../b', '.info', '/.settings/rules', '/a/.priority', '/__proto__/x', 'é/\u0000'),
);
const body = fc.dictionary(fc.constantFrom('p', 'd', 'q', 't', 'h', 'cred', 'authvar', 'noauth', '__proto__'), field);
const message = fc.oneof(
  fc.record({ t: fc.constant('d'), d: fc.record({ r: fc.integer(), a: action, b: fc.oneof(body, field) }) }),
  fc.record({ t: fc.constantFrom('c', 'd', 'e'), d: fc.jsonValue() }),
  fc.jsonValue(),
);
const frame = fc.oneof(
  message.map((each) => JSON.stringify(each)),
  fc.string(),
  fc.constantFrom('0', '2', '999999', '{', '-1', '1e5'),
  fc.uint8Array({ maxLength: 20 }),
);

test('no frames of a client bring the server into trouble', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(frame, { minLength: 1, maxLength: 6 }), async (frames) => {
      await send(frames);
      expect(troubles).toEqual([]);
    }),
    { numRuns: 150 },
  );
  expect(await rest(server, 'GET', '.json?shallow=true')).toMatchObject({ status: 200 });
});

test('what is no message closes the connection, and a message that is far too long as well', async () => {
  expect(await send(['{'])).toBe('closed');
  expect(await send([new Uint8Array([1])])).toBe('closed');
  expect(await send(['3', ...Array.from({ length: 3 }, () => 'x'.repeat(90_000))])).toBe('closed');
  expect(await send(['x'.repeat(300_000)])).toBe('closed');
  expect(await send(['0', '{"t":"c","d":{"t":"p","d":{}}}'])).toBe('open');
});

test('other versions of the protocol and other paths are not served', async () => {
  await expect(open('?v=4')).rejects.toThrow('404');
  await expect(open('.other?v=5')).rejects.toThrow('404');
  await expect(open('?v=5&ns=../../etc')).rejects.toThrow('404');
});

test('request lines that are no good addresses are answered like any other', async () => {
  const ask = async (target: string, more = ''): Promise<string> => {
    const socket = connect(server.port, server.host);
    socket.write(
      `GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: ${more === '' ? 'close' : 'Upgrade'}\r\n${more}\r\n`,
    );
    return (await text(socket)).split('\r\n', 1)[0] ?? '';
  };
  const upgrade = 'Upgrade: websocket\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n';
  expect(await ask('//a.json')).toBe('HTTP/1.1 200 OK');
  expect(await ask('http://[/a.json')).toBe('HTTP/1.1 200 OK');
  expect(await ask('//')).toBe('HTTP/1.1 404 Not Found');
  expect(await ask('/../a.json')).toBe('HTTP/1.1 400 Bad Request');
  expect(await ask('//', upgrade)).toBe('HTTP/1.1 404 Not Found');
  expect(await ask('http://[', upgrade)).toBe('HTTP/1.1 404 Not Found');
  expect(troubles).toEqual([]);
});

test('data that are nested without end are refused', async () => {
  const deep = (open_: string, close: string): string => open_.repeat(200_000) + close.repeat(200_000);
  for (const body of [deep('[', ']'), `${'{"a":'.repeat(200_000)}1${'}'.repeat(200_000)}`]) {
    expect((await rest(server, 'PUT', 'deep.json', body)).status).toBe(400);
  }
  expect(server.read('deep')).toBeNull();
});

test('names that mean something to JavaScript are names like any other', async () => {
  const body = '{"__proto__":{"toString":1},"constructor":{"prototype":"x"},"hasOwnProperty":true}';
  expect(await rest(server, 'PUT', 'names.json', body)).toMatchObject({ status: 200 });
  expect(JSON.parse((await rest(server, 'GET', 'names.json')).text)).toEqual(JSON.parse(body));
  expect((await rest(server, 'GET', 'names/__proto__/toString.json')).text).toBe('1');
  expect((await rest(server, 'PATCH', 'names.json', '{"__proto__":null,"constructor/prototype":2}')).status).toBe(200);
  expect((await rest(server, 'GET', 'names.json')).text).toBe('{"constructor":{"prototype":2},"hasOwnProperty":true}');
});
