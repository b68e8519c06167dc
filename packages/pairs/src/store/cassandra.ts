import { inspect } from 'node:util';
import { cassandraConnector } from '@datamigrato/cassandra';
import type { CassandraAddress } from '@datamigrato/testbed';
import { Client } from 'cassandra-driver';
import { rowStatements, tableStatements } from '../generate/cassandra-table.js';
import type { PairStore } from './pair-store.js';

const writesUnderWay = 16;

/** A keyspace of an Apache Cassandra. */
export async function openCassandra(
  address: Pick<CassandraAddress, 'contactPoints' | 'localDataCenter' | 'port'>,
  keyspaceName: string,
): Promise<PairStore> {
  const { contactPoints, localDataCenter, port } = address;
  const client = new Client({
    contactPoints: [...contactPoints],
    localDataCenter,
    protocolOptions: { port },
    encoding: { map: Map, set: Set, useBigIntAsLong: true, useBigIntAsVarint: true },
    socketOptions: { readTimeout: 60_000 },
  });
  await client.connect();
  return {
    id: 'cassandra',
    title: 'Cassandra',
    connector: cassandraConnector,
    options: { contactPoints: [...contactPoints], port, localDataCenter, keyspaceName },
    async clear() {
      await client.execute(`DROP KEYSPACE IF EXISTS ${keyspaceName}`);
      await client.execute(
        `CREATE KEYSPACE ${keyspaceName} WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}`,
      );
    },
    async seed(entity, records, seed) {
      await client.execute(`USE ${keyspaceName}`);
      for (const statement of tableStatements(entity)) await client.execute(statement);
      const waiting = rowStatements(entity, records, seed).values();
      const worker = async (): Promise<void> => {
        for (const statement of waiting) await client.execute(statement);
      };
      await Promise.all(Array.from({ length: writesUnderWay }, worker));
    },
    async contents(entity) {
      const texts = new Map<string, string>();
      await client.metadata.refreshKeyspace(keyspaceName);
      const { partitionKeys, clusteringKeys } = await client.metadata.getTable(keyspaceName, entity);
      const key = [...partitionKeys, ...clusteringKeys].map(({ name }) => name);
      const query = `SELECT * FROM "${keyspaceName}"."${entity}"`;
      const rows = await client.execute(query, [], { prepare: true, fetchSize: 1000 });
      for await (const row of rows) {
        const cells = new Map(row.keys().map((name) => [name, row[name]]));
        texts.set(cellText(key.map((name) => cells.get(name))), cellText(cells));
      }
      return texts;
    },
    [Symbol.asyncDispose]: () => client.shutdown(),
  };
}

/** What the driver gives, as a text that shows bytes, signs of zeros and kinds. */
function cellText(value: unknown): string {
  return inspect(value, {
    depth: null,
    sorted: true,
    maxArrayLength: null,
    maxStringLength: null,
    breakLength: Infinity,
  });
}
