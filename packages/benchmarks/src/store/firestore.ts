import type { Readable } from 'node:stream';
import { startFirestore } from '@datamigrato/testbed';
import firestore from '@google-cloud/firestore';
import gax from 'google-gax';
import { availableRecords, type DataSet, recordsPerPage } from '../data/data-set.js';
import { tenFieldRecords } from '../data/ten-field-records.js';
import type { BenchmarkStore, Place } from './benchmark-store.js';
import { firestoreFields, type WireValue } from './firestore-documents.js';
import { createInFlight } from './in-flight.js';

/** Documents of one `batchWrite` and requests under way at once, the fastest found on the emulator. */
const batchDocuments = 500;
export const batchesInFlight = 4;

/** The emulator takes 4 MiB in one request. */
const batchBytes = 3_000_000;

/** A document to be written. */
interface WireDocument {
  readonly id: string;
  readonly fields: Readonly<Record<string, WireValue>>;
}

/** A document as it was read: its full name, and each value with `valueType`, which says what member it has. */
export interface ReadDocument {
  readonly name: string;
  readonly fields: Readonly<Record<string, WireValue>>;
}

/** Google's library on one entity, which has a project of its own so that it can be cleared at once. */
export interface OpenEntity {
  write(documents: readonly WireDocument[]): Promise<void>;
  /** Documents by name as they come on one stream: from one name on, included, to another, excluded; undefined for no bound. */
  read(from?: string, to?: string): AsyncGenerator<readonly ReadDocument[]>;
  /** The name that stands at a place in the order of names, from 0. */
  nameAt(place: number): Promise<string | undefined>;
  close(): Promise<void>;
}

export function openEntity({ url, entity }: Pick<Place, 'url' | 'entity'>): OpenEntity {
  const { hostname, port } = new URL(url);
  const client = new firestore.v1.FirestoreClient({
    servicePath: hostname,
    port: Number(port),
    sslCreds: gax.grpc.credentials.createInsecure(),
    projectId: projectOf(entity),
    clientOptions: { universeDomain: 'googleapis.com' },
  });
  const database = `projects/${projectOf(entity)}/databases/(default)`;
  const byName = (query: object) => ({
    parent: `${database}/documents`,
    structuredQuery: {
      from: [{ collectionId: entity }],
      orderBy: [{ field: { fieldPath: '__name__' }, direction: 'ASCENDING' as const }],
      ...query,
    },
  });
  const owner = { otherArgs: { headers: { Authorization: 'Bearer owner' } } };
  return {
    async write(documents) {
      const writes = documents.map(({ id, fields }) => ({
        update: { name: `${database}/documents/${entity}/${id}`, fields },
      }));
      const [answer] = await client.batchWrite({ database, writes }, owner);
      if (answer.status?.some(({ code }) => code !== 0)) throw new Error('Firestore refuses a document');
    },
    read(from, to) {
      const query = {
        ...(from !== undefined && { startAt: { values: [{ referenceValue: from }], before: true } }),
        ...(to !== undefined && { endAt: { values: [{ referenceValue: to }], before: true } }),
      };
      return documentsOf(client.runQuery(byName(query), owner));
    },
    async nameAt(offset) {
      const query = { offset, limit: { value: 1 }, select: { fields: [{ fieldPath: '__name__' }] } };
      for await (const [document] of documentsOf(client.runQuery(byName(query), owner))) return document?.name;
      return undefined;
    },
    close: () => client.close(),
  };
}

/** One message of an answer; some have no document. */
interface Answer {
  readonly document: ReadDocument | null;
}

