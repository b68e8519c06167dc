import {
  type EntityName,
  isDatamigratoError,
  type Partition,
  type ReadOptions,
  type RecordBatch,
} from '@datamigrato/core';
import type { FirestoreDatabase } from './client.js';
import { embeddedIn } from './embedded-collections.js';
import { readEmbedding } from './embedding-reader.js';
import { type EntityPath, keyOfPath, parseEntityPath } from './entity-path.js';
import { joinParts } from './join-parts.js';
import { missingParents } from './missing-parents.js';
import type { NativeDocument } from './native-document.js';
import { pathFromJson, rangeFromJson } from './partition-range.js';
import { documentBytes, recordBytes } from './proto-size.js';
import { entityQuery, type NameRange } from './query.js';
import { scan } from './scan.js';
import { type FieldEquality, fieldEqualities } from './source-filter.js';

/** The documents of a partition in the order of their names. */
export async function* readPartition(
  database: FirestoreDatabase,
  partition: Partition,
  call: ReadOptions,
): AsyncGenerator<RecordBatch<NativeDocument>> {
  const entity = parseEntityPath(partition.entity);
  const range = rangeFromJson(partition.range);
  const after = call.after === undefined ? undefined : pathFromJson(call.after);
  if (range === 'missing-parents') {
    yield* readMissingParents(database, entity, call, after);
    return;
  }
  const embedded = embeddedIn(entity, database.embed);
  if (embedded.size > 0) {
    const reading = { name: partition.entity, entity, embedded, range, after };
    yield* batchesOf(readEmbedding(database, reading, call), call);
    return;
  }
  const equal = fieldEqualities(entity, call.filter ?? []);
  let isFirst = true;
  try {
    for await (const batch of readRange(database, { name: partition.entity, entity, range, after, equal }, call)) {
      isFirst = false;
      yield batch;
    }
    return;
  } catch (error) {
    // The field has no index, or the service takes no such value: then core filters alone.
    const codes = ['DM_FIRESTORE_REFUSED', 'DM_FIRESTORE_PRECONDITION'];
    const isRefused = isDatamigratoError(error) && codes.includes(error.code);
    if (equal.length === 0 || !isFirst || !isRefused) throw error;
  }
  yield* readRange(database, { name: partition.entity, entity, range, after, equal: [] }, call);
}

/** What is read of a range. */
interface RangeReading {
  readonly name: EntityName;
  readonly entity: EntityPath;
  readonly range: NameRange;
  readonly after: string | undefined;
  readonly equal: readonly FieldEquality[];
}

async function* readRange(
  database: FirestoreDatabase,
  { name: what, entity, range, after, equal }: RangeReading,
  call: ReadOptions,
): AsyncGenerator<RecordBatch<NativeDocument>> {
  const root = `${database.documents}/`;
  const query = (gone: string | undefined) =>
    entityQuery(database.documents, entity, range, { after: gone ?? after, equal });
  const batch = new GrowingBatch(call);
  for await (const { documents } of scan(database, query, call, `${database.where}, reading ${what}`)) {
    for (const { name, fields } of documents) {
      const path = name.slice(root.length);
      if (keyOfPath(entity, path) === undefined) continue;
      const document = await joinParts(database, { path, fields, root }, call);
      const size = documentBytes(path, document.fields);
      if (!batch.hasRoomFor(size)) yield batch.take();
      batch.add(document, size);
      if (batch.isFull) yield batch.take();
    }
  }
  if (!batch.isEmpty) yield batch.take();
}

async function* batchesOf(
  documents: AsyncIterable<NativeDocument>,
  call: ReadOptions,
): AsyncGenerator<RecordBatch<NativeDocument>> {
  const batch = new GrowingBatch(call);
  for await (const document of documents) {
    const size = recordBytes(document);
    if (!batch.hasRoomFor(size)) yield batch.take();
    batch.add(document, size);
    if (batch.isFull) yield batch.take();
  }
  if (!batch.isEmpty) yield batch.take();
}

/** Documents that are handed out together once they are as many, or as large, as was asked for. */
class GrowingBatch {
  readonly #limits: ReadOptions;
  #records: NativeDocument[] = [];
  #bytes = 0;

  constructor(limits: ReadOptions) {
    this.#limits = limits;
  }

  get isEmpty(): boolean {
    return this.#records.length === 0;
  }

  get isFull(): boolean {
    return this.#records.length >= this.#limits.batchRecords;
  }

  /** A document that is larger than a batch may be is one by itself. */
  hasRoomFor(bytes: number): boolean {
    return this.isEmpty || this.#bytes + bytes <= this.#limits.batchBytes;
  }

  add(document: NativeDocument, bytes: number): void {
    this.#records.push(document);
    this.#bytes += bytes;
  }

  take(): RecordBatch<NativeDocument> {
    const batch = { records: this.#records, position: this.#records.at(-1)?.path ?? '', bytes: this.#bytes };
    this.#records = [];
    this.#bytes = 0;
    return batch;
  }
}

async function* readMissingParents(
  database: FirestoreDatabase,
  entity: EntityPath,
  call: ReadOptions,
  after: string | undefined,
): AsyncGenerator<RecordBatch<NativeDocument>> {
  const root = `${database.documents}/`;
  for await (const { paths, last } of missingParents(database, entity, call, after)) {
    if (paths.length === 0) continue;
    const records = paths.map((path) => ({ path, fields: {}, root }));
    const bytes = records.reduce((sum, { path }) => sum + documentBytes(path, {}), 0);
    yield { records, position: last, bytes };
  }
}
