import { types } from 'cassandra-driver';
import type { Cell, Column, ColumnType, DataSet, Row } from '../data/data-set.js';

const cqlTypes: Readonly<Record<ColumnType, string>> = {
  text: 'text',
  int: 'int',
  bigint: 'bigint',
  double: 'double',
  boolean: 'boolean',
  timestamp: 'timestamp',
  uuid: 'uuid',
  binary: 'blob',
  decimal: 'decimal',
  texts: 'list<text>',
  json: 'text',
};

/** A column's name as CQL takes it, whatever is in it. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** The statement that makes a table for a data set. */
export function createTable(table: string, dataSet: DataSet): string {
  const columns = dataSet.columns.map((column) => `${quoted(column.name)} ${cqlTypes[column.type]}`);
  return `CREATE TABLE IF NOT EXISTS ${quoted(table)} (${columns.join(', ')}, PRIMARY KEY (${quoted(keyOf(dataSet))}))`;
}

/** The statement that writes one row, with a parameter for each column in order. */
export function insertRow(table: string, dataSet: DataSet): string {
  const names = dataSet.columns.map((column) => quoted(column.name));
  return `INSERT INTO ${quoted(table)} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`;
}

/** The name of the key column. */
export function keyOf(dataSet: DataSet): string {
  return (dataSet.columns[0] as Column).name;
}

/** The parameters of `insertRow` for a record of benchmark data. */
export function cassandraParameters(dataSet: DataSet, row: Row): unknown[] {
  return dataSet.columns.map((column, index) => cassandraValue(column.type, row[index]));
}

function cassandraValue(type: ColumnType, cell: Cell): unknown {
  if (cell === null) return types.unset;
  switch (type) {
    case 'timestamp':
      return new Date(cell as number);
    case 'uuid':
      return new types.Uuid(cell as Buffer);
    case 'decimal':
      return types.BigDecimal.fromString(cell as string);
    case 'json':
      return JSON.stringify(cell);
    default:
      return cell;
  }
}
