import {
  type EntityName,
  isDatamigratoError,
  type Partition,
  type ReadOptions,
  type RecordBatch,
} from '@datamigrato/core';
import type { FirestoreDatabase } from './client.js';
import { type EntityPath, keyOfPath, parseEntityPath } from './entity-path.js';
import { joinParts } from './join-parts.js';
import { missingParents } from './missing-parents.js';
import type { NativeDocument } from './native-document.js';
import { pathFromJson, rangeFromJson } from './partition-range.js';
import { documentBytes } from './proto-size.js';
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
  let records: NativeDocument[] = [];
  let bytes = 0;
  let position: string | undefined;
  for await (const { documents } of scan(database, query, call, `${database.where}, reading ${what}`)) {
    for (const { name, fields } of documents) {
      const path = name.slice(root.length);
      position = path;
      if (keyOfPath(entity, path) === undefined) continue;
      const document = await joinParts(database, { path, fields, root }, call);
      const size = documentBytes(path, document.fields);
      if (records.length > 0 && bytes + size > call.batchBytes) {
        yield { records, position: records.at(-1)?.path ?? path, bytes };
        records = [];
        bytes = 0;
      }
      records.push(document);
      bytes += size;
      if (records.length < call.batchRecords) continue;
      yield { records, position: path, bytes };
      records = [];
      bytes = 0;
    }
  }
  if (records.length > 0 && position !== undefined) yield { records, position, bytes };
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
