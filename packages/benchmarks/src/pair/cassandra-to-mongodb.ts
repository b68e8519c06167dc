import type { types } from 'cassandra-driver';
import { Binary, Decimal128, Double, UUID } from 'mongodb';
import type { ColumnType, DataSet } from '../data/data-set.js';
import { cassandraStore } from '../store/cassandra.js';
import { readTokenRanges } from '../store/cassandra-read.js';
import { keyOf } from '../store/cassandra-rows.js';
import { connectCassandra } from '../store/cassandra-session.js';
import { createInserter } from '../store/insert-documents.js';
import { type KeyedDocument, mongodbStore, openCollection } from '../store/mongodb.js';
import type { BareCopy } from './bare-copy.js';
import { pairBenchmark } from './pair-benchmark.js';

const copy: BareCopy = async (source, target) => {
  const cassandra = await connectCassandra(source.url);
  const { client: mongo, collection } = await openCollection(target.url, target.entity);
  return {
    async run() {
      const toDocument = documentMaker(source.dataSet);
      const inserter = createInserter(collection, source.dataSet);
      await readTokenRanges(cassandra, source.entity, source.dataSet, (rows) => inserter.insert(rows, toDocument));
      return inserter.finish();
    },
    async close() {
      await cassandra.shutdown();
      await mongo.close();
    },
  };
};

/** Cassandra → MongoDB. */
export const cassandraToMongodb = pairBenchmark({
  name: 'cassandra-to-mongodb',
  source: cassandraStore,
  target: mongodbStore,
  bareCopies: { 'bare copy': copy },
});

function documentMaker(dataSet: DataSet): (row: types.Row) => KeyedDocument {
  const key = keyOf(dataSet);
  const fields = dataSet.columns.slice(1).map(({ name, type }) => ({ name, convert: conversions[type] }));
  return (row) => {
    const document: KeyedDocument = { _id: String(row[key]) };
    for (const { name, convert } of fields) {
      const value: unknown = row[name];
      if (value !== null) document[name] = convert === undefined ? value : convert(value);
    }
    return document;
  };
}

/** What the pair forces; values of other types are the same in both drivers. */
const conversions: Partial<Record<ColumnType, (value: unknown) => unknown>> = {
  double: (value) => new Double(value as number),
  uuid: (value) => new UUID((value as types.Uuid).getBuffer()),
  binary: (value) => new Binary(value as Buffer),
  decimal: (value) => Decimal128.fromString((value as types.BigDecimal).toString()),
};
