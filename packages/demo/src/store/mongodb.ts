import { startMongodb } from '@datamigrato/testbed';
import { MongoClient } from 'mongodb';
import { awkwardDocuments } from '../data.js';
import { extendedText } from '../extended-text.js';
import { countText, say } from '../say.js';
import type { DemoStore } from './demo-store.js';
import { populate } from './populate.js';

/** A server that speaks MongoDB's protocol. */
export const mongodb: DemoStore = {
  name: 'mongodb',
  title: 'MongoDB',
  async start({ folder, onProgress }) {
    const server = await startMongodb({ onProgress });
    const client = new MongoClient(server.url);
    const url = (place: string): string => server.url.replace(/\/[^/?]*(\?|$)/, `/${place}$1`);
    return {
      url,
      async fill(datamigrato) {
        const counts = await populate(folder, datamigrato, url('shop'));
        const { name, what, records } = awkwardDocuments;
        say(`${countText(records.length)} ${what}`);
        await client
          .db('shop')
          .collection(name)
          .insertMany([...records]);
        return counts.set(name, records.length);
      },
      async read(place, entity) {
        const documents = client.db(place).collection(entity).find({}, { promoteValues: false });
        return documents.map(extendedText).toArray();
      },
      async [Symbol.asyncDispose]() {
        await client.close();
        await server.stop();
      },
    };
  },
};
