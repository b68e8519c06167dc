import { connect, type Socket } from 'node:net';
import type { NetworkAddress } from '../harness.js';
import { type LoopbackServer, listenOnLoopback } from './loopback-server.js';

/** Stands between a connector and its store, and can fall silent or break what is open. */
export interface Relay extends LoopbackServer {
  /** From now on nothing comes through in either direction, on open and on new connections. */
  fallSilent(): void;
  /** Everything comes through again, what was held back first. */
  speakAgain(): void;
  /** Resets every connection that is open now; new ones work. */
  breakConnections(): void;
}

/** Starts a relay to an address. */
export async function startRelay(to: NetworkAddress): Promise<Relay> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let silent = false;
  const server = await listenOnLoopback((socket) => {
    const onward = connect(to.port, to.host);
    const pair = [socket, onward] as const;
    pairs.add(pair);
    forward(socket, onward);
    forward(onward, socket);
    // The other side of a broken connection breaks as well.
    onward.on('error', () => socket.resetAndDestroy());
    socket.on('error', () => onward.destroy());
    for (const each of pair) each.on('close', () => pairs.delete(pair));
    if (silent) for (const each of pair) each.pause();
  });
  const forward = (from: Socket, into: Socket): void => {
    from.on('data', (bytes) => {
      into.write(bytes);
    });
    from.on('end', () => into.end());
    from.on('close', () => into.destroy());
  };
  return {
    address: server.address,
    fallSilent() {
      silent = true;
      for (const pair of pairs) for (const socket of pair) socket.pause();
    },
    speakAgain() {
      silent = false;
      for (const pair of pairs) for (const socket of pair) socket.resume();
    },
    breakConnections() {
      for (const [socket, onward] of pairs) {
        socket.resetAndDestroy();
        onward.destroy();
      }
    },
    async [Symbol.asyncDispose]() {
      for (const [, onward] of pairs) onward.destroy();
      await server[Symbol.asyncDispose]();
    },
  };
}
