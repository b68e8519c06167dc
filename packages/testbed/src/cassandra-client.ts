import { readFileSync } from 'node:fs';
import { Client } from 'cassandra-driver';
import { localDataCenter } from './cassandra-settings.js';
import type { TlsOptions } from './certificates.js';
import type { Credentials } from './server-handle.js';

/** How the testbed itself reaches a node. */
export interface CassandraConnection {
  /** Default 127.0.0.1. */
  readonly address?: string | undefined;
  readonly port: number;
  readonly credentials: Credentials | undefined;
  readonly tls: TlsOptions | undefined;
}

/** Connects, lets `use` talk to the node, and closes again whatever happens. */
export async function withCassandraClient<Result>(
  { address = '127.0.0.1', port, credentials, tls }: CassandraConnection,
  use: (client: Client) => Promise<Result>,
): Promise<Result> {
  const client = new Client({
    contactPoints: [address],
    localDataCenter,
    protocolOptions: { port },
    ...(credentials === undefined ? {} : { credentials: { ...credentials } }),
    ...(tls === undefined ? {} : { sslOptions: sslOptions(tls) }),
  });
  try {
    await client.connect();
    return await use(client);
  } finally {
    await client.shutdown();
  }
}

/** The testbed asks a server that it started itself, whose certificate may be bad on purpose: nothing to verify here. */
function sslOptions({ certificates }: TlsOptions): { key: Buffer; cert: Buffer; rejectUnauthorized: boolean } {
  const { keyFile, certificateFile } = certificates.client;
  return { key: readFileSync(keyFile), cert: readFileSync(certificateFile), rejectUnauthorized: false };
}
