import { readFile } from 'node:fs/promises';
import { Agent, createServer } from 'node:https';
import { type Certificates, createCertificates, serverIdentities } from '@datamigrato/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sendRequest } from '../src/http-request.js';

let certificates: Certificates;
beforeAll(async () => {
  certificates = await createCertificates();
}, 60_000);
afterAll(() => certificates?.[Symbol.asyncDispose]());

describe('S-04 TLS', () => {
  for (const identity of serverIdentities) {
    const isTrusted = identity === 'valid';
    it(`${isTrusted ? 'takes' : 'refuses'} a server whose certificate is ${identity}`, async () => {
      const { keyFile, certificateFile } = certificates.server[identity];
      const [key, cert, ca] = await Promise.all(
        [keyFile, certificateFile, certificates.certificateAuthorityFile].map((file) => readFile(file)),
      );
      const server = createServer({ key, cert }, (_, response) => response.end('null'));
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      const agent = new Agent({ ca, rejectUnauthorized: true });
      try {
        const request = { method: 'GET', origin: `https://127.0.0.1:${port}`, target: '/.json', headers: {} } as const;
        const call = { signal: new AbortController().signal, deadline: 10_000 };
        const answer: unknown = await sendRequest(request, agent, call, 'here').catch((error: unknown) => error);
        expect(answer).toMatchObject(
          isTrusted ? { status: 200, text: 'null' } : { code: 'DM_REALTIME_TLS', category: 'endpoint' },
        );
      } finally {
        agent.destroy();
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    });
  }
});
