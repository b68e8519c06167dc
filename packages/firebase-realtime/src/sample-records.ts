import type { CallOptions, EntityName } from '@datamigrato/core';
import type { RealtimeClient } from './client.js';
import type { RealtimeRecord } from './codec.js';
import { planPartitions } from './partitions.js';
import { readPartition } from './read-partition.js';

/** Records of an entity to learn from. */
export interface RecordSample {
  readonly records: readonly { readonly record: RealtimeRecord; readonly bytes: number }[];
  /** Whether these are all. */
  readonly complete: boolean;
}

/** Parts of an entity from each of which a share of the sample is taken. */
const parts = 4;

/**
 * At most `sampleSize` records: all, where there are no more, else the first ones of four parts of the entity.
 *
 * The same records give the same sample, so that a plan made twice is the same.
 */
export async function sampleRecords(
  client: RealtimeClient,
  entity: EntityName,
  call: CallOptions & { readonly sampleSize: number },
): Promise<RecordSample> {
  const { sampleSize } = call;
  const [all] = await takeFirst(client, entity, call, 1, sampleSize + 1);
  const everything = all ?? [];
  if (everything.length <= sampleSize) return { records: everything, complete: true };
  if (sampleSize < parts) return { records: everything.slice(0, sampleSize), complete: false };
  const shares = await takeFirst(client, entity, call, parts, Math.floor(sampleSize / parts));
  return { records: shares.flat(), complete: false };
}

type SampledRecord = RecordSample['records'][number];

/** The first records of each of some parts. */
async function takeFirst(
  client: RealtimeClient,
  entity: EntityName,
  call: CallOptions,
  targetCount: number,
  most: number,
): Promise<readonly (readonly SampledRecord[])[]> {
  const taken: SampledRecord[][] = [];
  for await (const partition of planPartitions(client, entity, { ...call, targetCount })) {
    const records: SampledRecord[] = [];
    taken.push(records);
    const reading = { ...call, batchRecords: most, batchBytes: 1024 * 1024 };
    for await (const batch of readPartition(client, partition, reading)) {
      const bytes = batch.bytes / batch.records.length;
      for (const record of batch.records.slice(0, most - records.length)) records.push({ record, bytes });
      if (records.length >= most) break;
    }
  }
  return taken;
}
