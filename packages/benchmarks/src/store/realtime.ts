import { availableRecords, type DataSet, recordsPerPage } from '../data/data-set.js';
import { tenFieldRecords } from '../data/ten-field-records.js';
import type { BenchmarkStore, Place } from './benchmark-store.js';
import { createInFlight } from './in-flight.js';
import { realtimeNode } from './realtime-nodes.js';

/** Records of one multi-path update and updates under way at once, the fastest found. */
export const updateRecords = 1000;
export const updatesInFlight = 4;

/** Children of one page. */
const pageChildren = 5000;
const database = 'benchmark';

/** One request to a node below which a place's records lie, by the built-in client. */
export async function realtimeRequest(
  { url, entity }: Pick<Place, 'url' | 'entity'>,
  query: string,
  init: RequestInit = {},
): Promise<Response> {
  const answer = await fetch(`${url}/${entity}.json?ns=${database}${query}`, {
    ...init,
    headers: { authorization: 'Bearer owner' },
  });
  if (!answer.ok) throw new Error(`the Realtime Database answers ${answer.status}: ${await answer.text()}`);
  return answer;
}

/** The embedded server of this repository: there is no other that can be had everywhere. */
export const realtimeStore: BenchmarkStore = {
  name: 'realtime',
  async start() {
    const { startRealtime } = await import('@datamigrato/testbed');
    const server = await startRealtime();
    return {
      url: `http://${server.host}:${server.port}`,
      version: '@datamigrato/realtime-server 0.1.0',
      pid: server.pid,
      stop: () => server.stop(),
    };
  },
  async warmUp(url, seconds) {
    const started = performance.now();
    const elapsed = (): number => (performance.now() - started) / 1000;
    const place: Place = { url, entity: 'warm_up', dataSet: tenFieldRecords, records: 20_000 };
    for (let round = 0; round < 4 && elapsed() < seconds; round += 1) {
      await realtimeStore.fill(place);
      await readAll(place);
      await realtimeStore.clear(place);
    }
    return elapsed();
  },
  async fill(place) {
    await writeAll(place, [...updates(place.dataSet, place.records)]);
  },
  async clear(place) {
    await realtimeRequest(place, '&print=silent', { method: 'DELETE' });
  },
  async count(place) {
    const names = (await (await realtimeRequest(place, '&shallow=true')).json()) as object | null;
    return Object.keys(names ?? {}).length;
  },
  openReader: async (place) => ({ run: () => readAll(place), close: async () => undefined }),
  async openWriter(place) {
    const bodies = [...updates(place.dataSet, place.records)];
    return { run: () => writeAll(place, bodies), close: async () => undefined };
  },
  async endpoint({ url, entity }) {
    const { firebaseRealtimeConnector } = await import('@datamigrato/firebase-realtime');
    const options = { referenceUrl: `https://${database}.firebaseio.com`, emulator: new URL(url).host };
    return { connector: firebaseRealtimeConnector, options, entity };
  },
};

/** Every record, dropped. */
async function readAll(place: Place): Promise<number> {
  let records = 0;
  for await (const page of recordPages(place)) records += page.length;
  return records;
}

/** A record by its name. */
type NamedNode = readonly [name: string, node: Readonly<Record<string, unknown>>];

/** Every record in pages by `$key`; the next page is on its way while the last is used. */
export async function* recordPages(place: Place): AsyncGenerator<readonly NamedNode[]> {
  const children = recordsPerPage(place.dataSet, pageChildren);
  const read = async (after?: string): Promise<readonly NamedNode[]> => {
    const bound = after === undefined ? '' : `&startAfter=${encodeURIComponent(JSON.stringify(after))}`;
    const query = `&orderBy=${encodeURIComponent('"$key"')}&limitToFirst=${children}${bound}`;
    const answer = await realtimeRequest(place, query);
    return Object.entries(((await answer.json()) as Record<string, NamedNode[1]> | null) ?? {});
  };
  for (let next: Promise<readonly NamedNode[]> | undefined = read(); next !== undefined; ) {
    const page: readonly NamedNode[] = await next;
    const last = page[page.length - 1];
    next = last === undefined || page.length < children ? undefined : read(last[0]);
    yield page;
  }
}

/** Updates and how many records each has. */
interface Update {
  readonly body: string;
  readonly records: number;
}

async function writeAll(place: Place, bodies: readonly Update[]): Promise<number> {
  const inFlight = createInFlight(updatesInFlight);
  let written = 0;
  for (const { body, records } of bodies) {
    await inFlight.start(async () => {
      await realtimeRequest(place, '&print=silent', { method: 'PATCH', body });
    });
    written += records;
  }
  await inFlight.finish();
  return written;
}

/** The records of a data set in bodies of one update. */
function* updates(dataSet: DataSet, wanted: number): Generator<Update> {
  const available = availableRecords(dataSet, wanted);
  const size = recordsPerPage(dataSet, updateRecords);
  for (let start = 0; start < available; start += size) {
    const nodes: Record<string, unknown> = {};
    const end = Math.min(available, start + size);
    for (let index = start; index < end; index += 1) {
      const row = dataSet.row(index);
      nodes[String(row[0])] = realtimeNode(dataSet, row);
    }
    yield { body: JSON.stringify(nodes), records: end - start };
  }
}
