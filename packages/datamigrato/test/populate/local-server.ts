import { createServer, type RequestListener } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';

/** A server on a free port of the loopback interface that counts what it sends. */
export interface LocalServer extends AsyncDisposable {
  readonly port: number;
  /** Requests received so far. */
  readonly requests: readonly { readonly path: string; readonly authorization: string | undefined }[];
}

/** Starts an http server, or an https one where key and certificate are given. */
export async function startLocalServer(
  answer: RequestListener,
  tls?: { readonly key: string; readonly cert: string },
): Promise<LocalServer> {
  const requests: { path: string; authorization: string | undefined }[] = [];
  const listener: RequestListener = (request, response) => {
    requests.push({ path: request.url ?? '', authorization: request.headers.authorization });
    // Clients that give up in the middle of an answer are what these tests are about.
    response.on('error', () => response.destroy());
    answer(request, response);
  };
  const server = tls === undefined ? createServer(listener) : createSecureServer(tls, listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    [Symbol.asyncDispose]: () => stop(server),
  };
}

function stop(server: Server & { closeAllConnections(): void }): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
