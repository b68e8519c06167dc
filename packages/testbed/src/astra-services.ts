import { readFileSync } from 'node:fs';
import { createServer as createHttpsServer } from 'node:https';
import { connect, type Socket } from 'node:net';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import type { TlsOptions } from './certificates.js';
import { type LocalService, listenLocally } from './local-service.js';

/** What a service presents, and whose clients it accepts. */
export interface ServiceIdentity {
  readonly key: Buffer;
  readonly cert: Buffer;
  readonly ca: Buffer;
}

/** Answers `GET /metadata` as Astra does: where the proxy is and which hosts are behind it. */
export async function openMetadataService(
  identity: ServiceIdentity,
  database: { readonly hostId: string; readonly localDataCenter: string; readonly proxyPort: number },
): Promise<LocalService> {
  const answer = JSON.stringify({
    version: 1,
    region: 'local',
    contact_info: {
      type: 'sni_proxy',
      local_dc: database.localDataCenter,
      sni_proxy_address: `127.0.0.1:${database.proxyPort}`,
      contact_points: [database.hostId],
    },
  });
  const server = createHttpsServer(
    { ...identity, requestCert: true, rejectUnauthorized: true },
    (request, response) => {
      const isKnown = request.method === 'GET' && request.url === '/metadata';
      response.writeHead(isKnown ? 200 : 404, { 'content-type': 'application/json', connection: 'close' });
      response.end(isKnown ? answer : '{}');
    },
  );
  return listenLocally(server);
}

/** Ends TLS, and passes connections whose SNI is the node's host id on to the node; others are cut. */
export async function openSniProxy(
  identity: ServiceIdentity,
  node: { readonly hostId: string; readonly port: number; readonly tls: TlsOptions | undefined },
): Promise<LocalService> {
  const server = createTlsServer({ ...identity, requestCert: true, rejectUnauthorized: true }, (socket) => {
    if (socket.servername !== node.hostId) {
      socket.destroy();
      return;
    }
    const upstream = connectToNode(node.port, node.tls);
    socket.on('error', () => upstream.destroy());
    upstream.on('error', () => socket.destroy());
    socket.on('close', () => upstream.destroy());
    upstream.on('close', () => socket.destroy());
    socket.pipe(upstream).pipe(socket);
  });
  return listenLocally(server);
}

function connectToNode(port: number, tls: TlsOptions | undefined): Socket {
  const address = { host: '127.0.0.1', port };
  if (tls === undefined) return connect(address);
  const { keyFile, certificateFile } = tls.certificates.client;
  const pair = { key: readFileSync(keyFile), cert: readFileSync(certificateFile) };
  // The node belongs to the testbed, whose certificate may be bad on purpose: nothing to verify here.
  return connectTls({ ...address, ...pair, rejectUnauthorized: false });
}
