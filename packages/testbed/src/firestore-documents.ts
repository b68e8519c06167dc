import type { FirestoreAddress } from './server-handle.js';
import { TestbedError } from './testbed-error.js';

/** A value in the service's own JSON, in which every kind is told apart, such as `{ integerValue: '5' }`. */
export type FirestoreValue = Readonly<Record<string, unknown>>;

export type FirestoreFields = Readonly<Record<string, FirestoreValue>>;

/** The documents of one project of an emulator, by its REST interface alone: an oracle for tests of whatever else reads and writes them. */
export interface FirestoreDocuments {
  readonly project: string;
  /** Writes documents by their paths. */
  fill(documents: Readonly<Record<string, FirestoreFields>>): Promise<void>;
  /** The documents of a collection by path; with `group`, those of every collection with the same last name. */
  documents(collection: string, group?: 'group'): Promise<ReadonlyMap<string, FirestoreFields>>;
  /** The fields of one document; undefined where there is none. */
  document(path: string): Promise<FirestoreFields | undefined>;
  clear(): Promise<void>;
}

/** Documents of one answer: the emulator makes an answer of any size whole before it sends it, and that of 171,075 did not fit into its memory. */
const documentsAtOnce = 20_000;

/** What an answer to a query has for each document, and in one more for none. */
interface Row {
  readonly document?: { readonly name: string; readonly fields?: FirestoreFields };
}

/** Any project exists; tests that share an emulator each name another one. */
export function firestoreDocuments({ host, port }: FirestoreAddress, project: string): FirestoreDocuments {
  const base = `http://${host}:${port}`;
  const database = `projects/${project}/databases/(default)`;
  const ask = async (method: string, path: string, body?: object): Promise<unknown> => {
    const answer = await fetch(`${base}${path}`, {
      method,
      headers: { authorization: 'Bearer owner', 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (answer.status === 404) return undefined;
    if (!answer.ok)
      throw new TestbedError('server-failed', `The emulator answers ${answer.status}: ${await answer.text()}`);
    return await answer.json();
  };
  const prefix = `${database}/documents/`;
  return {
    project,
    async fill(documents) {
      const entries = Object.entries(documents);
      for (let start = 0; start < entries.length; start += 500) {
        const writes = entries
          .slice(start, start + 500)
          .map(([path, fields]) => ({ update: { name: prefix + path, fields } }));
        await ask('POST', `/v1/${database}/documents:commit`, { writes });
      }
    },
    async documents(collection, group) {
      const slash = collection.lastIndexOf('/');
      const parent = slash === -1 ? `${database}/documents` : prefix + collection.slice(0, slash);
      const from = [{ collectionId: collection.slice(slash + 1), allDescendants: group !== undefined }];
      const orderBy = [{ field: { fieldPath: '__name__' }, direction: 'ASCENDING' }];
      const found = new Map<string, FirestoreFields>();
      for (let after: string | undefined; ; ) {
        const startAt = after === undefined ? {} : { startAt: { values: [{ referenceValue: after }], before: false } };
        const structuredQuery = { from, orderBy, ...startAt, limit: documentsAtOnce };
        const rows = (await ask('POST', `/v1/${encoded(parent)}:runQuery`, { structuredQuery })) as readonly Row[];
        after = undefined;
        for (const { document } of rows) {
          if (document === undefined) continue;
          found.set(document.name.slice(prefix.length), document.fields ?? {});
          after = document.name;
        }
        if (after === undefined || rows.length < documentsAtOnce) return found;
      }
    },
    async document(path) {
      const found = (await ask('GET', `/v1/${encoded(prefix + path)}`)) as
        | { readonly fields?: FirestoreFields }
        | undefined;
      return found === undefined ? undefined : (found.fields ?? {});
    },
    async clear() {
      await ask('DELETE', `/emulator/v1/${database}/documents`);
    },
  };
}

function encoded(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}
