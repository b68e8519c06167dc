import { type Client, types } from 'cassandra-driver';
import type { Binary, Collection, Decimal128 } from 'mongodb';
import { approximateBytes, type ColumnType, type DataSet, recordsPerPage } from '../data/data-set.js';
import { cassandraStore } from '../store/cassandra.js';
import { createTable, insertRow } from '../store/cassandra-rows.js';
import { connectCassandra } from '../store/cassandra-session.js';
import { createBatchedWriter, feedOfPages, writeSingly } from '../store/cassandra-write.js';
import { type KeyedDocument, mongodbStore, openCollection, pageDocuments } from '../store/mongodb.js';
import type { BareCopy } from './bare-copy.js';
import { pairBenchmark } from './pair-benchmark.js';

/** MongoDB → Cassandra. */
export const mongodbToCassandra = pairBenchmark({
  name: 'mongodb-to-cassandra',
  source: mongodbStore,
  target: cassandraStore,
  bareCopies: { 'bare copy': copy(writeInBatches), 'bare copy, single writes': copy(writeOneByOne) },
});

type Write = (client: Client, table: string, dataSet: DataSet, pages: AsyncGenerator<unknown[][]>) => Promise<number>;

function copy(write: Write): BareCopy {
  return async (source, target) => {
    const { client: mongo, collection } = await openCollection(source.url, source.entity);
    const cassandra = await connectCassandra(target.url);
    return {
      async run() {
        await cassandra.execute(createTable(target.entity, target.dataSet));
        return write(cassandra, target.entity, target.dataSet, rowPages(collection, source.dataSet));
      },
      async close() {
        await mongo.close();
        await cassandra.shutdown();
      },
    };
  };
}

async function writeInBatches(...[client, table, dataSet, pages]: Parameters<Write>): Promise<number> {
  const writer = createBatchedWriter(client, insertRow(table, dataSet), approximateBytes(dataSet));
  let records = 0;
  for await (const page of pages) {
    await writer.write(page);
    records += page.length;
  }
  await writer.finish();
  return records;
}

async function writeOneByOne(...[client, table, dataSet, pages]: Parameters<Write>): Promise<number> {
  let records = 0;
  const counted = (async function* () {
    for await (const page of pages) {
      records += page.length;
      yield page;
    }
  })();
  await writeSingly(client, insertRow(table, dataSet), feedOfPages(counted));
  return records;
}

/** The documents of a collection as rows; the next page is on its way while the last is written. */
async function* rowPages(collection: Collection<KeyedDocument>, dataSet: DataSet): AsyncGenerator<unknown[][]> {
  const toRow = rowMaker(dataSet);
  const cursor = collection.find({}, { batchSize: recordsPerPage(dataSet, pageDocuments), useBigInt64: true });
  for (let more = cursor.hasNext(); await more; ) {
    const documents = cursor.readBufferedDocuments();
    more = cursor.hasNext();
    yield documents.map(toRow);
  }
}

function rowMaker(dataSet: DataSet): (document: KeyedDocument) => unknown[] {
  const columns = dataSet.columns.map(({ name, type }, index) => ({
    name: index === 0 ? '_id' : name,
    convert: conversions[type],
  }));
  return (document) => {
    const row: unknown[] = [];
    for (const { name, convert } of columns) {
      const value = document[name];
      if (value === undefined || value === null) row.push(types.unset);
      else row.push(convert === undefined ? value : convert(value));
    }
    return row;
  };
}

/** What the pair forces; values of other types are the same in both drivers. */
const conversions: Partial<Record<ColumnType, (value: unknown) => unknown>> = {
  uuid: (value) => new types.Uuid((value as Binary).buffer as Buffer),
  binary: (value) => (value as Binary).buffer,
  decimal: (value) => types.BigDecimal.fromString((value as Decimal128).toString()),
  json: (value) => JSON.stringify(value),
};
