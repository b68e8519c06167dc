/**
 * What a column of benchmark data holds, in words of no store.
 *
 * - `text`, `int` (32 bits), `double`, `boolean`: the JavaScript value.
 * - `bigint`: a 64-bit integer.
 * - `timestamp`: milliseconds since 1970.
 * - `uuid`, `binary`: bytes.
 * - `decimal`: its text.
 * - `texts`: an array of strings.
 * - `json`: any JSON value, which a table keeps as text.
 */
export type ColumnType =
  | 'text'
  | 'int'
  | 'bigint'
  | 'double'
  | 'boolean'
  | 'timestamp'
  | 'uuid'
  | 'binary'
  | 'decimal'
  | 'texts'
  | 'json';

/** One column of a data set. */
export interface Column {
  readonly name: string;
  readonly type: ColumnType;
}

/** A value of a column as its type says, or null. */
export type Cell = unknown;

/** A record's cells, in the order of the columns; the first is its key. */
export type Row = readonly Cell[];

/** Records to measure with: the same ones in every process and every run. */
export interface DataSet {
  readonly name: string;
  /** What the records are, for the head of a table. */
  readonly description: string;
  /** The first column is the key: a text that no two records share. */
  readonly columns: readonly Column[];
  /** How many records there are, or null where any number can be made. */
  readonly size: number | null;
  /** The record with this index, from 0. */
  row(index: number): Row;
}

/** How many records a data set can give of those that are asked for. */
export function availableRecords(dataSet: DataSet, wanted: number): number {
  return dataSet.size === null ? wanted : Math.min(dataSet.size, wanted);
}

/** Bytes of a record, roughly, as the JSON of the first one tells. */
export function approximateBytes(dataSet: DataSet): number {
  return JSON.stringify(dataSet.row(0), (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))
    .length;
}

/** Records of one page or request: `most`, or as many as make about `bytes` where records are large. */
export function recordsPerPage(dataSet: DataSet, most: number, bytes: number = 8 * 1024 * 1024): number {
  return Math.max(1, Math.min(most, Math.floor(bytes / approximateBytes(dataSet))));
}
