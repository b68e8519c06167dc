import { askedAhead, type ReadOptions, type RecordBatch, type Value } from '@datamigrato/core';
import type { types } from 'cassandra-driver';
import { compileDecode } from './decode-value.js';
import { compileEncode } from './encode-value.js';
import { qualified } from './identifier.js';
import type { ClusteringRange } from './key-selection.js';
import { nativeSize } from './native-size.js';
import { partitionKeyBytes, tokenOf } from './partition-key.js';
import { positionFromJson, positionToJson, type ScanPosition } from './position.js';
import type { CassandraRow, LayoutColumn } from './row.js';
import {
  keyColumnsOf,
  partitionQuery,
  rangeQuery,
  restOfPartition,
  restOfRange,
  type ScanQuery,
  tokenQuery,
} from './scan-query.js';
import { columnExpression, type Selection } from './select.js';
import type { CassandraSession } from './session.js';
import type { TableDefinition } from './table-definition.js';
import type { TokenRange } from './token-range.js';

/** What a scan reads. */
export interface Scan {
  readonly session: CassandraSession;
  readonly definition: TableDefinition;
  readonly selection: Selection;
  readonly extent: ScanExtent;
  /** Most rows asked for at once. */
  readonly fetchSize: number;
}

/** What of a table is read: a part of the ring, or rows of one partition. */
export type ScanExtent =
  | { readonly range: TokenRange }
  | { readonly partition: readonly Buffer[]; readonly clustering: ClusteringRange };

/** Bytes that a page of rows should have: enough to keep the server busy, little enough to hold two of them. */
const pageBytes = 2 * 1024 * 1024;

/** Rows in the first page, while nothing is known of their size. */
const firstFetchSize = 64;

/**
 * Reads a table in the order of tokens, inside a token by partition key, inside a partition by clustering key.
 *
 * After a position, the rest of its partition is read first, then the partitions that share its token, then the rest of the range.
 */
export async function* scanTable(scan: Scan, call: ReadOptions): AsyncGenerator<RecordBatch<CassandraRow>> {
  const keys = keyReader(scan);
  let fetchSize = Math.min(firstFetchSize, scan.fetchSize);
  for await (const query of queriesOf(scan, keys, call)) {
    let ahead: Promise<types.ResultSet> | undefined = fetchPage(scan, query, fetchSize, undefined, call);
    try {
      while (ahead !== undefined) {
        const page: types.ResultSet = await ahead;
        const rows = rowsOf(page, scan.selection);
        const sizes = rows.map(rowSize);
        const mean = sizes.reduce((sum, size) => sum + size, 0) / Math.max(1, rows.length);
        if (rows.length > 0) {
          const fitting = Math.floor(pageBytes / Math.max(1, mean));
          fetchSize = Math.max(1, Math.min(scan.fetchSize, fitting, fetchSize * 16));
        }
        const { pageState } = page;
        ahead = pageState === null ? undefined : askedAhead(fetchPage(scan, query, fetchSize, pageState, call));
        yield* batchesOf(rows, sizes, keys, call);
      }
    } finally {
      // Whoever leaves in between leaves nothing under way.
      await Promise.allSettled([ahead]);
    }
  }
}

function fetchPage(
  scan: Scan,
  query: ScanQuery,
  fetchSize: number,
  pageState: string | undefined,
  call: ReadOptions,
): Promise<types.ResultSet> {
  const { session, selection, definition } = scan;
  return session.execute(
    `${selection.text} ${query.condition}`,
    query.parameters,
    call,
    { doing: `reading of table ${qualified(definition.keyspace, definition.table)}` },
    { fetchSize, pageState },
  );
}

function rowsOf(page: types.ResultSet, selection: Selection): readonly CassandraRow[] {
  const { layout, names } = selection;
  const width = names.length;
  const source = page.rows;
  const rows = new Array<CassandraRow>(source.length);
  for (let index = 0; index < source.length; index += 1) {
    const row = source[index] as types.Row;
    const values = new Array<unknown>(width);
    for (let column = 0; column < width; column += 1) values[column] = row[names[column] as string];
    rows[index] = { layout, values };
  }
  return rows;
}

function rowSize(row: CassandraRow): number {
  let bytes = 32;
  for (const value of row.values) bytes += nativeSize(value);
  return bytes;
}

