import type { CassandraAddress } from '@datamigrato/testbed';
import { Client } from 'cassandra-driver';
import { BSON, type Document, MongoClient } from 'mongodb';
import { sortedText } from '../real-data/plain-value.js';

/** A database, read and written with the plain driver alone. */
export interface PlainMongo extends AsyncDisposable {
  readonly url: string;
  readonly client: MongoClient;
  fill(database: string, collection: string, documents: readonly Document[]): Promise<void>;
  /** Every document as canonical extended JSON with its fields sorted, by its `_id` in the same form. */
  texts(database: string, collection: string): Promise<ReadonlyMap<string, string>>;
  /** Every document as the server's bytes in hexadecimal, by those of its `_id`. */
  bytes(database: string, collection: string): Promise<ReadonlyMap<string, string>>;
}

export async function connectMongo(url: string): Promise<PlainMongo> {
  const client = await MongoClient.connect(url, { directConnection: true });
  return {
    url,
    client,
    async fill(database, collection, documents) {
      // The command itself: the driver's own method puts an object id in place of an `_id` that is null.
      const taken = await client.db(database).command({ insert: collection, documents });
      if (taken['n'] !== documents.length) throw new Error(`the server refuses some documents for ${collection}`);
    },
    async texts(database, collection) {
      const texts = new Map<string, string>();
      for await (const bytes of documentBytes(client, database, collection)) {
        const document = BSON.deserialize(bytes, unpromoted);
        texts.set(exactText(document['_id']), canonicalText(document));
      }
      return texts;
    },
    async bytes(database, collection) {
      const texts = new Map<string, string>();
      for await (const bytes of documentBytes(client, database, collection))
        texts.set(exactText(BSON.deserialize(bytes, unpromoted)['_id']), bytes.toString('hex'));
      return texts;
    },
    [Symbol.asyncDispose]: () => client.close(),
  };
}

/** As the server sends them: what the driver makes of an array in a field named `constructor` is not what it holds. */
async function* documentBytes(client: MongoClient, database: string, collection: string): AsyncGenerator<Buffer> {
  for await (const document of client.db(database).collection(collection).find({}, { raw: true })) {
    if (!Buffer.isBuffer(document)) throw new Error('the driver was asked for bytes');
    yield document;
  }
}

const unpromoted = { promoteValues: false, promoteBuffers: false, bsonRegExp: true } as const;

/** A key's text: the order of its fields matters to the server. */
function exactText(value: unknown): string {
  return BSON.EJSON.stringify(value, { relaxed: false });
}

/** A document's text, the order of its fields aside. */
export function canonicalText(document: Document): string {
  return sortedText(JSON.parse(exactText(document)));
}

/** A session of the plain driver whose integers stay exact. */
export function connectCassandra({ contactPoints, port, localDataCenter }: CassandraAddress): Client {
  return new Client({
    contactPoints: [...contactPoints],
    localDataCenter,
    protocolOptions: { port },
    encoding: { map: Map, useBigIntAsLong: true, useBigIntAsVarint: true },
  });
}
