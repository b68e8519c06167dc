import { type Collection, MongoClient } from 'mongodb';
import { availableRecords, type DataSet, recordsPerPage } from '../data/data-set.js';
import { tenFieldRecords } from '../data/ten-field-records.js';
import type { BenchmarkStore, OpenCopy, Place } from './benchmark-store.js';
import { createInFlight } from './in-flight.js';
import { mongodbDocument } from './mongodb-documents.js';

/** Documents of one page when a collection is read whole; the driver also ends a page at 16 MB. */
export const pageDocuments = 5000;
/** Documents of one insert and inserts under way at once, the fastest found for small documents. */
export const insertDocuments = 1000;
export const insertsInFlight = 2;

const database = 'benchmark';

/** A document whose identifier is the text that every data set has as its key. */
export interface KeyedDocument {
  _id: string;
  [field: string]: unknown;
}

/** A collection and the client to close. */
export interface OpenCollection {
  readonly client: MongoClient;
  readonly collection: Collection<KeyedDocument>;
}

/** A connected client and the collection of a place. */
export async function openCollection(url: string, entity: string): Promise<OpenCollection> {
  const client = new MongoClient(url, { maxPoolSize: 8 });
  await client.connect();
  return { client, collection: client.db(database).collection<KeyedDocument>(entity) };
}

/** mongo-java-server, the store for figures of MongoDB's protocol; `MONGODB_URI` names a genuine server instead. */
export const mongodbStore: BenchmarkStore = {
  name: 'mongodb',
  async start(onProgress) {
    const given = process.env['MONGODB_URI'];
    const testbed = await import('@datamigrato/testbed');
    if (given !== undefined && given !== '') {
      const server = await testbed.startMongodb({ onProgress });
      return { url: server.url, version: `mongod ${server.version}`, stop: () => server.stop() };
    }
    const server = await testbed.startMongoJava({ profile: 'bench', onProgress });
    return { url: server.url, version: 'mongo-java-server 1.47.0', pid: server.pid, stop: () => server.stop() };
  },
  async warmUp(url, seconds) {
    const started = performance.now();
    const elapsed = (): number => (performance.now() - started) / 1000;
    const place: Place = { url, entity: 'warm_up', dataSet: tenFieldRecords, records: 20_000 };
    for (let round = 0; round < 4 && elapsed() < seconds; round += 1) {
      await mongodbStore.clear(place);
      await mongodbStore.fill(place);
      await upsertAll(place);
      await runOnce(await mongodbStore.openReader(place));
    }
    await mongodbStore.clear(place);
    return elapsed();
  },
  async fill(place) {
    const { client, collection } = await openCollection(place.url, place.entity);
    const inFlight = createInFlight(insertsInFlight);
    for (const documents of documentPages(place.dataSet, place.records)) {
      await inFlight.start(() => collection.insertMany(documents, { ordered: false }));
    }
    await inFlight.finish();
    await client.close();
  },
  async clear(place) {
    const { client, collection } = await openCollection(place.url, place.entity);
    // Dropping what is not there is an error without a code on mongo-java-server, which the driver does not recognise.
    const collections = await client.db(database).listCollections().toArray();
    if (collections.some(({ name }) => name === place.entity)) await collection.drop();
    await client.close();
  },
  async count(place) {
    const { client, collection } = await openCollection(place.url, place.entity);
    const count = await collection.countDocuments();
    await client.close();
    return count;
  },
  async openReader(place) {
    const { client, collection } = await openCollection(place.url, place.entity);
    return {
      async run() {
        const cursor = collection.find({}, { batchSize: pageDocuments, raw: true });
        let records = 0;
        while (await cursor.hasNext()) records += cursor.readBufferedDocuments().length;
        return records;
      },
      close: () => client.close(),
    };
  },
  async openWriter(place) {
    const { client, collection } = await openCollection(place.url, place.entity);
    const pages = [...documentPages(place.dataSet, place.records)];
    return {
      async run() {
        const inFlight = createInFlight(insertsInFlight);
        let records = 0;
        for (const documents of pages) {
          await inFlight.start(() => collection.insertMany(documents, { ordered: false }));
          records += documents.length;
        }
        await inFlight.finish();
        return records;
      },
      close: () => client.close(),
    };
  },
  async endpoint({ url, entity }) {
    const { mongodbConnector } = await import('@datamigrato/mongodb');
    return { connector: mongodbConnector, options: { clientUrl: url, databaseName: database }, entity };
  },
};

async function runOnce(copy: OpenCopy): Promise<void> {
  await copy.run();
  await copy.close();
}

async function upsertAll(place: Place): Promise<void> {
  const { client, collection } = await openCollection(place.url, place.entity);
  for (const documents of documentPages(place.dataSet, place.records)) {
    await collection.bulkWrite(
      documents.map((document) => ({
        replaceOne: { filter: { _id: document._id }, replacement: document, upsert: true },
      })),
      { ordered: false },
    );
  }
  await client.close();
}

/** The documents of a data set, in arrays of one insert. */
function* documentPages(dataSet: DataSet, wanted: number): Generator<KeyedDocument[]> {
  const records = availableRecords(dataSet, wanted);
  const size = recordsPerPage(dataSet, insertDocuments);
  for (let start = 0; start < records; start += size) {
    yield Array.from({ length: Math.min(size, records - start) }, (_, offset) => {
      const document = mongodbDocument(dataSet, dataSet.row(start + offset));
      return { ...document, _id: String(document['_id']) };
    });
  }
}
