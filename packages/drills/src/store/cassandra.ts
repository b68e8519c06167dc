import { cassandraConnector } from '@datamigrato/cassandra';
import { type CassandraServer, startCassandra } from '@datamigrato/testbed';
import { Client, type QueryOptions, types } from 'cassandra-driver';
import { type DrillRecord, drillRecords, idOfKey } from './drill-record.js';
import { type DrillStore, entity, type Place, type RunningStore } from './drill-store.js';

/** Apache Cassandra; to survive kills, with a commit log that is synced before a write is acknowledged. */
export const cassandra: DrillStore = {
  name: 'cassandra',
  connector: cassandraConnector,
  readsForEachLoss: 15,
  readsInSmallPages: { fetchSize: 20 },
  async start({ survivesKills }) {
    const server = await startCassandra(survivesKills ? { unsafeSystem: false, commitLogSync: 'batch' } : {});
    return new RunningCassandra(server);
  },
};

const columns = ['id', 'name', 'amount', 'active', 'note'] as const;

class RunningCassandra implements RunningStore {
  readonly store = cassandra;
  readonly port: number;
  readonly #server: CassandraServer;
  #client: Client;

  constructor(server: CassandraServer) {
    this.#server = server;
    this.#client = connectPlainly(server);
    this.port = server.port;
  }

  /** The plain client goes first: one that has lost its only node leaves connections open for ever (driver 4.10.0). */
  async kill(): Promise<void> {
    await this.#client.shutdown();
    await this.#server.kill();
  }

  async restart(): Promise<void> {
    await this.#server.restart();
    this.#client = connectPlainly(this.#server);
    await this.#client.connect();
  }

  async place(name: string): Promise<Place> {
    const execute = (query: string, parameters: unknown[] = [], options: QueryOptions = {}): Promise<types.ResultSet> =>
      this.#client.execute(query, parameters, { prepare: parameters.length > 0, ...options });
    const { localDataCenter } = this.#server;
    const replication = "{'class': 'SimpleStrategy', 'replication_factor': 1}";
    await execute(`DROP KEYSPACE IF EXISTS ${name}`);
    await execute(`CREATE KEYSPACE ${name} WITH replication = ${replication}`);
    const own = this.port;
    return {
      url: (port = own) => `cassandra://127.0.0.1:${port}/${name}?localDataCenter=${localDataCenter}`,
      options: (port = own) => ({ contactPoints: ['127.0.0.1'], port, localDataCenter, keyspaceName: name }),
      seed: (from, to) => seed(this.#client, name, from, to),
      async remove(id) {
        await execute(`DELETE FROM ${name}.${entity} WHERE id = ?`, [id]);
      },
      async put(record) {
        await execute(insert(name), valuesOf(record));
      },
      async *read() {
        const query = `SELECT ${columns.join(', ')} FROM ${name}.${entity}`;
        let pageState: string | undefined;
        do {
          const page: types.ResultSet = await execute(query, [], {
            prepare: true,
            fetchSize: 2000,
            ...(pageState !== undefined && { pageState }),
          });
          for (const row of page.rows) yield recordOf(row);
          pageState = page.pageState ?? undefined;
        } while (pageState !== undefined);
      },
      // EXECUTE and BATCH frames of protocol version 3 to 5; https://github.com/apache/cassandra/blob/trunk/doc/native_protocol_v4.spec
      carriesRecords: (request) => request[4] === 0x0d || request[4] === 0x0a,
      async drop() {
        await execute(`DROP KEYSPACE IF EXISTS ${name}`);
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.shutdown();
    await this.#server.stop();
  }
}

function connectPlainly({ contactPoints, localDataCenter, port }: CassandraServer): Client {
  return new Client({ contactPoints: [...contactPoints], localDataCenter, protocolOptions: { port } });
}

async function seed(client: Client, keyspace: string, from: number, to: number): Promise<void> {
  const definition = 'id int PRIMARY KEY, name text, amount double, active boolean, note text';
  await client.execute(`CREATE TABLE IF NOT EXISTS ${keyspace}.${entity} (${definition})`);
  const query = insert(keyspace);
  const waiting = drillRecords(from, to, 50);
  const worker = async (): Promise<void> => {
    for (const records of waiting) {
      const queries = records.map((record) => ({ query, params: valuesOf(record) }));
      await client.batch(queries, { prepare: true, logged: false, consistency: types.consistencies.localOne });
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
}

function insert(keyspace: string): string {
  return `INSERT INTO ${keyspace}.${entity} (${columns.join(', ')}) VALUES (?, ?, ?, ?, ?)`;
}

function valuesOf(record: DrillRecord): unknown[] {
  return columns.map((column) => record[column]);
}

function recordOf(row: types.Row): DrillRecord {
  return {
    id: idOfKey(row['id']),
    name: row['name'],
    amount: row['amount'],
    active: row['active'],
    note: row['note'],
  };
}
