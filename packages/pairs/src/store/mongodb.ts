import { mongodbConnector } from '@datamigrato/mongodb';
import type { MongodbAddress } from '@datamigrato/testbed';
import { BSON, type Document, MongoClient } from 'mongodb';
import { mongodbDocuments } from '../generate/mongodb-documents.js';
import { type PairStore, sortedText } from './pair-store.js';

const unpromoted = { promoteValues: false, promoteBuffers: false, bsonRegExp: true } as const;

/** A MongoDB server, which takes any documents as well. */
export interface MongodbStore extends PairStore {
  insert(entity: string, documents: readonly Document[]): Promise<void>;
}

/** A database of the server at an address. */
export async function openMongodb({ url }: Pick<MongodbAddress, 'url'>, databaseName: string): Promise<MongodbStore> {
  const client = await MongoClient.connect(url, { directConnection: true });
  const database = client.db(databaseName);
  const insert = async (entity: string, documents: readonly Document[]): Promise<void> => {
    for (let start = 0; start < documents.length; start += 1000)
      await database.collection(entity).insertMany(documents.slice(start, start + 1000));
  };
  return {
    id: 'mongodb',
    title: 'MongoDB',
    connector: mongodbConnector,
    options: { clientUrl: url, databaseName },
    async clear() {
      await database.dropDatabase();
    },
    insert,
    seed: (entity, records, seed) => insert(entity, mongodbDocuments(records, seed)),
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
