import { mongodbConnector } from '@datamigrato/mongodb';
import type { MongodbAddress } from '@datamigrato/testbed';
import { BSON, MongoClient } from 'mongodb';
import { mongodbDocuments } from '../generate/mongodb-documents.js';
import { type PairStore, sortedText } from './pair-store.js';

const databaseName = 'datamigrato_pairs';
const unpromoted = { promoteValues: false, promoteBuffers: false, bsonRegExp: true } as const;

/** A MongoDB server. */
export async function openMongodb({ url }: Pick<MongodbAddress, 'url'>): Promise<PairStore> {
  const client = await MongoClient.connect(url, { directConnection: true });
  const database = client.db(databaseName);
  return {
    id: 'mongodb',
    title: 'MongoDB',
    connector: mongodbConnector,
    options: { clientUrl: url, databaseName },
    async clear() {
      await database.dropDatabase();
    },
    async seed(entity, records, seed) {
      const documents = mongodbDocuments(records, seed);
      for (let start = 0; start < documents.length; start += 1000)
        await database.collection(entity).insertMany(documents.slice(start, start + 1000));
    },
    async contents(entity) {
      const texts = new Map<string, string>();
      for await (const bytes of database.collection(entity).find({}, { raw: true })) {
        if (!Buffer.isBuffer(bytes)) throw new TypeError('the driver was asked for bytes');
        const document = BSON.deserialize(bytes, unpromoted);
        texts.set(canonicalText(document['_id']), canonicalText(document));
      }
      return texts;
    },
    [Symbol.asyncDispose]: () => client.close(),
  };
}

function canonicalText(value: unknown): string {
  return sortedText(JSON.parse(BSON.EJSON.stringify(value, { relaxed: false })));
}
