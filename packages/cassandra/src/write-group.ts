import { rowBytes } from './codec.js';
import { partitionKeyBytes } from './partition-key.js';
import type { CassandraRow } from './row.js';
import type { CassandraSession } from './session.js';

/** Most rows and bytes of a batch. A server's default is to fail at 50 KiB. */
export const batchLimits = { rows: 30, bytes: 40 * 1024 } as const;

/** Cuts rows into groups by index: rows that one node can store itself, few enough for one unlogged batch. */
export function groupForBatches(
  session: CassandraSession,
  rows: readonly CassandraRow[],
): readonly (readonly number[])[] {
  const groups: number[][] = [];
  const open = new Map<string, { readonly group: number[]; bytes: number }>();
  const placeOf = placement(session, rows);
  for (const [index, row] of rows.entries()) {
    const place = placeOf(row);
    const bytes = rowBytes(row);
    const current = open.get(place);
    if (
      current !== undefined &&
      current.group.length < batchLimits.rows &&
      current.bytes + bytes <= batchLimits.bytes
    ) {
      current.group.push(index);
      current.bytes += bytes;
    } else {
      const group = [index];
      groups.push(group);
      open.set(place, { group, bytes });
    }
  }
  return groups;
}

/** Tells rows apart that different nodes store: by their first replica, or where that is not known by their partition. */
function placement(session: CassandraSession, rows: readonly CassandraRow[]): (row: CassandraRow) => string {
  const [first] = rows;
  if (first === undefined) return () => '';
  const { client, keyspace } = session;
  const replicas = client.metadata.getReplicas(keyspace, partitionOf(first)) ?? [];
  // Every node stores every row: none of them would have to pass a row on.
  if (replicas.length > 0 && replicas.length >= client.hosts.length) return () => '';
  return (row) => {
    const key = partitionOf(row);
    return client.metadata.getReplicas(keyspace, key)?.[0]?.address ?? key.toString('base64');
  };
}

function partitionOf(row: CassandraRow): Buffer {
  const parts: Buffer[] = [];
  for (const [index, column] of row.layout.columns.entries()) {
    if (column.role === 'partition') parts.push(row.values[index] as Buffer);
  }
  return partitionKeyBytes(parts);
}
