import { createServer, type Server, type Socket } from 'node:net';
import type { NetworkAddress } from '../harness.js';

/** A server on a free port of this machine, and the sockets that it was reached through. */
export interface LoopbackServer extends AsyncDisposable {
  readonly address: NetworkAddress;
}

/** Listens on 127.0.0.1 and hands each connection on. Disposing of it resets what is open. */
export async function listenOnLoopback(accept: (socket: Socket) => void): Promise<LoopbackServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // A peer that resets is no fault of this side; the connection is closed all the same.
    socket.on('error', () => socket.destroy());
    accept(socket);
  });
  const port = await listening(server);
  return {
    address: { host: '127.0.0.1', port },
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function listening(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (typeof address === 'object' && address !== null) resolve(address.port);
      else reject(new Error('a server listens at no port'));
    });
  });
}

/** A server that accepts connections and never says a word. */
export function startSilentServer(): Promise<LoopbackServer> {
  return listenOnLoopback((socket) => socket.resume());
}
