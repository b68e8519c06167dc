import type { Client } from 'cassandra-driver';
import { approximateBytes, availableRecords, type DataSet, recordsPerPage } from '../data/data-set.js';
import { tenFieldRecords } from '../data/ten-field-records.js';
import type { BenchmarkStore, Place } from './benchmark-store.js';
import { readTokenRanges } from './cassandra-read.js';
import { cassandraParameters, createTable, insertRow, keyOf, quoted } from './cassandra-rows.js';
import { connectCassandra, fetchSize, keyspace } from './cassandra-session.js';
import { createBatchedWriter } from './cassandra-write.js';

const warmUpRows = 20_000;

/** Apache Cassandra with the settings for figures. */
export const cassandraStore: BenchmarkStore = {
  name: 'cassandra',
  async start(onProgress) {
    const { startCassandra } = await import('@datamigrato/testbed');
    const server = await startCassandra({ profile: 'bench', onProgress });
    return {
      url: server.url,
      version: `Apache Cassandra ${server.version}`,
      pid: server.pid,
      stop: () => server.stop(),
    };
  },
  async warmUp(url, seconds) {
    const started = performance.now();
    const elapsed = (): number => (performance.now() - started) / 1000;
    const place: Place = { url, entity: 'warm_up', dataSet: tenFieldRecords, records: warmUpRows };
    // The server's compiler needs some 100 s of processor time; until then each round is faster than the one before.
    for (let last = Number.POSITIVE_INFINITY, steady = 0; steady < 3 && elapsed() < seconds; ) {
      const before = performance.now();
      await cassandraStore.fill(place);
      const reader = await cassandraStore.openReader(place);
      await reader.run();
      await reader.close();
      const took = performance.now() - before;
      steady = took > last * 0.95 ? steady + 1 : 0;
      last = Math.min(last, took);
    }
    await cassandraStore.clear(place);
    return elapsed();
  },
  async fill(place) {
    const client = await connectCassandra(place.url);
    await client.execute(createTable(place.entity, place.dataSet));
    await writeAll(client, place, parameterPages(place.dataSet, place.records));
    await client.shutdown();
  },
  async clear(place) {
    const client = await connectCassandra(place.url);
    await client.execute(`DROP TABLE IF EXISTS ${quoted(place.entity)}`);
    await client.shutdown();
  },
  async count(place) {
    const client = await connectCassandra(place.url);
    let count = 0;
    const query = `SELECT ${quoted(keyOf(place.dataSet))} FROM ${quoted(place.entity)}`;
    for (let pageState: string | undefined, more = true; more; ) {
      const page = await client.execute(query, [], {
        prepare: true,
        fetchSize,
        ...(pageState !== undefined && { pageState }),
      });
      count += page.rows.length;
      pageState = page.pageState;
      more = pageState !== null && pageState !== undefined;
    }
    await client.shutdown();
    return count;
  },
  async openReader(place) {
    const client = await connectCassandra(place.url);
    return {
      async run() {
        let records = 0;
        await readTokenRanges(client, place.entity, place.dataSet, async (rows) => {
          records += rows.length;
        });
        return records;
      },
      close: () => client.shutdown(),
    };
  },
  async openWriter(place) {
    const client = await connectCassandra(place.url);
    await client.execute(createTable(place.entity, place.dataSet));
    const pages = [...parameterPages(place.dataSet, place.records)];
    return { run: () => writeAll(client, place, pages), close: () => client.shutdown() };
  },
  async endpoint({ url, entity }) {
    const { cassandraConnector } = await import('@datamigrato/cassandra');
    const { hostname, port, searchParams } = new URL(url);
    const options = {
      contactPoints: [hostname],
      port: Number(port),
      localDataCenter: searchParams.get('localDataCenter'),
      keyspaceName: keyspace,
    };
    return { connector: cassandraConnector, options, entity };
  },
};

async function writeAll(client: Client, place: Place, pages: Iterable<readonly unknown[][]>): Promise<number> {
  const writer = createBatchedWriter(client, insertRow(place.entity, place.dataSet), approximateBytes(place.dataSet));
  let records = 0;
  for (const page of pages) {
    await writer.write(page);
    records += page.length;
  }
  await writer.finish();
  return records;
}

function* parameterPages(dataSet: DataSet, wanted: number): Generator<unknown[][]> {
  const records = availableRecords(dataSet, wanted);
  const size = recordsPerPage(dataSet, 1000);
  for (let start = 0; start < records; start += size) {
    yield Array.from({ length: Math.min(size, records - start) }, (_, offset) =>
      cassandraParameters(dataSet, dataSet.row(start + offset)),
    );
  }
}
