import { createHash } from 'node:crypto';
import {
  type CallOptions,
  DatamigratoError,
  type EntityPreparation,
  type EntitySchema,
  type Json,
} from '@datamigrato/core';
import { type CqlType, cqlTypeText, udtsInside, wireText } from './cql-type.js';
import { columnNameProblem, entityNameProblem, qualified, quoted, textLiteral } from './identifier.js';
import type { LayoutColumn } from './row.js';
import type { CassandraSession } from './session.js';
import { readTableDefinition, readUdts, type TableDefinition, udtLookup } from './table-definition.js';
import { cqlTypeOf, isTypeProblem } from './value-type.js';

/** How tables are made and written, as far as that decides what can be written. */
export interface TableSettings {
  /** Replication of a keyspace that is to be made; undefined where none is. */
  readonly createKeyspace: Readonly<Record<string, string | number>> | undefined;
  /** The one time of writing of all cells, where there is one. */
  readonly writeTimestamp: bigint | undefined;
}

/** Finds out, by reading alone, what a table for records of a schema needs. */
export async function planTable(
  session: CassandraSession,
  schema: EntitySchema,
  settings: TableSettings,
  call: CallOptions,
): Promise<EntityPreparation> {
  const { createKeyspace } = settings;
  const conflicts: string[] = [];
  const columns = plannedColumns(schema, conflicts);
  const existing = await readTableDefinition(session, schema.entity, call);
  if (existing !== undefined) {
    compareTable(columns, existing, conflicts);
    checkLists(existing.columns, settings, conflicts);
    return { exists: true, statements: [], conflicts, fingerprint: fingerprintOf(existing) };
  }
  checkNames(session.keyspace, schema, conflicts);
  checkKey(columns, conflicts);
  checkLists(columns, settings, conflicts);
  const statements: string[] = [];
  if (createKeyspace !== undefined && !(await keyspaceExists(session, call))) {
    statements.push(
      `CREATE KEYSPACE IF NOT EXISTS ${quoted(session.keyspace)} WITH replication = ${mapLiteral(createKeyspace)}`,
    );
  }
  statements.push(...(await typeStatements(session, columns, conflicts, call)));
  if (columns.length > 0) statements.push(tableStatement(session.keyspace, schema, columns));
  return { exists: false, statements: conflicts.length > 0 ? [] : statements, conflicts, fingerprint: 'absent' };
}

/** Makes the table where it is missing. Throws `DM_CASSANDRA_SCHEMA_CONFLICT` where one is in the way. */
export async function prepareTable(
  session: CassandraSession,
  schema: EntitySchema,
  settings: TableSettings,
  call: CallOptions,
): Promise<void> {
  const { statements, conflicts } = await planTable(session, schema, settings, call);
  if (conflicts.length > 0) {
    throw new DatamigratoError({
      code: 'DM_CASSANDRA_SCHEMA_CONFLICT',
      category: 'endpoint',
      message: `Table ${qualified(session.keyspace, schema.entity)} cannot take the planned records: ${conflicts.join('; ')}`,
      nextStep: 'choose another table name, change the mapping, or alter the table',
    });
  }
  for (const statement of statements) {
    await session.define(statement, call, { doing: `statement ${statement.split('(')[0]?.trim()}` });
  }
}

function plannedColumns(schema: EntitySchema, conflicts: string[]): readonly LayoutColumn[] {
  const named = [
    ...schema.key.map((part) => ({ name: part.name, role: part.role, type: part.type })),
    ...schema.fields.map((field) => ({
      name: field.name,
      role: field.static === true ? ('static' as const) : ('regular' as const),
      type: field.type,
    })),
  ];
  const seen = new Set<string>();
  return named.flatMap(({ name, role, type }) => {
    const nameProblem = seen.has(name) ? `two columns would be named ${JSON.stringify(name)}` : columnNameProblem(name);
    seen.add(name);
    if (nameProblem !== undefined) conflicts.push(nameProblem);
    if (type === undefined) {
      conflicts.push(`the plan gives ${JSON.stringify(name)} no type`);
      return [];
    }
    const found = cqlTypeOf(type, { table: schema.entity, path: [name] });
    if (isTypeProblem(found)) {
      conflicts.push(found.problem);
      return [];
    }
    if (found.name === 'counter')
      conflicts.push(
        `the column ${JSON.stringify(name)} is a counter, which cannot be written twice with the same result`,
      );
    return [{ name, role, type: found }];
  });
}

function checkNames(keyspace: string, schema: EntitySchema, conflicts: string[]): void {
  for (const problem of [entityNameProblem('keyspace', keyspace), entityNameProblem('table', schema.entity)]) {
    if (problem !== undefined) conflicts.push(problem);
  }
}

function checkKey(columns: readonly LayoutColumn[], conflicts: string[]): void {
  if (!columns.some((column) => column.role === 'partition'))
    conflicts.push('the key has no part that places a record (partition key)');
  const clustered = columns.some((column) => column.role === 'clustering');
  for (const { name, role, type } of columns) {
    if (role === 'static' && !clustered)
      conflicts.push(`the column ${JSON.stringify(name)} is static, but the key has no clustering part`);
    if (role !== 'partition' && role !== 'clustering') continue;
    if (type.name === 'duration' || ('frozen' in type && !type.frozen)) {
      conflicts.push(`the key column ${JSON.stringify(name)} is of type ${cqlTypeText(type)}, which no key can be`);
    }
  }
}

/** A list that is not frozen is replaced by removing what is older and adding anew: at one and the same time of writing, elements only add up. */
function checkLists(
  columns: readonly { readonly name: string; readonly type: CqlType }[],
  { writeTimestamp }: TableSettings,
  conflicts: string[],
): void {
  if (writeTimestamp === undefined) return;
  for (const { name, type } of columns) {
    if (type.name === 'list' && !type.frozen)
      conflicts.push(
        `the column ${JSON.stringify(name)} is a list that is not frozen: written again with the same \`writeTimestamp\`, it would hold its elements twice`,
      );
  }
}

