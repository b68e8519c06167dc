import { firebaseRealtimeConnector } from '@datamigrato/firebase-realtime';
import { type RealtimeServerProcess, startRealtime } from '@datamigrato/testbed';
import { type DrillRecord, drillRecords, idOfKey } from './drill-record.js';
import { type DrillStore, entity, type Place } from './drill-store.js';
import { loneServer } from './lone-server.js';

/** The Firebase Realtime Database: the embedded server of this project, in a process of its own that always survives kills. */
export const realtime: DrillStore = {
  name: 'realtime',
  connector: firebaseRealtimeConnector,
  readsForEachLoss: 2,
  async start() {
    const server = await startRealtime();
    return loneServer(realtime, server, (name) => placeOn(server, name));
  },
};

async function placeOn(server: RealtimeServerProcess, name: string): Promise<Place> {
  const database = name.replaceAll('_', '-');
  const own = server.port;
  const ask = (method: string, path: string, body?: unknown): Promise<unknown> =>
    askServer(`http://127.0.0.1:${own}/${path}.json?ns=${database}`, method, body);
  await ask('DELETE', '');
  return {
    url: (port = own) => `rtdb://${database}?emulator=127.0.0.1:${port}`,
    options: (port = own) => ({
      referenceUrl: `https://${database}.firebaseio.com`,
      emulator: `127.0.0.1:${port}`,
    }),
    async seed(from, to) {
      for (const records of drillRecords(from, to, 2000))
        await ask('PATCH', entity, Object.fromEntries(records.map((record) => [keyOf(record.id), nodeOf(record)])));
    },
    async remove(id) {
      await ask('DELETE', `${entity}/${keyOf(id)}`);
    },
    async put(record) {
      await ask('PUT', `${entity}/${keyOf(record.id)}`, nodeOf(record));
    },
    async *read() {
      const nodes = await ask('GET', entity);
      for (const [key, node] of Object.entries(nodes ?? {})) yield recordOf(key, node as Record<string, unknown>);
    },
    carriesRecords: (request) => /^(?:GET|PATCH|PUT) /.test(request.toString('latin1', 0, 6)),
    async drop() {
      await ask('DELETE', '');
    },
  };
}

/** Whole numbers as keys, in the form that this project writes them in. */
function keyOf(id: number): string {
  return `i~${id}`;
}

function nodeOf(record: DrillRecord): object {
  return Object.fromEntries(Object.entries(record).filter(([name]) => name !== 'id'));
}

function recordOf(key: string, node: Record<string, unknown>): DrillRecord {
  const { name, amount, active, note, ...more } = node;
  if (Object.keys(more).length > 0) throw new TypeError(`record ${key} has fields that nobody wrote`);
  return { id: idOfKey(key), name, amount, active, note } as DrillRecord;
}

async function askServer(url: string, method: string, body: unknown): Promise<unknown> {
  const response = await fetch(url, {
    method,
    headers: { authorization: 'Bearer owner' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ends with status ${response.status}`);
  return await response.json();
}
