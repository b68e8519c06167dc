import { MongoClient, type MongoClientOptions } from 'mongodb';
import { expect, test } from 'vitest';
import {
  type Certificates,
  createCertificates,
  describeWithOwnServer,
  type SecantusServer,
  type ServerIdentity,
  startSecantus,
} from '../src/index.js';

interface SecureServer extends AsyncDisposable {
  readonly secantus: SecantusServer;
  readonly certificates: Certificates;
}

async function startSecureServer(identity: ServerIdentity, requireClientCertificate = false): Promise<SecureServer> {
  const certificates = await createCertificates();
  try {
    const tls = { certificates, identity, requireClientCertificate };
    const secantus = await startSecantus({ authentication: identity === 'valid', tls });
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

/** Does one thing on a connection of its own and gives nothing or the error. */
async function outcomeOf(
  url: string,
  options: MongoClientOptions = {},
  act: (client: MongoClient) => Promise<unknown> = (client) => client.db('guarded').collection('numbers').findOne(),
): Promise<unknown> {
  try {
    const client = new MongoClient(url, { serverSelectionTimeoutMS: 1_000, ...options });
    try {
      await act(client);
      return undefined;
    } finally {
      await client.close();
    }
  } catch (error) {
    return error;
  }
}

await describeWithOwnServer(
  'a SecantusDB with passwords and TLS',
  () => startSecureServer('valid'),
  ({ secantus, certificates }) => {
    test('lets in who trusts the right authority and knows the password', async () => {
      expect(await outcomeOf(secantus.url)).toBeUndefined();
    });

    test('is refused by who trusts another authority', async () => {
      const outcome = await outcomeOf(secantus.url, { tlsCAFile: certificates.otherAuthorityFile });
      expect(outcome).toMatchObject({ cause: { message: expect.stringContaining('unable to verify') } });
    });

    test('cuts a client without TLS', async () => {
      const plain = new URL(secantus.url);
      plain.searchParams.delete('tls');
      plain.searchParams.delete('tlsCAFile');
      expect(await outcomeOf(plain.toString())).toMatchObject({ name: 'MongoServerSelectionError' });
    });

    test('refuses a wrong password and none', async () => {
      const wrong = { username: 'owner', password: 'wrong' };
      expect(await outcomeOf(secantus.urlFor(wrong))).toMatchObject({ code: 18 });
      expect(await outcomeOf(secantus.urlFor())).toMatchObject({ code: 13 });
    });

    test('lets the read-only user read and not write', async () => {
      const url = secantus.urlFor(secantus.readOnly);
      expect(url).not.toBe(secantus.url);
      const write = (client: MongoClient) => client.db('guarded').collection('numbers').insertOne({ value: 1 });
      expect(await outcomeOf(secantus.url, {}, write)).toBeUndefined();
      expect(await outcomeOf(url)).toBeUndefined();
      expect(await outcomeOf(url, {}, write)).toMatchObject({ code: 13 });
    });

    test('keeps its users over a restart', async () => {
      await secantus.restart();
      expect(await outcomeOf(secantus.url)).toBeUndefined();
      expect(await outcomeOf(secantus.urlFor())).toMatchObject({ code: 13 });
    });
  },
);

await describeWithOwnServer(
  'a SecantusDB that asks its clients for a certificate',
  () => startSecureServer('valid', true),
  ({ secantus, certificates }) => {
    test('lets in who has one, and nobody else', async () => {
      expect(
        await outcomeOf(secantus.url, { tlsCertificateKeyFile: certificates.client.combinedFile }),
      ).toBeUndefined();
      expect(await outcomeOf(secantus.url)).toMatchObject({ name: 'MongoServerSelectionError' });
    });
  },
);

const refusals = {
  expired: 'certificate has expired',
  wrongHost: "does not match certificate's altnames",
  otherAuthority: 'unable to verify the first certificate',
  selfSigned: 'self-signed certificate',
} as const;
for (const identity of ['expired', 'wrongHost', 'otherAuthority', 'selfSigned'] as const) {
  await describeWithOwnServer(
    `a SecantusDB with a bad certificate: ${identity}`,
    () => startSecureServer(identity),
    ({ secantus }) => {
      test('is refused by a client that checks it', async () => {
        expect(await outcomeOf(secantus.url)).toMatchObject({ message: expect.stringContaining(refusals[identity]) });
        expect(await outcomeOf(secantus.url, { tlsAllowInvalidCertificates: true })).toBeUndefined();
      });
    },
  );
}
