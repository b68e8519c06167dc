import { randomBytes } from 'node:crypto';
import { type ConformanceHarness, describeConnector, type NetworkAddress } from '@datamigrato/connector-testkit';
import { type CassandraAddress, describeWithServer } from '@datamigrato/testbed';
import { Client } from 'cassandra-driver';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { cassandraConnector } from '../../src/index.js';
import { keyspaceOracle } from './keyspace-oracle.js';

await describeWithServer('cassandra', 'conformance', (address) => {
  const client = new Client({
    contactPoints: [...address.contactPoints],
    protocolOptions: { port: address.port },
    localDataCenter: address.localDataCenter,
    encoding: { map: Map, useBigIntAsLong: true, useBigIntAsVarint: true },
  });
  const shared = keyspaceName();
  beforeAll(async () => {
    await client.connect();
    await createKeyspace(client, shared);
  });
  afterAll(async () => {
    await client.execute(`DROP KEYSPACE IF EXISTS ${shared}`);
    await client.shutdown();
  });
  describeConnector(harnessOf(address, client, shared), { describe, test });
});

function harnessOf(address: CassandraAddress, client: Client, shared: string): ConformanceHarness {
  const optionsIn =
    (keyspace: string) =>
    ({ host, port }: NetworkAddress) => ({
      contactPoints: [host],
      port,
      localDataCenter: address.localDataCenter,
      keyspaceName: keyspace,
    });
  const server = { host: address.contactPoints[0] ?? '127.0.0.1', port: address.port };
  return {
    connector: cassandraConnector,
    reach: 'network',
    // The test server's commit log has segments of 8 MiB, and a record may have half of one.
    standIn: {
      name: 'a server with a small commit log',
      lacksValue: () => false,
      lacksKey: () => false,
      recordBytes: 4 * 1024 * 1024,
    },
    async openPlace({ own }) {
      const keyspace = own ? keyspaceName() : shared;
      if (own) await createKeyspace(client, keyspace);
      const optionsAt = optionsIn(keyspace);
      const password = 'pa55word-of-nobody';
      return {
        options: optionsAt(server),
        unreachable: { ...optionsAt({ host: '127.0.0.1', port: 1 }), username: 'nobody', password },
        secrets: [password],
        oracle: keyspaceOracle(client, keyspace),
        network: { address: server, optionsAt },
        async [Symbol.asyncDispose]() {
          if (own) await client.execute(`DROP KEYSPACE IF EXISTS ${keyspace}`);
        },
      };
    },
  };
}

function keyspaceName(): string {
  return `kit_${randomBytes(6).toString('hex')}`;
}

async function createKeyspace(client: Client, name: string): Promise<void> {
  await client.execute(
    `CREATE KEYSPACE ${name} WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}`,
  );
}
