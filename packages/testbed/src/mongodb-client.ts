import { MongoClient, type MongoClientOptions } from 'mongodb';
import type { TlsOptions } from './certificates.js';
import type { Credentials } from './server-handle.js';

/** Builds the URL of a local server; `directConnection` as a one-node replica set must not be asked for its members. */
export function mongodbUrl(port: number, credentials?: Credentials, tls?: TlsOptions): string {
  const login = credentials === undefined ? '' : `${credentials.username}:${credentials.password}@`;
  const parameters = new URLSearchParams({ directConnection: 'true' });
  if (credentials !== undefined) parameters.set('authSource', 'admin');
  if (tls !== undefined) {
    parameters.set('tls', 'true');
    parameters.set('tlsCAFile', tls.certificates.certificateAuthorityFile);
  }
  return `mongodb://${login}127.0.0.1:${port}/?${parameters.toString()}`;
}

/** Connects, lets `use` talk to the server, and closes again whatever happens. */
export async function withMongoClient<Result>(
  url: string,
  options: MongoClientOptions,
  use: (client: MongoClient) => Promise<Result>,
): Promise<Result> {
  const client = new MongoClient(url, { serverSelectionTimeoutMS: 2_000, ...options });
  try {
    return await use(client);
  } finally {
    await client.close();
  }
}

/** The testbed asks a server that it started itself, whose certificate may be bad on purpose: nothing to verify here. */
export function probeTlsOptions(tls: TlsOptions | undefined): MongoClientOptions {
  if (tls === undefined) return {};
  return { tlsAllowInvalidCertificates: true, tlsCertificateKeyFile: tls.certificates.client.combinedFile };
}

/** Asks a server for its version, as `buildInfo` tells it. */
export async function serverVersion(client: MongoClient): Promise<string> {
  const { version } = await client.db('admin').command({ buildInfo: 1 });
  return String(version);
}
