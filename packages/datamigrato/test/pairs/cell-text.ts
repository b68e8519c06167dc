import { inspect } from 'node:util';
import type { Client } from 'cassandra-driver';

/** A cell as the plain driver gives it, as a text that shows every difference: bytes, signs of zeros, kinds. */
function cellText(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'string') return JSON.stringify(value);
  if (Buffer.isBuffer(value)) return `0x${value.toString('hex')}`;
  if (value instanceof Date) return `date ${value.getTime()}`;
  if (Array.isArray(value) || ArrayBuffer.isView(value))
    return `[${Array.from(value as ArrayLike<unknown>, cellText).join(', ')}]`;
  if (value instanceof Set) return `{${Array.from(value, cellText).join(', ')}}`;
  if (value instanceof Map)
    return `{${Array.from(value, ([key, inner]) => `${cellText(key)}: ${cellText(inner)}`).join(', ')}}`;
  if (typeof value !== 'object') return inspect(value);
  if (Object.getPrototypeOf(value) === Object.prototype)
    return `{${Object.entries(value)
      .map(([name, inner]) => `${name}: ${cellText(inner)}`)
      .sort()
      .join(', ')}}`;
  if ('elements' in value) return `(${Array.from(value.elements as ArrayLike<unknown>, cellText).join(', ')})`;
  return inspect(value, { depth: 10 });
}

/** Every row of a table, cell by cell, sorted. */
export async function rowTexts(client: Client, keyspace: string, table: string): Promise<readonly string[]> {
  const { rows, columns } = await client.execute(`SELECT * FROM "${keyspace}"."${table}"`, [], { prepare: true });
  const names = columns.map(({ name }) => name).sort();
  return rows.map((row) => names.map((name) => `${name} = ${cellText(row[name])}`).join('\n')).sort();
}

/** The columns of a table with their types and roles, as the server's own catalogue has them. */
export async function columnTexts(client: Client, keyspace: string, table: string): Promise<readonly string[]> {
  const { rows } = await client.execute(
    'SELECT column_name, type, kind, position, clustering_order FROM system_schema.columns WHERE keyspace_name = ? AND table_name = ?',
    [keyspace, table],
    { prepare: true },
  );
  return rows.map((row) => row.values().map(String).join(' | ')).sort();
}
