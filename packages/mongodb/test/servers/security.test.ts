import { createServer } from 'node:net';
import { inspect } from 'node:util';
import { entityName } from '@datamigrato/core';
import { createCertificates, describeWithOwnServer, startSecantus } from '@datamigrato/testbed';
import { MongoClient } from 'mongodb';
import { describe, expect, test } from 'vitest';
import { codec } from '../../src/codec.js';
import { mongodbConnector } from '../../src/index.js';
import { call, openEndpoint, schemaOf } from './harness.js';

const hurried = { signal: call.signal, deadline: 1500 };
const document = codec.createEncoder(schemaOf('any')).encode({ key: [1], fields: { t: 's3cret' } });

async function openFailure(clientUrl: string, options: object = {}, within = hurried): Promise<unknown> {
  const configured = await mongodbConnector.configure({ clientUrl, databaseName: 'guarded', ...options });
  const started = performance.now();
  const outcome = await configured.open(within).then(
    async (endpoint) => {
      await endpoint.close();
      return undefined;
    },
    (reason: unknown) => reason,
  );
  expect(performance.now() - started).toBeLessThan(within.deadline + 500);
  return outcome;
}

async function startSecure() {
  const certificates = await createCertificates();
  try {
    const secantus = await startSecantus({ authentication: true, tls: { certificates } });
    const dispose = async (): Promise<void> => {
      await secantus.stop();
      await certificates.remove();
    };
    return { secantus, certificates, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await certificates.remove();
    throw error;
  }
}

await describeWithOwnServer('a server with passwords and TLS', startSecure, ({ secantus, certificates }) => {
  const changed = (change: (url: URL) => void): string => {
    const url = new URL(secantus.url);
    change(url);
    return url.toString();
  };
  const canaries = [secantus.password ?? '', secantus.username ?? '', 's3cret', 'wr0ng'].filter((text) => text !== '');
  const showsNothing = (error: unknown): void => {
    const shown = `${inspect(error, { depth: 20, showHidden: true })}${JSON.stringify(error)}${String(error)}`;
    for (const canary of canaries) expect(shown.includes(canary)).toBe(false);
  };

  test('lets the right user write and read', async () => {
    await using endpoint = await openEndpoint(secantus.url, 'guarded');
    const written = await endpoint.target().writeBatch(entityName('things'), [document], { ...call, mode: 'replace' });
    expect(written.failures).toEqual([]);
    expect(await endpoint.admin()?.countRecords(entityName('things'), call)).toEqual({ value: 1, exact: true });
  });

  test('a wrong password is said to be one', async () => {
    const error = await openFailure(secantus.urlFor({ username: secantus.username ?? '', password: 'wr0ng' }));
    expect(error).toMatchObject({ code: 'DM_MONGODB_AUTH', category: 'endpoint' });
    showsNothing(error);
  });

  test('no password is missing permission', async () => {
    const error = await openFailure(secantus.urlFor());
    expect(error).toMatchObject({ code: 'DM_MONGODB_UNAUTHORIZED', category: 'endpoint' });
  });

  test('a role that only reads does not write, and says so for the whole batch', async () => {
    await using endpoint = await openEndpoint(secantus.urlFor(secantus.readOnly), 'guarded');
    const writing = endpoint.target().writeBatch(entityName('things'), [document], { ...call, mode: 'replace' });
    const error = await writing.catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'DM_MONGODB_UNAUTHORIZED', category: 'endpoint' });
    showsNothing(error);
    const preparing = endpoint.target().prepareEntity(schemaOf('new'), call);
    await expect(preparing).rejects.toMatchObject({ code: 'DM_MONGODB_UNAUTHORIZED' });
    const emptying = endpoint.admin()?.deleteRecords(schemaOf('things'), 'all', call);
    await expect(emptying).rejects.toMatchObject({ code: 'DM_MONGODB_UNAUTHORIZED' });
    expect(await endpoint.admin()?.countRecords(entityName('things'), call)).toEqual({ value: 1, exact: true });
  });

  test('S-04 another certificate authority is refused', async () => {
    const error = await openFailure(
      changed((url) => url.searchParams.set('tlsCAFile', certificates.otherAuthorityFile)),
    );
    expect(error).toMatchObject({ code: 'DM_MONGODB_TLS', category: 'endpoint' });
    showsNothing(error);
  });

  test('no certificate authority is refused', async () => {
    const error = await openFailure(changed((url) => url.searchParams.delete('tlsCAFile')));
    expect(error).toMatchObject({ code: 'DM_MONGODB_TLS', category: 'endpoint' });
  });

  test('S-04 a client without TLS is told about TLS', async () => {
    const error = await openFailure(
      changed((url) => {
        url.searchParams.delete('tls');
        url.searchParams.delete('tlsCAFile');
      }),
    );
    expect(error).toMatchObject({ code: 'DM_ENDPOINT_UNREACHABLE', nextStep: expect.stringContaining('tls=true') });
    showsNothing(error);
  });

  test('a client that is handed in stays open when the endpoint closes', async () => {
    const client = new MongoClient(secantus.url);
    const configured = await mongodbConnector.configure({ client, databaseName: 'guarded' });
    const endpoint = await configured.open(call);
    await endpoint.close();
    expect(await client.db('guarded').command({ ping: 1 })).toMatchObject({ ok: 1 });
    await client.close();
  });
});

for (const identity of ['expired', 'wrongHost', 'selfSigned', 'otherAuthority'] as const) {
  const start = async () => {
    const certificates = await createCertificates();
    const secantus = await startSecantus({ tls: { certificates, identity } });
    const dispose = async (): Promise<void> => {
      await secantus.stop();
      await certificates.remove();
    };
    return { secantus, certificates, [Symbol.asyncDispose]: dispose };
  };
  await describeWithOwnServer(`S-04 a certificate that is ${identity}`, start, ({ secantus, certificates }) => {
    test('is refused, and taken only by consent', async () => {
      const url = new URL(secantus.url);
      url.searchParams.set('tlsCAFile', certificates.certificateAuthorityFile);
      expect(await openFailure(url.toString())).toMatchObject({ code: 'DM_MONGODB_TLS', category: 'endpoint' });
      url.searchParams.set('tlsInsecure', 'true');
      expect(await openFailure(url.toString(), { insecure: true }, call)).toBeUndefined();
    });
  });
}

describe('nobody there', () => {
  test('a closed port fails within the deadline', async () => {
    const error = await openFailure('mongodb://alice:s3cret@127.0.0.1:1/shop');
    expect(error).toMatchObject({ code: 'DM_ENDPOINT_UNREACHABLE', category: 'transient', retry: 'safe' });
    expect(inspect(error, { depth: 20, showHidden: true })).not.toMatch(/s3cret|alice/);
  });

  test('a port that takes connections and says nothing fails within the deadline', async () => {
    const sockets = new Set<{ destroy(): unknown }>();
    const silent = createServer((socket) => sockets.add(socket));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const address = silent.address();
    if (typeof address !== 'object' || address === null) throw new Error('a listening server has an address');
    try {
      const error = await openFailure(`mongodb://127.0.0.1:${address.port}/shop`);
      expect(error).toMatchObject({ code: 'DM_ENDPOINT_UNREACHABLE', category: 'transient' });
    } finally {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => silent.close(resolve));
    }
  });

  test('an abort ends the wait with its reason', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    setTimeout(() => controller.abort(reason), 100);
    const within = { signal: controller.signal, deadline: 10_000 };
    expect(await openFailure('mongodb://127.0.0.1:1/shop', {}, within)).toBe(reason);
  });
});
