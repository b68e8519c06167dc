import { firestoreConnector } from '@datamigrato/firestore';
import { type FirestoreFields, type FirestoreServer, firestoreDocuments, startFirestore } from '@datamigrato/testbed';
import { type DrillRecord, drillRecord, idOfKey } from './drill-record.js';
import { type DrillStore, entity, type Place, type RunningStore } from './drill-store.js';

/** Cloud Firestore: Google's emulator, which keeps documents in memory only. */
export const firestore: DrillStore = {
  name: 'firestore',
  connector: firestoreConnector,
  readsForEachLoss: 2,
  losesAllWhenKilled: true,
  start: async () => new RunningFirestore(await startFirestore()),
};

class RunningFirestore implements RunningStore {
  readonly store = firestore;
  readonly port: number;
  readonly #server: FirestoreServer;

  constructor(server: FirestoreServer) {
    this.#server = server;
    this.port = server.port;
  }

  kill(): Promise<void> {
    return this.#server.kill();
  }

  restart(): Promise<void> {
    return this.#server.restart();
  }

  async place(name: string): Promise<Place> {
    const projectId = `demo-${name.replaceAll('_', '-')}`;
    const own = this.port;
    const documents = firestoreDocuments(this.#server, projectId);
    await documents.clear();
    return {
      url: (port = own) => `firestore://${projectId}/(default)?emulator=127.0.0.1:${port}`,
      options: (port = own) => ({ projectId, emulator: `127.0.0.1:${port}` }),
      async seed(from, to) {
        for (let start = from; start < to; start += 2000) {
          const ids = Array.from({ length: Math.min(2000, to - start) }, (_, index) => start + index);
          await documents.fill(Object.fromEntries(ids.map((id) => [pathOf(id), fieldsOf(drillRecord(id))])));
        }
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

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.stop();
  }
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
