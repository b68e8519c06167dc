import { DatamigratoError, type EntitySchema } from '@datamigrato/core';
import type { CqlType } from './cql-type.js';
import { cqlTypeOf, isTypeProblem } from './value-type.js';

/** Which columns the values of a row belong to, shared by all rows of one origin. */
export interface RowLayout {
  readonly columns: readonly LayoutColumn[];
}

/** One column of a layout. */
export interface LayoutColumn {
  readonly name: string;
  readonly role: 'partition' | 'clustering' | 'static' | 'regular';
  readonly type: CqlType;
}

/**
 * A row as the driver has it: one value per column of its layout.
 *
 * - Read: what the driver decoded, null for an empty cell. A `timestamp` column comes as its 8 bytes, since a JavaScript date holds a part of its range only.
 * - To be written: the cell's bytes, null to remove what is there, or the driver's `unset` to leave it alone.
 */
export interface CassandraRow {
  readonly layout: RowLayout;
  readonly values: readonly unknown[];
}

/**
 * The columns that records of a schema have in a table: the key's, then the fields in the schema's order.
 *
 * @throws DatamigratoError `DM_CASSANDRA_SCHEMA_CONFLICT` where a field has no CQL type.
 */
export function columnsOf(schema: EntitySchema): readonly LayoutColumn[] {
  const typeOf = (name: string, type: EntitySchema['key'][number]['type']): CqlType => {
    const found =
      type === undefined
        ? { problem: `the plan gives ${JSON.stringify(name)} no type` }
        : cqlTypeOf(type, { table: schema.entity, path: [name] });
    if (!isTypeProblem(found)) return found;
    throw new DatamigratoError({
      code: 'DM_CASSANDRA_SCHEMA_CONFLICT',
      category: 'endpoint',
      message: `Table ${JSON.stringify(schema.entity)} cannot be made: ${found.problem}`,
      nextStep: 'change the mapping of this field',
      context: { column: name },
    });
  };
  return [
    ...schema.key.map((part) => ({ name: part.name, role: part.role, type: typeOf(part.name, part.type) })),
    ...schema.fields.map((field) => ({
      name: field.name,
      role: field.static === true ? ('static' as const) : ('regular' as const),
      type: typeOf(field.name, field.type),
    })),
  ];
}
