import { firestoreConnector } from '@datamigrato/firestore';
import { type FirestoreFields, type FirestoreServer, firestoreDocuments, startFirestore } from '@datamigrato/testbed';
import { type DrillRecord, drillRecords, idOfKey } from './drill-record.js';
import { type DrillStore, entity, type Place } from './drill-store.js';
import { loneServer } from './lone-server.js';

/** Cloud Firestore: Google's emulator, which keeps documents in memory only. */
export const firestore: DrillStore = {
  name: 'firestore',
  connector: firestoreConnector,
  readsForEachLoss: 1,
  readsPartitionsWhole: true,
  losesAllWhenKilled: true,
  async start() {
    const server = await startFirestore();
    return loneServer(firestore, server, (name) => placeOn(server, name));
  },
};

async function placeOn(server: FirestoreServer, name: string): Promise<Place> {
  const projectId = `demo-${name.replaceAll('_', '-')}`;
  const own = server.port;
  const documents = firestoreDocuments(server, projectId);
  await documents.clear();
  return {
    url: (port = own) => `firestore://${projectId}/(default)?emulator=127.0.0.1:${port}`,
    options: (port = own) => ({ projectId, emulator: `127.0.0.1:${port}` }),
    async seed(from, to) {
      for (const records of drillRecords(from, to, 2000))
        await documents.fill(Object.fromEntries(records.map((record) => [pathOf(record.id), fieldsOf(record)])));
    },
    async remove(id) {
      const path = `projects/${projectId}/databases/(default)/documents/${pathOf(id)}`;
      const answer = await fetch(`http://127.0.0.1:${own}/v1/${path}`, {
        method: 'DELETE',
        headers: { authorization: 'Bearer owner' },
      });
      if (!answer.ok) throw new Error(`DELETE ends with status ${answer.status}`);
    },
    async put(record) {
      await documents.fill({ [pathOf(record.id)]: fieldsOf(record) });
    },
    async *read() {
      for (const [path, fields] of await documents.documents(entity)) yield recordOf(path, fields);
    },
    // Headers of HTTP/2 are packed, and bodies are plain: both a query and a write name the collection.
    carriesRecords: (request) => request.includes(entity),
    async drop() {
      await documents.clear();
    },
  };
}

/** A document's path; its id is a whole number in the form that this project writes them in. */
function pathOf(id: number): string {
  return `${entity}/i~${id}`;
}

function fieldsOf({ name, amount, active, note }: DrillRecord): FirestoreFields {
  return {
    name: { stringValue: name },
    amount: { doubleValue: amount },
    active: { booleanValue: active },
    note: { stringValue: note },
  };
}

/** Kinds count: a number of another kind is another record. */
function recordOf(path: string, fields: FirestoreFields): DrillRecord {
  const { name, amount, active, note, ...more } = fields;
  if (Object.keys(more).length > 0) throw new TypeError(`document ${path} has fields that nobody wrote`);
  return {
    id: idOfKey(path.slice(entity.length + 1)),
    name: name?.['stringValue'],
    amount: amount?.['doubleValue'],
    active: active?.['booleanValue'],
    note: note?.['stringValue'],
  } as DrillRecord;
}
