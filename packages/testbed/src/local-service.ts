import { once } from 'node:events';
import type { Server, Socket } from 'node:net';
import { TestbedError } from './testbed-error.js';

/** A service of this process on a port of 127.0.0.1. */
export interface LocalService {
  readonly port: number;
  /** Ends the service and every connection to it. */
  close(): Promise<void>;
}

/** Lets a TCP, TLS or HTTP server listen on a port that the system chooses. */
export async function listenLocally(server: Server): Promise<LocalService> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') {
    throw new TestbedError('server-failed', 'A local service listens on no TCP port.');
  }
  return {
    port: address.port,
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
