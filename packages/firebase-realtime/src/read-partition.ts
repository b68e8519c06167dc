import type { Json, Partition, ReadOptions, RecordBatch } from '@datamigrato/core';
import type { RealtimeClient } from './client.js';
import type { RealtimeRecord } from './codec.js';
import { entityPathOf, keyFieldsOf } from './entity-path.js';
import { groupsOf } from './groups.js';
import { positionFromJson, rangeFromJson } from './partition-range.js';
import { GroupReader, type RecordRun } from './read-groups.js';

/**
 * The records of a partition in the order of their keys.
 *
 * Nothing is held open on the server: each request goes on after the last name. The next one is under way before the records of the last one are used, so that the server works meanwhile.
 */
export async function* readPartition(
  client: RealtimeClient,
  partition: Partition,
  call: ReadOptions,
): AsyncGenerator<RecordBatch<RealtimeRecord>> {
  const path = entityPathOf(partition.entity);
  const after = call.after === undefined ? [] : positionFromJson(call.after, keyFieldsOf(path).length);
  const reader = new GroupReader(client, call);
  const groups = groupsOf(client, path, rangeFromJson(partition.range), after, call);
  for await (const run of reader.runsOf(groups)) yield* batchesOf(run, call);
}

function* batchesOf(
  { records, bytes }: RecordRun,
  { batchRecords, batchBytes }: ReadOptions,
): Generator<RecordBatch<RealtimeRecord>> {
  const perRecord = bytes / Math.max(1, records.length);
  const most = Math.max(1, Math.min(batchRecords, Math.floor(batchBytes / Math.max(1, perRecord))));
  for (let start = 0; start < records.length; start += most) {
    const some = start === 0 && records.length <= most ? records : records.slice(start, start + most);
    const position: Json = some[some.length - 1]?.key ?? [];
    yield { records: some, position, bytes: Math.ceil(perRecord * some.length) };
  }
}
