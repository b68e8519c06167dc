import type { Binary, Decimal128 } from 'mongodb';
import { type ColumnType, type DataSet, recordsPerPage } from '../data/data-set.js';
import { batchesInFlight, batchSize, firestoreStore, openEntity } from '../store/firestore.js';
import { plainValue, timestampOf, type WireValue } from '../store/firestore-documents.js';
import { createInFlight } from '../store/in-flight.js';
import { type KeyedDocument, mongodbStore, openCollection, pageDocuments } from '../store/mongodb.js';
import type { BareCopy } from './bare-copy.js';
import { pairBenchmark } from './pair-benchmark.js';

/** Documents read by the driver and written by `batchWrite` of the low-level client, 500 at once, kinds told by the data's own description. */
const copy: BareCopy = async (source, target) => {
  const { client, collection } = await openCollection(source.url, source.entity);
  const entity = openEntity(target);
  const toFields = fieldsMaker(source.dataSet);
  return {
    async run() {
      const cursor = collection.find(
        {},
        { batchSize: recordsPerPage(source.dataSet, pageDocuments), useBigInt64: true },
      );
      const size = batchSize(source.dataSet);
      const inFlight = createInFlight(batchesInFlight);
      let records = 0;
      for (let more = cursor.hasNext(); await more; ) {
        const documents = cursor.readBufferedDocuments();
        more = cursor.hasNext();
        for (let start = 0; start < documents.length; start += size) {
          const some = documents.slice(start, start + size);
          records += some.length;
          await inFlight.start(() =>
            entity.write(some.map((document) => ({ id: String(document._id), fields: toFields(document) }))),
          );
        }
      }
      await inFlight.finish();
      return records;
    },
    async close() {
      await entity.close();
      await client.close();
    },
  };
};

function fieldsMaker(dataSet: DataSet): (document: KeyedDocument) => Readonly<Record<string, WireValue>> {
  const columns = dataSet.columns.slice(1).map(({ name, type }) => ({ name, convert: conversions[type] }));
  return (document) => {
    const fields: Record<string, WireValue> = {};
    for (const { name, convert } of columns) {
      const value = document[name];
      if (value !== undefined) fields[name] = value === null ? { nullValue: 'NULL_VALUE' } : convert(value);
    }
    return fields;
  };
}

const conversions: Readonly<Record<ColumnType, (value: unknown) => WireValue>> = {
  text: (value) => ({ stringValue: value }),
  int: (value) => ({ integerValue: value }),
  bigint: (value) => ({ integerValue: String(value) }),
  double: (value) => ({ doubleValue: value }),
  boolean: (value) => ({ booleanValue: value }),
  timestamp: (value) => ({ timestampValue: timestampOf((value as Date).getTime()) }),
  uuid: (value) => ({ stringValue: (value as Binary).toString('hex') }),
  binary: (value) => ({ bytesValue: (value as Binary).buffer }),
  decimal: (value) => ({ stringValue: (value as Decimal128).toString() }),
  texts: plainValue,
  json: plainValue,
};

/** MongoDB → Cloud Firestore. */
export const mongodbToFirestore = pairBenchmark({
  name: 'mongodb-to-firestore',
  source: mongodbStore,
  target: firestoreStore,
  bareCopies: { 'bare copy': copy },
});
