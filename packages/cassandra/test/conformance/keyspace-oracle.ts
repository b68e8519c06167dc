import type { Oracle } from '@datamigrato/connector-testkit';
import {
  BinaryValue,
  type DataRecord,
  documentEntries,
  documentFrom,
  type EntitySchema,
  type Value,
  type ValueKind,
  type ValueType,
} from '@datamigrato/core';
import { type Client, concurrent, type types } from 'cassandra-driver';
import { cqlLiteral } from './cql-literal.js';
import { selected, valueOfDriver } from './driver-row.js';

const scalars: Partial<Readonly<Record<ValueKind, string>>> = {
  boolean: 'boolean',
  int8: 'tinyint',
  int16: 'smallint',
  int32: 'int',
  int64: 'bigint',
  varint: 'varint',
  float32: 'float',
  double: 'double',
  decimal: 'decimal',
  string: 'text',
  binary: 'blob',
  instant: 'timestamp',
  localDate: 'date',
  localTime: 'time',
  duration: 'duration',
  uuid: 'uuid',
  timeuuid: 'timeuuid',
  inet: 'inet',
};

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** Tables by plain CQL text, through the plain driver. */
export function keyspaceOracle(client: Client, keyspace: string): Oracle {
  const tableOf = ({ entity }: EntitySchema): string => `${quoted(keyspace)}.${quoted(entity)}`;
  const exists = async ({ entity }: EntitySchema): Promise<boolean> => {
    const query = 'SELECT table_name FROM system_schema.tables WHERE keyspace_name = ? AND table_name = ?';
    return (await client.execute(query, [keyspace, entity], { prepare: true })).rowLength > 0;
  };
  return {
    async seed(schema, records) {
      if (!(await exists(schema))) await createTable(client, keyspace, schema);
      const statements = records.map((record) => ({
        query: `INSERT INTO ${tableOf(schema)} ${insertion(schema, record)}`,
        params: [],
      }));
      if (statements.length > 0) await concurrent.executeConcurrent(client, statements, { concurrencyLevel: 32 });
    },
    async read(schema) {
      if (!(await exists(schema))) return [];
      const columns = columnsOf(schema);
      const list = columns.map(([name, type]) => selected(name, type)).join(', ');
      const records: DataRecord[] = [];
      const query = `SELECT ${list} FROM ${tableOf(schema)}`;
      let pageState: string | undefined;
      do {
        const page: types.ResultSet = await client.execute(query, [], {
          prepare: true,
          ...(pageState && { pageState }),
        });
        for (const row of page.rows) records.push(recordOf(schema, columns, row.values()));
        pageState = page.pageState ?? undefined;
      } while (pageState !== undefined);
      return records;
    },
    async count(schema) {
      if (!(await exists(schema))) return undefined;
      const row = (await client.execute(`SELECT count(*) AS n FROM ${tableOf(schema)}`)).first();
      return Number(row['n']);
    },
    // A partition key of no bytes is none.
    takesKey: ([key]) => key !== '' && !(key instanceof BinaryValue && key.bytes.byteLength === 0),
  };
}

function columnsOf(schema: EntitySchema): readonly (readonly [string, ValueType])[] {
  return [...schema.key, ...schema.fields].map(({ name, type }) => {
    if (type === undefined) throw new TypeError(`no type for the column ${name}`);
    return [name, type] as const;
  });
}

function recordOf(
  schema: EntitySchema,
  columns: readonly (readonly [string, ValueType])[],
  values: readonly unknown[],
): DataRecord {
  const decoded = columns.map(([name, type], index): readonly [string, Value | undefined] => {
    const value = values[index];
    return [name, value === null || value === undefined ? undefined : valueOfDriver(value, type)];
  });
  const fields = decoded
    .slice(schema.key.length)
    .filter((entry): entry is readonly [string, Value] => entry[1] !== undefined);
  return { key: decoded.slice(0, schema.key.length).map(([, value]) => value ?? null), fields: documentFrom(fields) };
}

function insertion(schema: EntitySchema, record: DataRecord): string {
  const entries = [
    ...schema.key.map(({ name }, index) => [name, record.key[index] ?? null] as const),
    ...documentEntries(record.fields),
  ];
  return `(${entries.map(([name]) => quoted(name)).join(', ')}) VALUES (${entries.map(([, value]) => cqlLiteral(value)).join(', ')})`;
}

async function createTable(client: Client, keyspace: string, schema: EntitySchema): Promise<void> {
  const columns: string[] = [];
  for (const [name, type] of columnsOf(schema)) {
    if (type.kind === 'document') {
      const fields = (type.fields ?? []).map((field) => `${quoted(field.name)} ${cqlType(field.type)}`);
      await client.execute(`CREATE TYPE ${quoted(keyspace)}.${quoted(`${schema.entity}_t`)} (${fields.join(', ')})`);
      columns.push(`${quoted(name)} frozen<${quoted(keyspace)}.${quoted(`${schema.entity}_t`)}>`);
    } else columns.push(`${quoted(name)} ${cqlType(type)}`);
  }
  const [partition, ...clustering] = schema.key.map(({ name }) => quoted(name));
  const key = [`(${partition})`, ...clustering].join(', ');
  await client.execute(
    `CREATE TABLE ${quoted(keyspace)}.${quoted(schema.entity)} (${columns.join(', ')}, PRIMARY KEY (${key}))`,
  );
}

function cqlType(type: ValueType): string {
  const inner = (part: ValueType | undefined): string => (part === undefined ? 'text' : cqlType(part));
  switch (type.kind) {
    case 'array':
      return `frozen<list<${inner(type.element)}>>`;
    case 'set':
      return `frozen<set<${inner(type.element)}>>`;
    case 'map':
      return `frozen<map<${inner(type.key)}, ${inner(type.value)}>>`;
    case 'tuple':
      return `frozen<tuple<${(type.elements ?? []).map(cqlType).join(', ')}>>`;
    case 'vector':
      return `vector<float, ${type.dimensions}>`;
    default: {
      const scalar = scalars[type.kind];
      if (scalar === undefined) throw new TypeError(`no CQL type for the kind ${type.kind}`);
      return scalar;
    }
  }
}
