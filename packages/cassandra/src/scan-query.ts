import { quoted } from './identifier.js';
import { type ClusteringRange, sideOf, wholePartition } from './key-selection.js';
import type { ScanPosition } from './position.js';
import type { TableDefinition } from './table-definition.js';
import { maximumToken, type TokenRange } from './token-range.js';

/** One statement of a scan: what follows the selection, and its values as bytes. */
export interface ScanQuery {
  readonly condition: string;
  readonly parameters: readonly Buffer[];
}

/** The columns of a table's key, and the statements that they make. */
export interface KeyColumns {
  readonly partition: readonly string[];
  readonly clustering: readonly { readonly name: string; readonly descending: boolean }[];
}

/** The key's columns of a table. */
export function keyColumnsOf(definition: TableDefinition): KeyColumns {
  return {
    partition: definition.columns.filter((column) => column.role === 'partition').map((column) => column.name),
    clustering: definition.columns
      .filter((column) => column.role === 'clustering')
      .map(({ name, descending }) => ({ name, descending })),
  };
}

/** All rows of a range of tokens. */
export function rangeQuery(key: KeyColumns, range: TokenRange): ScanQuery {
  const token = tokenCall(key);
  return {
    condition: `WHERE ${token} > ? AND ${token} <= ?`,
    parameters: [tokenBytes(range.after), tokenBytes(range.upTo)],
  };
}

/** All rows of one token. Several partitions may share it. */
export function tokenQuery(key: KeyColumns, token: bigint): ScanQuery {
  const call = tokenCall(key);
  return { condition: `WHERE ${call} >= ? AND ${call} <= ?`, parameters: [tokenBytes(token), tokenBytes(token)] };
}

/** The rows of one partition, or those in a range of clustering keys. */
export function partitionQuery(
  key: KeyColumns,
  partition: readonly Buffer[],
  { equal, bounds }: ClusteringRange = wholePartition,
): ScanQuery {
  const column = (index: number): string => quoted(key.clustering[index]?.name ?? '');
  const conditions = [
    ...key.partition.map((name) => `${quoted(name)} = ?`),
    ...equal.map((_, index) => `${column(index)} = ?`),
    ...bounds.map(({ operator }) => `${column(equal.length)} ${operator} ?`),
  ];
  return {
    condition: `WHERE ${conditions.join(' AND ')}`,
    parameters: [...partition, ...equal, ...bounds.map(({ bytes }) => bytes)],
  };
}

/**
 * The rows of a partition, or of a range in it, after a clustering key, in order, as one statement for each clustering column: first those that share all but the last column, then all but the last two.
 *
 * This holds for any mix of ascending and descending columns, which one comparison of tuples does not.
 */
export function restOfPartition(
  key: KeyColumns,
  position: ScanPosition,
  range: ClusteringRange = wholePartition,
): readonly ScanQuery[] {
  const { clustering, partition } = position;
  if (clustering === null) return [];
  const queries: ScanQuery[] = [];
  // The columns that the range holds to one value have it in the position, too.
  for (let depth = key.clustering.length; depth > range.equal.length; depth -= 1) {
    const equal = clustering.slice(0, depth - 1);
    const bytes = clustering[depth - 1] as Buffer;
    const operator = key.clustering[depth - 1]?.descending ? '<' : '>';
    // The position stands in the place of the bound that the rows were read from.
    const ends = range.bounds.filter((bound) => sideOf(bound.operator) !== sideOf(operator));
    const bounds = [{ operator, bytes } as const, ...(equal.length === range.equal.length ? ends : [])];
    queries.push(partitionQuery(key, partition, { equal, bounds }));
  }
  return queries;
}

/** What is left of a range above a token, or undefined where nothing is. */
export function restOfRange(range: TokenRange, token: bigint): TokenRange | undefined {
  const after = token > range.after ? token : range.after;
  return after < range.upTo && after < maximumToken ? { after, upTo: range.upTo } : undefined;
}

function tokenCall(key: KeyColumns): string {
  return `token(${key.partition.map(quoted).join(', ')})`;
}

function tokenBytes(token: bigint): Buffer {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeBigInt64BE(token);
  return bytes;
}
