import { rowBytes } from './codec.js';
import { partitionKeyBytes } from './partition-key.js';
import type { CassandraRow } from './row.js';
import type { CassandraSession } from './session.js';

/** Bytes up to which a server writes a batch without a word in its log, by default; it counts a little more than the cells' own bytes. */
export const quietBatchBytes = 5 * 1024;

/** Partitions in one batch up to which a server says nothing, by default, and how many there may be where it may say something. */
const quietPartitions = 10;
const mostPartitions = 100;

/** Cuts rows into groups by index: rows that one node can store itself, few enough for one unlogged batch of so many bytes. */
export function groupForBatches(
  session: CassandraSession,
  rows: readonly CassandraRow[],
  batchBytes: number,
): readonly (readonly number[])[] {
  const groups: number[][] = [];
  const open = new Map<string, OpenGroup>();
  const placeOf = placement(session, rows);
  const partitionLimit = batchBytes <= quietBatchBytes ? quietPartitions : mostPartitions;
  for (const [index, row] of rows.entries()) {
    const key = partitionOf(row);
    const place = placeOf(key);
    const bytes = mutationBytes(row);
    const current = open.get(place);
    const partitions = current?.lastKey.equals(key) ? current.partitions : (current?.partitions ?? 0) + 1;
    if (current !== undefined && partitions <= partitionLimit && current.bytes + bytes <= batchBytes) {
      current.group.push(index);
      current.bytes += bytes;
      current.partitions = partitions;
      current.lastKey = key;
    } else {
      const group = [index];
      groups.push(group);
      open.set(place, { group, bytes, partitions: 1, lastKey: key });
    }
  }
  return groups;
}

interface OpenGroup {
  readonly group: number[];
  bytes: number;
  partitions: number;
  lastKey: Buffer;
}

/** Bytes that the server counts for a row in a batch, rather a few too many. */
function mutationBytes(row: CassandraRow): number {
  return rowBytes(row) + 32 + 16 * row.values.length;
}

/** Tells rows apart that different nodes store: by their first replica, or where that is not known by their partition. */
function placement(session: CassandraSession, rows: readonly CassandraRow[]): (key: Buffer) => string {
  const [first] = rows;
  if (first === undefined) return () => '';
  const { client, keyspace } = session;
  const replicas = client.metadata.getReplicas(keyspace, partitionOf(first)) ?? [];
  // Every node stores every row: none of them would have to pass a row on.
  if (replicas.length > 0 && replicas.length >= client.hosts.length) return () => '';
  return (key) => client.metadata.getReplicas(keyspace, key)?.[0]?.address ?? key.toString('base64');
}

function partitionOf(row: CassandraRow): Buffer {
  const { columns } = row.layout;
  const parts: Buffer[] = [];
  for (let index = 0; columns[index]?.role === 'partition'; index += 1) parts.push(row.values[index] as Buffer);
  return partitionKeyBytes(parts);
}
