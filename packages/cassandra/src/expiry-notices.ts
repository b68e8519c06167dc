import type { CallOptions } from '@datamigrato/core';
import { qualified, quoted } from './identifier.js';
import { hasOneCell } from './select.js';
import type { CassandraSession } from './session.js';
import type { TableDefinition } from './table-definition.js';

/** Most rows that are looked at for a time to live of their own. */
const mostRows = 100;

const remedy =
  'what is copied stays unless the target lets it expire: `readTtl` carries the seconds left along as fields, `timeToLive` of a Cassandra target gives every row one time';

/**
 * What to say of a table whose rows expire: by the table's default, or because some of its first rows, at most `sampleSize` and 100, were written with a time to live.
 *
 * Nothing is said of rows with one that lie further behind.
 */
export async function expiryNotices(
  session: CassandraSession,
  definition: TableDefinition,
  call: CallOptions & { readonly sampleSize: number },
): Promise<readonly string[]> {
  if (definition.timeToLive > 0)
    return [`its rows expire, by default ${definition.timeToLive} s after they are written; ${remedy}`];
  const columns = definition.columns.filter(hasOneCell);
  const rows = Math.min(call.sampleSize, mostRows);
  if (rows === 0 || columns.length === 0 || definition.counter) return [];
  const times = columns.map(({ name }, index) => `ttl(${quoted(name)}) AS t${index}`);
  const sample = await session.rows(
    `SELECT ${times.join(', ')} FROM ${qualified(definition.keyspace, definition.table)} LIMIT ${rows}`,
    [],
    call,
    { doing: 'sampling of times to live' },
  );
  const expiring = sample.filter((row) => columns.some((_, index) => typeof row[`t${index}`] === 'number')).length;
  if (expiring === 0) return [];
  return [`of its first ${sample.length} rows, ${expiring} were written with a time to live; ${remedy}`];
}
