import type { FieldSchema } from '@datamigrato/core';
import { qualified, quoted } from './identifier.js';
import type { LayoutColumn, RowLayout } from './row.js';
import type { CassandraSession } from './session.js';
import type { ColumnDefinition, TableDefinition } from './table-definition.js';

/** Which facts about cells are read beside their values. */
export interface CellFacts {
  readonly ttl: boolean;
  readonly writetime: boolean;
}

/** How rows of a table are selected and what they then hold. */
export interface Selection {
  readonly layout: RowLayout;
  /** `SELECT … FROM …`, still without a condition. */
  readonly text: string;
  /** The driver's name for each column of the layout. */
  readonly names: readonly string[];
}

/**
 * The selection of all columns.
 *
 * Columns are renamed `c0`, `c1` and so on: the driver makes properties of their names, and loses a column named `__proto__`.
 * A timestamp is selected as its bytes, since the driver makes a JavaScript date of it, which cannot hold every timestamp.
 */
export function selectionOf(session: CassandraSession, definition: TableDefinition, facts: CellFacts): Selection {
  const expressionOf = columnExpression(session);
  const columns: LayoutColumn[] = [];
  const items: string[] = [];
  const add = (column: LayoutColumn, expression: string): void => {
    items.push(`${expression} AS c${columns.length}`);
    columns.push(column);
  };
  for (const { name, role, type } of definition.columns) {
    add({ name, role, type }, expressionOf({ name, type }));
  }
  for (const { name, of, fact } of factColumns(definition, facts)) {
    add({ name, role: 'regular', type: { name: fact === 'ttl' ? 'int' : 'bigint' } }, `${fact}(${quoted(of)})`);
  }
  return {
    layout: { columns },
    text: `SELECT ${items.join(', ')} FROM ${qualified(definition.keyspace, definition.table)}`,
    names: columns.map((_, index) => `c${index}`),
  };
}

/** How a column is selected so that nothing of it is lost: a timestamp as its bytes. */
export function columnExpression(session: CassandraSession): (column: Pick<LayoutColumn, 'name' | 'type'>) => string {
  const timestampBytes = timestampFunction(session);
  return ({ name, type }) => (type.name === 'timestamp' ? `${timestampBytes}(${quoted(name)})` : quoted(name));
}

/** The fields that the facts about cells become: `_ttl_x` (seconds left) and `_writetime_x` (microseconds since 1970) for a column `x`. */
export function factFields(definition: TableDefinition, facts: CellFacts): readonly FieldSchema[] {
  return factColumns(definition, facts).map(({ name, fact }) => ({
    name,
    type: fact === 'ttl' ? { kind: 'int32', native: 'int' } : { kind: 'int64', native: 'bigint' },
  }));
}

function factColumns(
  definition: TableDefinition,
  facts: CellFacts,
): readonly { readonly name: string; readonly of: string; readonly fact: 'ttl' | 'writetime' }[] {
  if (definition.counter) return [];
  const kinds = [...(facts.ttl ? (['ttl'] as const) : []), ...(facts.writetime ? (['writetime'] as const) : [])];
  return definition.columns
    .filter(hasOneCell)
    .flatMap((column) => kinds.map((fact) => ({ name: `_${fact}_${column.name}`, of: column.name, fact })));
}

/** Whether a column is stored as one cell, with one time to live and one time of writing. */
export function hasOneCell(column: ColumnDefinition): boolean {
  if (column.role === 'partition' || column.role === 'clustering') return false;
  return !('frozen' in column.type) || column.type.frozen;
}

/** Cassandra 5 renamed its functions; before, only the other name is known. */
function timestampFunction(session: CassandraSession): string {
  const oldest = Math.min(...session.client.hosts.values().map((host) => host.getCassandraVersion()[0] ?? 0));
  return oldest >= 5 ? 'timestamp_as_blob' : 'timestampAsBlob';
}
