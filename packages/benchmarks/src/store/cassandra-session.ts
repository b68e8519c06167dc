import { Client } from 'cassandra-driver';

/** Keyspace of everything that the benchmarks write. */
export const keyspace = 'benchmark';

/** Rows of one page when a table is read whole. */
export const fetchSize = 5000;

/** A connected client of the node that `cassandra://host:port/?localDataCenter=name` names, in a keyspace of its own. */
export async function connectCassandra(url: string): Promise<Client> {
  const { hostname, port, searchParams } = new URL(url);
  const client = new Client({
    contactPoints: [hostname],
    localDataCenter: searchParams.get('localDataCenter') ?? 'datacenter1',
    protocolOptions: { port: Number(port) },
    encoding: { useBigIntAsLong: true, useBigIntAsVarint: true, map: Map, set: Set },
    socketOptions: { readTimeout: 60_000 },
  });
  await client.connect();
  await client.execute(
    `CREATE KEYSPACE IF NOT EXISTS ${keyspace} WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}`,
  );
  await client.execute(`USE ${keyspace}`);
  return client;
}
