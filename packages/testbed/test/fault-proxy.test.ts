import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { MongoClient } from 'mongodb';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { describeWithServer, type FaultProxy, startFaultProxy } from '../src/index.js';

/** Sends back what it gets, and keeps what it got. */
class EchoServer {
  readonly received: Buffer[] = [];
  readonly #server: Server;
  readonly sockets = new Set<Socket>();

  constructor() {
    this.#server = createServer((socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
      socket.on('error', () => socket.destroy());
      socket.on('data', (bytes) => {
        this.received.push(bytes);
        socket.write(bytes);
      });
    });
  }

  async listen(): Promise<number> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('no TCP port');
    return address.port;
  }

  get text(): string {
    return Buffer.concat(this.received).toString();
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

/** A client that keeps what comes back, and how its connection ended. */
class Caller {
  readonly socket: Socket;
  readonly pieces: Buffer[] = [];
  error: string | undefined;
  isClosed = false;

  constructor(port: number) {
    this.socket = connect({ host: '127.0.0.1', port, noDelay: true });
    this.socket.on('data', (bytes) => this.pieces.push(bytes));
    this.socket.on('error', (error: NodeJS.ErrnoException) => {
      this.error = error.code;
    });
    this.socket.on('close', () => {
      this.isClosed = true;
    });
  }

  get text(): string {
    return Buffer.concat(this.pieces).toString();
  }

  get bytes(): number {
    return this.pieces.reduce((sum, piece) => sum + piece.length, 0);
  }
}

async function until(condition: () => boolean, what: string): Promise<void> {
  const started = performance.now();
  while (!condition()) {
    if (performance.now() - started > 20_000) throw new Error(`waited in vain for ${what}`);
    await pause(5);
  }
}

describe('a proxy that can be told what goes wrong', () => {
  let server: EchoServer;
  let proxy: FaultProxy;
  const callers: Caller[] = [];
  const call = (): Caller => {
    const caller = new Caller(proxy.port);
    callers.push(caller);
    return caller;
  };

  beforeEach(async () => {
    server = new EchoServer();
    proxy = await startFaultProxy(await server.listen());
  });
  afterEach(async () => {
    for (const caller of callers.splice(0)) caller.socket.destroy();
    await proxy.stop();
    await server.close();
  });

  test('without a fault passes everything on, and counts', async () => {
    const caller = call();
    const large = Buffer.alloc(3 * 1024 * 1024, 'x');
    caller.socket.write(large);
    await until(() => caller.bytes === large.length, 'the echo');
    expect(Buffer.concat(caller.pieces).equals(large)).toBe(true);
    expect(proxy).toMatchObject({ open: 1, accepted: 1, resets: 0, repliesLost: 0, bytes: 2 * large.length });
    caller.socket.end();
    await until(() => caller.isClosed && proxy.open === 0 && server.sockets.size === 0, 'the end of the connection');
    expect(caller.error).toBeUndefined();
  });

  test('reset: open connections break, new ones too, until it is over', async () => {
    const early = call();
    early.socket.write('a');
    await until(() => early.text === 'a', 'the first echo');
    proxy.fault({ type: 'reset' });
    const late = call();
    await until(() => early.isClosed && late.isClosed, 'two resets');
    expect([early.error, late.error]).toEqual(['ECONNRESET', 'ECONNRESET']);
    expect(proxy.resets).toBe(2);
    proxy.fault(undefined);
    const after = call();
    after.socket.write('b');
    await until(() => after.text === 'b', 'an echo after the fault');
  });

  test('cut: resets what is open and nothing later', async () => {
    const early = call();
    early.socket.write('a');
    await until(() => early.text === 'a', 'the first echo');
    proxy.cut();
    await until(() => early.error === 'ECONNRESET', 'the reset');
    const late = call();
    late.socket.write('b');
    await until(() => late.text === 'b', 'the echo of a new connection');
    expect(proxy).toMatchObject({ accepted: 2, resets: 1 });
  });

  test('hang: nothing arrives while it lasts, everything once it is over', async () => {
    const caller = call();
    caller.socket.write('a');
    await until(() => caller.text === 'a', 'the first echo');
    proxy.fault({ type: 'hang' });
    caller.socket.write('b');
    await pause(300);
    expect([server.text, caller.text, caller.isClosed]).toEqual(['a', 'a', false]);
    proxy.fault(undefined);
    await until(() => caller.text === 'ab', 'what was held back');
  });

  test('half-open: the server loses the connection and the client never hears of it', async () => {
    const caller = call();
    caller.socket.write('a');
    await until(() => caller.text === 'a', 'the first echo');
    proxy.fault({ type: 'half-open' });
    await until(() => server.sockets.size === 0, 'the end at the server');
    caller.socket.write('b');
    proxy.fault(undefined);
    caller.socket.write('c');
    await pause(200);
    expect([server.text, caller.text, caller.isClosed]).toEqual(['a', 'a', false]);
    caller.socket.destroy();
    await until(() => proxy.open === 0, 'the end of the connection');
  });

  test('latency: delays everything by so much, without making it wait for one another', async () => {
    proxy.fault({ type: 'latency', milliseconds: 200 });
    const caller = call();
    const started = performance.now();
    for (const letter of 'abcdefgh') {
      caller.socket.write(letter);
      await pause(20);
    }
    await until(() => caller.text === 'abcdefgh', 'all echoes');
    const elapsed = performance.now() - started;
    // There and back is 400 ms; eight pieces one after the other would be 3,200.
    expect(elapsed).toBeGreaterThanOrEqual(500);
    expect(elapsed).toBeLessThan(3000);
  });

  test('slow: no more bytes a second than it says', async () => {
    proxy.fault({ type: 'slow', bytesPerSecond: 64 * 1024 });
    const caller = call();
    const started = performance.now();
    caller.socket.write(Buffer.alloc(32 * 1024));
    await until(() => caller.bytes === 32 * 1024, 'the echo');
    expect(performance.now() - started).toBeGreaterThanOrEqual(450);
  });

  test('slice: everything arrives in small pieces, whole and in order', async () => {
    proxy.fault({ type: 'slice', bytes: 3, milliseconds: 5 });
    const caller = call();
    caller.socket.write('the quick brown fox');
    await until(() => caller.text === 'the quick brown fox', 'the echo');
    expect(server.text).toBe('the quick brown fox');
    expect(Math.max(...server.received.map((piece) => piece.length))).toBeLessThan(19);
  });

  test('drop-replies: the request arrives, its reply is lost, and the connection with it', async () => {
    proxy.fault({ type: 'drop-replies', every: 2, of: (request) => request.includes('write') });
    const outcomes: string[] = [];
    for (const request of ['write 1', 'read', 'write 2', 'write 3', 'write 4']) {
      const caller = call();
      caller.socket.write(request);
      await until(() => caller.text === request || caller.isClosed, 'an echo or an end');
      outcomes.push(`${request}: ${caller.error ?? caller.text}`);
    }
    expect(outcomes).toEqual([
      'write 1: write 1',
      'read: read',
      'write 2: ECONNRESET',
      'write 3: write 3',
      'write 4: ECONNRESET',
    ]);
    expect(server.text).toBe('write 1readwrite 2write 3write 4');
    expect(proxy.repliesLost).toBe(2);
  });

  test('a server that is gone resets its connections', async () => {
    await server.close();
    const caller = call();
    await until(() => caller.isClosed, 'the end of the connection');
    expect(caller.error).toBe('ECONNRESET');
    server = new EchoServer();
    await server.listen();
  });

  test.each(['hang', 'half-open'] as const)(
    'stop closes everything, also while connections are in %s',
    async (type) => {
      const caller = call();
      caller.socket.write('a');
      await until(() => caller.text === 'a', 'the first echo');
      proxy.fault({ type });
      caller.socket.write('b');
      await proxy.stop();
      await proxy.stop();
      await until(() => caller.isClosed && server.sockets.size === 0, 'the end at both sides');
      expect(proxy.open).toBe(0);
      const refused = call();
      await until(() => refused.isClosed, 'the end of a connection to a closed port');
      expect(refused.error).toBe('ECONNREFUSED');
    },
  );
});

await describeWithServer('secantus', 'a database behind a proxy', ({ url }) => {
  test('answers as if nothing were between', async () => {
    await using proxy = await startFaultProxy(Number(new URL(url).port));
    const client = new MongoClient(`mongodb://127.0.0.1:${proxy.port}/?directConnection=true`);
    expect((await client.db('admin').command({ ping: 1 }))['ok']).toBe(1);
    await client.close();
    expect(proxy.accepted).toBeGreaterThan(0);
    await until(() => proxy.open === 0, 'the end of the client');
  });
});
