import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import { type Certificates, createCertificates } from '@datamigrato/testbed';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cassandraConnector } from '../../src/index.js';

let certificates: Certificates;
beforeAll(async () => {
  certificates = await createCertificates();
});
afterAll(() => certificates.remove());

/** Connects to a port that shows a certificate; the error, and how many bytes were said to it. */
async function connecting(identity: keyof Certificates['server'], options: object = {}) {
  const { keyFile, certificateFile } = certificates.server[identity];
  let received = 0;
  const sockets = new Set<TLSSocket>();
  const server = createServer({ key: readFileSync(keyFile), cert: readFileSync(certificateFile) }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('data', (piece) => {
      received += piece.length;
    });
  });
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const configured = await cassandraConnector.configure({
      contactPoints: '127.0.0.1',
      port: (server.address() as AddressInfo).port,
      localDataCenter: 'datacenter1',
      keyspaceName: 'shop',
      connectDeadline: 1_500,
      tls: { certificateAuthorityFile: certificates.certificateAuthorityFile },
      ...options,
    });
    const call = { signal: new AbortController().signal, deadline: 1_500 };
    const error: unknown = await configured.open(call).catch((thrown: unknown) => thrown);
    return { error, received };
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
}

test.each(['selfSigned', 'otherAuthority', 'wrongHost', 'expired'] as const)(
  'S-04 no variable of the environment switches the verification of certificates off: %s',
  async (identity) => {
    const before = process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    try {
      expect(await connecting(identity)).toMatchObject({ error: { code: 'DM_CASSANDRA_TLS' }, received: 0 });
    } finally {
      if (before === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
      else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = before;
    }
  },
  30_000,
);

test('S-04 by consent, nothing is verified, and there it goes', async () => {
  expect((await connecting('selfSigned', { insecure: true })).received).toBeGreaterThan(0);
});
