import { mongodbConnector } from '@datamigrato/mongodb';
import { type SecantusServer, startSecantus } from '@datamigrato/testbed';
import { type Document, Double, Int32, MongoClient } from 'mongodb';
import { type DrillRecord, drillRecords, idOfKey } from './drill-record.js';
import { type DrillStore, entity, type Place, type RunningStore } from './drill-store.js';

/** MongoDB, here SecantusDB. */
export const mongodb: DrillStore = {
  name: 'mongodb',
  connector: mongodbConnector,
  readsForEachLoss: 2,
  async start({ survivesKills }) {
    const server = await startSecantus({ syncOnCommit: survivesKills });
    const client = new MongoClient(server.url);
    return new RunningMongodb(server, client);
  },
};

/** Commands that carry records, as they stand in a message. */
const commands = ['insert', 'update', 'find', 'getMore'].map((name) => `${name}\0`);

class RunningMongodb implements RunningStore {
  readonly store = mongodb;
  readonly port: number;
  readonly #server: SecantusServer;
  readonly #client: MongoClient;

  constructor(server: SecantusServer, client: MongoClient) {
    this.#server = server;
    this.#client = client;
    this.port = Number(new URL(server.url).port);
  }

  kill(): Promise<void> {
    return this.#server.kill();
  }

  async restart(): Promise<void> {
    await this.#server.restart();
    await this.#client.db('admin').command({ ping: 1 });
  }

  async place(name: string): Promise<Place> {
    const client = this.#client;
    await client.db(name).dropDatabase();
    const address = (port = this.port): string => `mongodb://127.0.0.1:${port}/${name}?directConnection=true`;
    const collection = client.db(name).collection<Document & { readonly _id: Int32 }>(entity);
    return {
      url: address,
      options: (port) => ({ clientUrl: address(port) }),
      async seed(from, to) {
        for (const records of drillRecords(from, to, 2000)) await collection.insertMany(records.map(documentOf));
      },
      async remove(id) {
        await collection.deleteOne({ _id: new Int32(id) });
      },
      async put(record) {
        const document = documentOf(record);
        await collection.replaceOne({ _id: document._id }, document, { upsert: true });
      },
      async *read() {
        for await (const document of client.db(name).collection(entity).find({}, { promoteValues: false }))
          yield recordOf(document);
      },
      // An OP_MSG holds its command's name at its beginning.
      carriesRecords: (request) => commands.some((name) => request.subarray(0, 200).includes(name)),
      async drop() {
        await client.db(name).dropDatabase();
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.close();
    await this.#server.stop();
  }
}

function documentOf({ id, amount, ...plain }: DrillRecord): Document & { readonly _id: Int32 } {
  return { _id: new Int32(id), amount: new Double(amount), ...plain };
}

/** Kinds count: a number of another kind is another record. */
function recordOf({ _id, amount, ...plain }: Document): DrillRecord {
  return {
    id: idOfKey(_id instanceof Int32 ? _id.value : _id),
    name: plain['name'],
    amount: amount instanceof Double ? amount.value : Number.NaN,
    active: plain['active'],
    note: plain['note'],
  };
}
