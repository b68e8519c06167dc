import {
  type CallOptions,
  DatamigratoError,
  type EntityName,
  type Json,
  type Partition,
  type PartitionOptions,
  type SourceCondition,
} from '@datamigrato/core';
import { keySelection, wholePartition } from './key-selection.js';
import { bytesOf } from './position.js';
import type { ScanExtent } from './scan.js';
import type { CassandraSession } from './session.js';
import { requireTable, type TableDefinition } from './table-definition.js';
import { cutRing, type TokenRange } from './token-range.js';

const partitionerName = 'org.apache.cassandra.dht.Murmur3Partitioner';

/** Parts of the ring, or the single partitions in which a filter leaves rows. */
export async function* planPartitions(
  session: CassandraSession,
  entity: EntityName,
  call: PartitionOptions,
): AsyncGenerator<Partition> {
  const definition = await requireTable(session, entity, call);
  const selection = keySelection(definition.columns, call.filter ?? []);
  if (selection !== undefined) {
    await requirePartitioner(session, call);
    // A key is in the range, as positions have keys, and not in the id, which is shown.
    for (const [index, key] of selection.partitions.entries())
      yield { entity, id: `key:${index + 1}`, range: { key: key.map((bytes) => bytes.toString('hex')) } };
    return;
  }
  for (const range of await ringRanges(session, call.targetCount, call)) {
    yield {
      entity,
      id: `${range.after}:${range.upTo}`,
      range: { after: range.after.toString(), upTo: range.upTo.toString() },
    };
  }
}

/** The whole ring in about so many ranges. Throws `DM_CASSANDRA_PARTITIONER` for a ring that has other tokens than these. */
export async function ringRanges(
  session: CassandraSession,
  count: number,
  call: CallOptions,
): Promise<readonly TokenRange[]> {
  await requirePartitioner(session, call);
  const tokens = session.client.hosts.values().flatMap((host) => host.tokens ?? []);
  return cutRing(tokens.map(BigInt), count);
}

async function requirePartitioner(session: CassandraSession, call: CallOptions): Promise<void> {
  const [local] = await session.rows('SELECT partitioner FROM system.local', [], call, {
    doing: 'reading of the ring',
  });
  const partitioner = String(local?.['partitioner']);
  if (partitioner !== partitionerName) {
    throw new DatamigratoError({
      code: 'DM_CASSANDRA_PARTITIONER',
      category: 'endpoint',
      message: `The cluster's partitioner is ${partitioner}; only Murmur3Partitioner can be read`,
      nextStep: 'export such an old cluster with its own tools',
    });
  }
}

/** What a partition of {@link planPartitions} holds. */
export function extentOf(json: Json, definition: TableDefinition, filter: readonly SourceCondition[]): ScanExtent {
  const { after, upTo, key } = json as { readonly after?: string; readonly upTo?: string; readonly key?: Json };
  if (key === undefined) return { range: { after: BigInt(after ?? ''), upTo: BigInt(upTo ?? '') } };
  const partition = bytesOf(key);
  if (partition?.length === definition.columns.filter(({ role }) => role === 'partition').length)
    return { partition, clustering: keySelection(definition.columns, filter)?.clustering ?? wholePartition };
  throw new DatamigratoError({
    code: 'DM_CASSANDRA_SCHEMA_CONFLICT',
    category: 'endpoint',
    message: `The saved partition does not belong to the key of table ${JSON.stringify(definition.table)}`,
    nextStep: 'start this entity over: the table’s key changed since the run began',
  });
}
