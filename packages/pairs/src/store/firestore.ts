import { firestoreConnector } from '@datamigrato/firestore';
import { type FirestoreAddress, firestoreDocuments } from '@datamigrato/testbed';
import { firestoreFields } from '../generate/firestore-fields.js';
import { type PairStore, sortedText } from './pair-store.js';

/** A project of a Cloud Firestore emulator, filled and read through its REST interface. */
export function openFirestore(
  address: Pick<FirestoreAddress, 'host' | 'port' | 'name' | 'url'>,
  projectId: string,
): PairStore {
  const documents = firestoreDocuments(address, projectId);
  return {
    id: 'firestore',
    title: 'Firestore',
    connector: firestoreConnector,
    options: { projectId, emulator: `${address.host}:${address.port}` },
    clear: () => documents.clear(),
    async seed(entity, records, seed) {
      const prefix = `projects/${projectId}/databases/(default)/documents`;
      const generated = firestoreFields(records, seed, prefix);
      await documents.fill(
        Object.fromEntries(Object.entries(generated).map(([id, fields]) => [`${entity}/${id}`, fields])),
      );
    },
    async contents(entity) {
      const found = await documents.documents(entity);
      return new Map([...found].map(([path, fields]) => [path.slice(entity.length + 1), sortedText(fields)]));
    },
    async [Symbol.asyncDispose]() {
      await documents.clear();
    },
  };
}
