import { Binary, Double } from 'mongodb';
import { availableRecords, recordsPerPage } from '../data/data-set.js';
import { firestoreStore, openEntity, type ReadDocument } from '../store/firestore.js';
import type { WireValue } from '../store/firestore-documents.js';
import { createInserter } from '../store/insert-documents.js';
import { insertDocuments, type KeyedDocument, mongodbStore, openCollection } from '../store/mongodb.js';
import type { BareCopy } from './bare-copy.js';
import { pairBenchmark } from './pair-benchmark.js';

/** Two ranges of names by two streams of the low-level client, kinds told by the wire, and inserts. */
const copy: BareCopy = async (source, target) => {
  const entity = openEntity(source);
  const { client, collection } = await openCollection(target.url, target.entity);
  return {
    async run() {
      const size = recordsPerPage(source.dataSet, insertDocuments);
      const inserter = createInserter(collection, source.dataSet);
      const cut = await entity.nameAt(Math.floor(availableRecords(source.dataSet, source.records) / 2));
      const copyRange = async (from: string | undefined, to: string | undefined): Promise<void> => {
        let waiting: ReadDocument[] = [];
        for await (const some of entity.read(from, to)) {
          waiting.push(...some);
          if (waiting.length < size) continue;
          await inserter.insert(waiting, documentOf);
          waiting = [];
        }
        await inserter.insert(waiting, documentOf);
      };
      await Promise.all(
        cut === undefined ? [copyRange(undefined, undefined)] : [copyRange(undefined, cut), copyRange(cut, undefined)],
      );
      return inserter.finish();
    },
    async close() {
      await entity.close();
      await client.close();
    },
  };
};

function documentOf({ name, fields }: ReadDocument): KeyedDocument {
  const document: KeyedDocument = { _id: name.slice(name.lastIndexOf('/') + 1) };
  for (const [field, value] of Object.entries(fields)) document[field] = bsonValue(value);
  return document;
}

/** Integers of 64 bits and doubles stay what they are. */
function bsonValue(value: WireValue): unknown {
  switch (value['valueType']) {
    case 'integerValue':
      return integerOf(value['integerValue'] as string);
    case 'doubleValue':
      return new Double(value['doubleValue'] as number);
    case 'timestampValue': {
      const { seconds, nanos } = value['timestampValue'] as { readonly seconds: string; readonly nanos: number };
      return new Date(Number(seconds) * 1000 + nanos / 1_000_000);
    }
    case 'bytesValue':
      return new Binary(value['bytesValue'] as Uint8Array);
    case 'arrayValue':
      return (value['arrayValue'] as { readonly values: readonly WireValue[] }).values.map(bsonValue);
    case 'mapValue':
      return Object.fromEntries(
        Object.entries((value['mapValue'] as Pick<ReadDocument, 'fields'>).fields).map(([name, inner]) => [
          name,
          bsonValue(inner),
        ]),
      );
    case 'nullValue':
      return null;
    default:
      return value[value['valueType'] as string];
  }
}

function integerOf(text: string): unknown {
  const number = Number(text);
  return (number | 0) === number ? number : BigInt(text);
}

/** Cloud Firestore → MongoDB. */
export const firestoreToMongodb = pairBenchmark({
  name: 'firestore-to-mongodb',
  source: firestoreStore,
  target: mongodbStore,
  bareCopies: { 'bare copy': copy },
});
