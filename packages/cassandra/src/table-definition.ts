import type { CallOptions, EntityName, EntitySchema, FieldSchema, KeyField, ValueType } from '@datamigrato/core';
import { type CqlType, parseCqlType, type UdtField } from './cql-type.js';
import { entityMissing } from './errors.js';
import type { CassandraSession } from './session.js';
import { valueTypeOf } from './value-type.js';

/** A table or materialized view as the server declares it. */
export interface TableDefinition {
  readonly keyspace: string;
  readonly table: string;
  /** Partition key, clustering key, then the other columns by name. */
  readonly columns: readonly ColumnDefinition[];
  readonly counter: boolean;
  readonly view: boolean;
  /** Seconds after which what is written goes away if nothing else is said; 0 where it stays. */
  readonly timeToLive: number;
}

/** A column of a table. */
export interface ColumnDefinition {
  readonly name: string;
  readonly role: 'partition' | 'clustering' | 'static' | 'regular';
  readonly type: CqlType;
  readonly descending: boolean;
}

const reading = { doing: 'reading of the schema' };

/** The table's definition, or undefined where the keyspace has no such table or view. */
export async function readTableDefinition(
  session: CassandraSession,
  table: string,
  call: CallOptions,
): Promise<TableDefinition | undefined> {
  const parameters = [session.keyspace, table];
  const [tables, views, columns] = await Promise.all([
    session.rows(
      'SELECT flags, default_time_to_live FROM system_schema.tables WHERE keyspace_name = ? AND table_name = ?',
      parameters,
      call,
      reading,
    ),
    session.rows(
      'SELECT default_time_to_live FROM system_schema.views WHERE keyspace_name = ? AND view_name = ?',
      parameters,
      call,
      reading,
    ),
    session.rows(
      'SELECT column_name, kind, position, clustering_order, type FROM system_schema.columns WHERE keyspace_name = ? AND table_name = ?',
      parameters,
      call,
      reading,
    ),
  ]);
  if (tables.length === 0 && views.length === 0) return undefined;
  const udts = columns.length === 0 ? new Map() : await readUdts(session, call);
  const lookup = udtLookup(udts);
  const sorted = columns
    .map((row) => ({
      row,
      rank: roleRank.get(String(row['kind'])) ?? roleRank.size,
      position: Number(row['position']),
    }))
    .sort(
      (left, right) =>
        left.rank - right.rank ||
        left.position - right.position ||
        (String(left.row['column_name']) < String(right.row['column_name']) ? -1 : 1),
    );
  return {
    keyspace: session.keyspace,
    table,
    columns: sorted.map(({ row }) => ({
      name: String(row['column_name']),
      role: roleOf(String(row['kind'])),
      type: parseCqlType(String(row['type']), lookup),
      descending: row['clustering_order'] === 'desc',
    })),
    counter: textSet(tables[0]?.['flags']).includes('counter'),
    view: views.length > 0,
    timeToLive: Number((tables[0] ?? views[0])?.['default_time_to_live'] ?? 0),
  };
}

/** The table's definition. Throws `DM_ENTITY_MISSING` where the keyspace has no such table or view. */
export async function requireTable(
  session: CassandraSession,
  entity: EntityName,
  call: CallOptions,
): Promise<TableDefinition> {
  const definition = await readTableDefinition(session, entity, call);
  if (definition === undefined) throw entityMissing(session.keyspace, entity);
  return definition;
}

const roleRank: ReadonlyMap<string, number> = new Map([
  ['partition_key', 0],
  ['clustering', 1],
  ['static', 2],
  ['regular', 2],
]);

function roleOf(kind: string): ColumnDefinition['role'] {
  if (kind === 'partition_key') return 'partition';
  return kind === 'clustering' || kind === 'static' ? kind : 'regular';
}

/** The texts of a set column, in whichever form the driver was told to hand sets out. */
export function textSet(value: unknown): readonly string[] {
  if (Array.isArray(value) || value instanceof Set) return [...value].map(String);
  return [];
}

/** The user-defined types of the keyspace as the server has them: texts of fields' types by field, in order. */
export async function readUdts(
  session: CassandraSession,
  call: CallOptions,
): Promise<ReadonlyMap<string, readonly (readonly [string, string])[]>> {
  const rows = await session.rows(
    'SELECT type_name, field_names, field_types FROM system_schema.types WHERE keyspace_name = ?',
    [session.keyspace],
    call,
    reading,
  );
  return new Map(
    rows.map((row) => {
      const types = textSet(row['field_types']);
      return [
        String(row['type_name']),
        textSet(row['field_names']).map((name, index) => [name, types[index] ?? ''] as const),
      ];
    }),
  );
}

/** Finds the fields of user-defined types, which may use one another. */
export function udtLookup(
  udts: ReadonlyMap<string, readonly (readonly [string, string])[]>,
): (name: string) => readonly UdtField[] | undefined {
  const parsed = new Map<string, readonly UdtField[]>();
  const lookup = (name: string): readonly UdtField[] | undefined => {
    const known = parsed.get(name);
    if (known !== undefined) return known;
    const fields = udts.get(name)?.map(([field, type]) => ({ name: field, type: parseCqlType(type, lookup) }));
    if (fields !== undefined) parsed.set(name, fields);
    return fields;
  };
  return lookup;
}

/** The schema of a table's records. */
export function schemaOf(definition: TableDefinition, entity: EntityName, extra: readonly FieldSchema[]): EntitySchema {
  const key: KeyField[] = [];
  const fields: FieldSchema[] = [];
  for (const column of definition.columns) {
    const type: ValueType = valueTypeOf(column.type);
    if (column.role === 'partition' || column.role === 'clustering')
      key.push({ name: column.name, role: column.role, type });
    else fields.push({ name: column.name, type, ...(column.role === 'static' ? { static: true } : {}) });
  }
  return {
    entity,
    key,
    fields: [...fields, ...extra],
    origin: 'declared',
    native: {
      descending: definition.columns.filter((column) => column.descending).map((column) => column.name),
      ...(definition.counter ? { counter: true } : {}),
    },
  };
}
