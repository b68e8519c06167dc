import { firestoreDocuments, startFirestore } from '@datamigrato/testbed';
import { sortedText } from '../extended-text.js';
import type { DemoStore } from './demo-store.js';
import { populate } from './populate.js';

/** Google's emulator of Cloud Firestore. */
export const firestore: DemoStore = {
  name: 'firestore',
  title: 'Cloud Firestore (emulator)',
  depthLimit: 'Firestore has 20 levels',
  async start({ folder, onProgress }) {
    const server = await startFirestore({ onProgress });
    const url = (place: string): string => `firestore://demo-${place}/(default)?emulator=${server.host}:${server.port}`;
    return {
      url,
      fill: (datamigrato) => populate(folder, datamigrato, url('shop')),
      async read(place, entity) {
        const documents = await firestoreDocuments(server, `demo-${place}`).documents(entity);
        return Array.from(documents, sortedText);
      },
      [Symbol.asyncDispose]: () => server.stop(),
    };
  },
};
