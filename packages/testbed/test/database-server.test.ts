import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { type ServerRecipe, startDatabaseServer } from '../src/database-server.js';
import { listenLocally } from '../src/local-service.js';
import { isMissing, isRunning } from './leftovers.js';

/** A server that says hello, and ends by itself if its port is taken. */
const program = `
  const server = require('node:net').createServer((socket) => socket.end('hello'));
  server.listen(Number(process.argv[1]), '127.0.0.1', () => console.log('listening'));
`;

async function ask(port = 0): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port });
  const [answer] = await once(socket, 'data');
  return String(answer);
}

function recipe(portOf: (attempt: number, port: number) => number): ServerRecipe {
  let attempts = 0;
  let port = 0;
  return {
    title: 'Hello 1.0',
    purpose: 'hello',
    ports: 1,
    readyLine: /listening/,
    readyWithinMilliseconds: 2_000,
    async command(_folder, [free = 0]) {
      attempts += 1;
      port = portOf(attempts, free);
      return { program: process.execPath, programArguments: ['-e', program, String(port)] };
    },
    async greet() {
      await ask(port);
    },
  };
}

test('takes other ports if somebody else was faster', async () => {
  const occupied = await listenLocally(createServer());
  const server = await startDatabaseServer(recipe((attempt, free) => (attempt === 1 ? occupied.port : free)));
  expect(await ask(server.ports[0])).toBe('hello');
  await server.stop();
  await occupied.close();
});

test('gives up after a few attempts, with the reason from the log', async () => {
  const occupied = await listenLocally(createServer());
  let attempts = 0;
  const failing = recipe((attempt) => {
    attempts = attempt;
    return occupied.port;
  });
  await expect(startDatabaseServer(failing)).rejects.toMatchObject({
    code: 'server-failed',
    message: expect.stringMatching(/^Hello 1.0 ended with status 1 while it was starting[\s\S]*EADDRINUSE/),
  });
  expect(attempts).toBe(4);
  await occupied.close();
});

test('ends a server that gives no answer in time, and says what the last answer was', async () => {
  let folder = '';
  const working = recipe((_attempt, free) => free);
  const failing: ServerRecipe = {
    ...working,
    readyWithinMilliseconds: 700,
    command(itsFolder, ports) {
      folder = itsFolder;
      return working.command(itsFolder, ports);
    },
    greet: () => Promise.reject(new Error('not yet')),
  };
  await expect(startDatabaseServer(failing)).rejects.toMatchObject({
    code: 'server-failed',
    message: expect.stringMatching(/gave no answer within 0.7 s.\nLast answer: not yet\nEnd of its log:\nlistening/),
  });
  expect(await isMissing(folder)).toBe(true);
});

test('survives kill() and restart() on the same port, and ends by terminate()', async () => {
  const server = await startDatabaseServer(recipe((_attempt, free) => free));
  const first = server.pid;
  await server.kill();
  expect(server.running).toBe(false);
  await server.restart();
  expect(await isRunning(first)).toBe(false);
  expect(await ask(server.ports[0])).toBe('hello');
  // 128 + SIGTERM, as a shell tells it.
  expect(await server.terminate()).toBe(143);
  await server.stop();
  await server.stop();
  expect(await isMissing(server.folder)).toBe(true);
});