/** The documents that a stream has brought by now, again and again: cheaper than a promise for each. */
async function* documentsOf(stream: Readable): AsyncGenerator<readonly ReadDocument[]> {
  let wake = (): void => {};
  let ended = false;
  let failure: Error | undefined;
  stream.on('readable', () => wake());
  stream.on('end', () => {
    ended = true;
    wake();
  });
  stream.on('error', (error) => {
    failure = error;
    wake();
  });
  for (;;) {
    const documents: ReadDocument[] = [];
    for (let answer: Answer | null = stream.read(); answer !== null; answer = stream.read()) {
      if (answer.document !== null) documents.push(answer.document);
    }
    if (documents.length > 0) {
      yield documents;
      continue;
    }
    if (failure !== undefined) throw failure;
    if (ended) return;
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  }
}

/** Every document by one stream, dropped. */
async function readAll(entity: OpenEntity): Promise<number> {
  let records = 0;
  for await (const documents of entity.read()) records += documents.length;
  return records;
}

/** Google's emulator of Cloud Firestore, on the settings for figures. */
export const firestoreStore: BenchmarkStore = {
  name: 'firestore',
  async start(onProgress) {
    const server = await startFirestore({ profile: 'bench', onProgress });
    return {
      url: `http://${server.host}:${server.port}`,
      version: 'the emulator of Cloud Firestore',
      pid: server.pid,
      stop: () => server.stop(),
    };
  },
  async warmUp(url, seconds) {
    const started = performance.now();
    const elapsed = (): number => (performance.now() - started) / 1000;
    const place: Place = { url, entity: 'warm_up', dataSet: tenFieldRecords, records: 20_000 };
    for (let round = 0; round < 4 && elapsed() < seconds; round += 1) {
      await firestoreStore.fill(place);
      const entity = openEntity(place);
      await readAll(entity);
      await entity.close();
      await firestoreStore.clear(place);
    }
    return elapsed();
  },
  async fill(place) {
    const entity = openEntity(place);
    await writeAll(entity, [...batches(place.dataSet, place.records)]);
    await entity.close();
  },
  async clear({ url, entity }) {
    const path = `/emulator/v1/projects/${projectOf(entity)}/databases/(default)/documents`;
    const answer = await fetch(url + path, { method: 'DELETE' });
    if (!answer.ok) throw new Error(`the emulator answers ${answer.status}`);
  },
  async count(place) {
    const entity = openEntity(place);
    const records = await readAll(entity);
    await entity.close();
    return records;
  },
  async openReader(place) {
    const entity = openEntity(place);
    return { run: () => readAll(entity), close: () => entity.close() };
  },
  async openWriter(place) {
    const entity = openEntity(place);
    const ready = [...batches(place.dataSet, place.records)];
    return { run: () => writeAll(entity, ready), close: () => entity.close() };
  },
  async endpoint({ url, entity }) {
    const { firestoreConnector } = await import('@datamigrato/firestore');
    return {
      connector: firestoreConnector,
      options: { projectId: projectOf(entity), emulator: new URL(url).host },
      entity,
    };
  },
};

function projectOf(entity: string): string {
  return `demo-${entity.replaceAll('_', '-').toLowerCase()}`;
}

async function writeAll(entity: OpenEntity, ready: readonly (readonly WireDocument[])[]): Promise<number> {
  const inFlight = createInFlight(batchesInFlight);
  let written = 0;
  for (const documents of ready) {
    await inFlight.start(() => entity.write(documents));
    written += documents.length;
  }
  await inFlight.finish();
  return written;
}

/** How many records of a data set go into one request. */
export function batchSize(dataSet: DataSet): number {
  return recordsPerPage(dataSet, batchDocuments, batchBytes);
}

function* batches(dataSet: DataSet, wanted: number): Generator<readonly WireDocument[]> {
  const available = availableRecords(dataSet, wanted);
  const size = batchSize(dataSet);
  for (let start = 0; start < available; start += size) {
    const count = Math.min(size, available - start);
    yield Array.from({ length: count }, (_, index) => {
      const row = dataSet.row(start + index);
      return { id: String(row[0]), fields: firestoreFields(dataSet, row) };
    });
  }
}