function* batchesOf(
  rows: readonly CassandraRow[],
  sizes: readonly number[],
  keys: KeyReader,
  call: ReadOptions,
): Generator<RecordBatch<CassandraRow>> {
  let start = 0;
  let bytes = 0;
  for (let index = 0; index < rows.length; index += 1) {
    const size = sizes[index] as number;
    if (index > start && (index - start >= call.batchRecords || bytes + size > call.batchBytes)) {
      yield batch(rows, start, index, bytes, keys);
      start = index;
      bytes = 0;
    }
    bytes += size;
  }
  if (rows.length > start) yield batch(rows, start, rows.length, bytes, keys);
}

function batch(
  rows: readonly CassandraRow[],
  start: number,
  end: number,
  bytes: number,
  keys: KeyReader,
): RecordBatch<CassandraRow> {
  const records = start === 0 && end === rows.length ? rows : rows.slice(start, end);
  return { records, bytes, position: positionToJson(keys.positionOf(rows[end - 1] as CassandraRow)) };
}

async function* queriesOf(scan: Scan, keys: KeyReader, call: ReadOptions): AsyncGenerator<ScanQuery> {
  const { definition, extent } = scan;
  const key = keyColumnsOf(definition);
  const counts = { partition: key.partition.length, clustering: key.clustering.length };
  const position = call.after === undefined ? undefined : positionFromJson(call.after, counts);
  if ('partition' in extent) {
    const { partition, clustering } = extent;
    if (position === undefined) yield partitionQuery(key, partition, clustering);
    else yield* restOfPartition(key, position, clustering);
    return;
  }
  const { range } = extent;
  if (position === undefined) {
    yield rangeQuery(key, range);
    return;
  }
  yield* restOfPartition(key, position);
  for (const sibling of await siblingsAfter(scan, keys, position, call)) yield partitionQuery(key, sibling);
  const rest = restOfRange(range, position.token);
  if (rest !== undefined) yield rangeQuery(key, rest);
}

/** The partitions that have the token of a position and come after it: the server orders them by the bytes of their keys. */
async function siblingsAfter(
  scan: Scan,
  keys: KeyReader,
  position: ScanPosition,
  call: ReadOptions,
): Promise<readonly (readonly Buffer[])[]> {
  const { session, definition } = scan;
  const key = keyColumnsOf(definition);
  const query = tokenQuery(key, position.token);
  const table = qualified(definition.keyspace, definition.table);
  const expressionOf = columnExpression(session);
  const names = definition.columns
    .filter(({ role }) => role === 'partition')
    .map((column, index) => `${expressionOf(column)} AS c${index}`);
  const rows = await session.rows(
    `SELECT DISTINCT ${names.join(', ')} FROM ${table} ${query.condition}`,
    query.parameters,
    call,
    { doing: `reading of table ${table}` },
    session.readConsistency,
  );
  const here = partitionKeyBytes(position.partition);
  return rows
    .map((row) => keys.partitionOf(key.partition.map((_, index) => row[`c${index}`] as unknown)))
    .map((parts) => ({ parts, bytes: partitionKeyBytes(parts) }))
    .filter(({ bytes }) => Buffer.compare(bytes, here) > 0)
    .sort((left, right) => Buffer.compare(left.bytes, right.bytes))
    .map(({ parts }) => parts);
}

/** Finds the key of a row again, as bytes. */
interface KeyReader {
  positionOf(row: CassandraRow): ScanPosition;
  partitionOf(natives: readonly unknown[]): readonly Buffer[];
}

function keyReader(scan: Scan): KeyReader {
  const { columns } = scan.selection.layout;
  const columnsOfRole = (role: LayoutColumn['role']): readonly KeyPart[] =>
    columns.flatMap((column, index) => {
      if (column.role !== role) return [];
      const decode = compileDecode(column.type, column.name);
      const encode = compileEncode(column.type, column.name);
      return [{ index, toBytes: (native: unknown) => encode(decode(native) as Value) }];
    });
  const partition = columnsOfRole('partition');
  const clustering = columnsOfRole('clustering');
  return {
    positionOf(row) {
      const parts = partition.map((part) => part.toBytes(row.values[part.index]));
      const staticOnly = clustering.some((part) => (row.values[part.index] ?? null) === null);
      return {
        token: tokenOf(scan.session.client, partitionKeyBytes(parts)),
        partition: parts,
        clustering: staticOnly ? null : clustering.map((part) => part.toBytes(row.values[part.index])),
      };
    },
    partitionOf: (natives) => natives.map((native, index) => (partition[index] as KeyPart).toBytes(native)),
  };
}

interface KeyPart {
  readonly index: number;
  readonly toBytes: (native: unknown) => Buffer;
}