function compareTable(columns: readonly LayoutColumn[], existing: TableDefinition, conflicts: string[]): void {
  if (existing.view) conflicts.push('there is a materialized view of this name, which cannot be written');
  if (existing.counter)
    conflicts.push('the table is a counter table, which cannot be written twice with the same result');
  const isKey = (column: { readonly role: string }): boolean =>
    column.role === 'partition' || column.role === 'clustering';
  const keyText = (key: readonly { readonly name: string; readonly role: string }[]): string =>
    key
      .filter(isKey)
      .map((column) => `${quoted(column.name)} (${column.role})`)
      .join(', ');
  const planned = keyText(columns);
  const there = keyText(existing.columns);
  if (planned !== there) conflicts.push(`its key is ${there}, the plan wants ${planned}`);
  const byName = new Map(existing.columns.map((column) => [column.name, column]));
  for (const column of columns) {
    const other = byName.get(column.name);
    if (other === undefined) {
      if (!isKey(column)) conflicts.push(`it has no column ${quoted(column.name)} ${cqlTypeText(column.type)}`);
      continue;
    }
    if (!isKey(column) && other.role !== column.role) {
      conflicts.push(`the column ${quoted(column.name)} is ${other.role}, the plan wants it ${column.role}`);
    } else if (comparable(other.type) !== comparable(column.type)) {
      conflicts.push(
        `the column ${quoted(column.name)} is ${cqlTypeText(other.type)}, the plan wants ${cqlTypeText(column.type)}`,
      );
    }
  }
}

/** Text by which two types can be told to take the same bytes. The server itself refuses what is not ASCII in an `ascii` column. */
function comparable(type: CqlType): string {
  return wireText(type).replaceAll(/\bascii\b(?=[^"]*(?:"[^"]*"[^"]*)*$)/g, 'text');
}

async function typeStatements(
  session: CassandraSession,
  columns: readonly LayoutColumn[],
  conflicts: string[],
  call: CallOptions,
): Promise<readonly string[]> {
  const wanted = new Map<string, CqlType & { readonly name: 'udt' }>();
  for (const udt of columns.flatMap((column) => udtsInside(column.type))) {
    const other = wanted.get(udt.type);
    if (other !== undefined && wireText(other) !== wireText(udt))
      conflicts.push(`two types would be named ${JSON.stringify(udt.type)}`);
    wanted.set(udt.type, udt);
  }
  if (wanted.size === 0) return [];
  const lookup = udtLookup(await readUdts(session, call));
  const statements: string[] = [];
  for (const udt of wanted.values()) {
    const fields = lookup(udt.type);
    if (fields === undefined) {
      const list = udt.fields.map((field) => `${quoted(field.name)} ${cqlTypeText(field.type)}`).join(', ');
      statements.push(`CREATE TYPE IF NOT EXISTS ${qualified(session.keyspace, udt.type)} (${list})`);
    } else if (comparable({ ...udt, fields }) !== comparable(udt)) {
      conflicts.push(
        `the keyspace has a type ${JSON.stringify(udt.type)} with other fields, ${wireText({ ...udt, fields })}`,
      );
    }
  }
  return statements;
}

function tableStatement(keyspace: string, schema: EntitySchema, columns: readonly LayoutColumn[]): string {
  const definitions = columns.map(
    ({ name, role, type }) => `${quoted(name)} ${cqlTypeText(type)}${role === 'static' ? ' static' : ''}`,
  );
  const partition = columns.filter((column) => column.role === 'partition').map((column) => quoted(column.name));
  const clustering = columns.filter((column) => column.role === 'clustering').map((column) => column.name);
  const key = [`(${partition.join(', ')})`, ...clustering.map(quoted)].join(', ');
  const descending = descendingOf(schema);
  const order = clustering.some((name) => descending.has(name))
    ? ` WITH CLUSTERING ORDER BY (${clustering.map((name) => `${quoted(name)} ${descending.has(name) ? 'DESC' : 'ASC'}`).join(', ')})`
    : '';
  return `CREATE TABLE IF NOT EXISTS ${qualified(keyspace, schema.entity)} (${definitions.join(', ')}, PRIMARY KEY (${key}))${order}`;
}

/** Names of the clustering columns in descending order, as `schemaOf` noted them. */
function descendingOf(schema: EntitySchema): ReadonlySet<string> {
  const { native } = schema;
  if (typeof native !== 'object' || native === null || Array.isArray(native)) return new Set();
  const names = (native as { readonly [name: string]: Json })['descending'];
  return new Set(Array.isArray(names) ? names.map(String) : []);
}

async function keyspaceExists(session: CassandraSession, call: CallOptions): Promise<boolean> {
  const rows = await session.rows(
    'SELECT keyspace_name FROM system_schema.keyspaces WHERE keyspace_name = ?',
    [session.keyspace],
    call,
    {
      doing: 'reading of the schema',
    },
  );
  return rows.length > 0;
}

function mapLiteral(entries: Readonly<Record<string, string | number>>): string {
  return `{${Object.entries(entries)
    .map(([name, value]) => `${textLiteral(name)}: ${textLiteral(String(value))}`)
    .join(', ')}}`;
}

function fingerprintOf(definition: TableDefinition): string {
  const columns = definition.columns.map(({ name, role, type, descending }) => [
    name,
    role,
    cqlTypeText(type),
    wireText(type),
    descending,
  ]);
  return createHash('sha256')
    .update(JSON.stringify([columns, definition.counter, definition.view]))
    .digest('hex');
}
