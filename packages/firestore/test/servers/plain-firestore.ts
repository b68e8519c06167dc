import type { FirestoreAddress } from '@datamigrato/testbed';

/** A value in the service's JSON, such as `{ "integerValue": "5" }`: the oracle of these tests, which knows nothing of this package. */
export type PlainValue = Readonly<Record<string, unknown>>;
export type PlainFields = Readonly<Record<string, PlainValue>>;

/** One project of the emulator, by its REST interface. */
export interface PlainFirestore {
  readonly project: string;
  /** Writes documents by their paths. */
  fill(documents: Readonly<Record<string, PlainFields>>): Promise<void>;
  /** All documents below a path's collection with their values, by path. */
  documents(collection: string): Promise<ReadonlyMap<string, PlainFields>>;
  /** The fields of one document; undefined where there is none. */
  document(path: string): Promise<PlainFields | undefined>;
  clear(): Promise<void>;
}

export function plainFirestore({ host, port }: FirestoreAddress, project: string): PlainFirestore {
  const base = `http://${host}:${port}`;
  const database = `projects/${project}/databases/(default)`;
  const ask = async (method: string, path: string, body?: object): Promise<unknown> => {
    const answer = await fetch(`${base}${path}`, {
      method,
      headers: { authorization: 'Bearer owner', 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (answer.status === 404) return undefined;
    if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`);
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
    async documents(collection) {
      const slash = collection.lastIndexOf('/');
      const parent = slash === -1 ? `${database}/documents` : prefix + collection.slice(0, slash);
      const query = { structuredQuery: { from: [{ collectionId: collection.slice(slash + 1) }] } };
      const rows = (await ask('POST', `/v1/${encoded(parent)}:runQuery`, query)) as readonly {
        readonly document?: { readonly name: string; readonly fields?: PlainFields };
      }[];
      return new Map(
        rows.flatMap(({ document }) =>
          document === undefined ? [] : [[document.name.slice(prefix.length), document.fields ?? {}] as const],
        ),
      );
    },
    async document(path) {
      const found = (await ask('GET', `/v1/${encoded(prefix + path)}`)) as
        | { readonly fields?: PlainFields }
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
