import { createServer, type Socket } from 'node:net';
import { onLines } from './line-channel.js';
import type { ReferenceStore, StoreRequest } from './reference-store.js';

/** A store that is reached through a socket: a line of JSON for each request, with a number that its answer repeats. */
export interface ReferenceServer extends AsyncDisposable {
  readonly port: number;
}

/** Serves a store on a free port of this machine. */
export async function serveStore(store: ReferenceStore): Promise<ReferenceServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    onLines(socket, (line) => {
      const { number, request } = JSON.parse(line) as { readonly number: number; readonly request: StoreRequest };
      socket.write(`${JSON.stringify({ number, answer: store.answer(request) })}\n`);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the server has no port');
  return {
    port: address.port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
