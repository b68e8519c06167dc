import { firebaseRealtimeConnector } from '@datamigrato/firebase-realtime';
import { type RealtimeServerProcess, startRealtime } from '@datamigrato/testbed';
import { type DrillRecord, drillRecord, idOfKey } from './drill-record.js';
import { type DrillStore, entity, type Place, type RunningStore } from './drill-store.js';

/** The Firebase Realtime Database: the embedded server of this project, in a process of its own that always survives kills. */
export const realtime: DrillStore = {
  name: 'realtime',
  connector: firebaseRealtimeConnector,
  readsForEachLoss: 2,
  start: async () => new RunningRealtime(await startRealtime()),
};

class RunningRealtime implements RunningStore {
  readonly store = realtime;
  readonly port: number;
  readonly #server: RealtimeServerProcess;

  constructor(server: RealtimeServerProcess) {
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
    const database = name.replaceAll('_', '-');
    const own = this.port;
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
        for (let start = from; start < to; start += 2000) {
          const ids = Array.from({ length: Math.min(2000, to - start) }, (_, index) => start + index);
          await ask('PATCH', entity, Object.fromEntries(ids.map((id) => [keyOf(id), nodeOf(drillRecord(id))])));
        }
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

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.stop();
  }
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
