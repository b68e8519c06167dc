import type { Admin, WriteFailure } from '@datamigrato/core';
import type { FileClient, FilesClient } from './file-client.js';
import { readRecordBatches } from './reading/read-records.js';
import { writable } from './target.js';

/** Counts everywhere; deletes and drops in archives alone. */
export function createFileAdmin(client: FileClient): Admin {
  return {
    async countRecords(entity, call) {
      call.signal.throwIfAborted();
      if (client.kind === 'files') return { value: await countFile(client, entity, call.signal), exact: true };
      const { chunks } = await client.archive.readable(entity);
      return { value: chunks.reduce((sum, chunk) => sum + chunk.records, 0), exact: true };
    },
    async deleteRecords(schema, keys, call) {
      call.signal.throwIfAborted();
      const failures: readonly WriteFailure[] = [];
      const removed = await writable(client).archive.remove(schema.entity, keys);
      return { failures, unchanged: keys === 'all' ? 0 : keys.length - removed };
    },
    async dropEntity(entity, call) {
      call.signal.throwIfAborted();
      await writable(client).archive.drop(entity);
    },
    async dropDatabase(call) {
      call.signal.throwIfAborted();
      await writable(client).archive.dropAll();
    },
  };
}

const manyRecords = { batchRecords: 10_000, batchBytes: 4 * 1024 * 1024 };

/** Records are counted where they are cut, decodable or not. */
async function countFile(client: FilesClient, entity: string, signal: AbortSignal): Promise<number> {
  const { reading } = await client.reading(entity, signal);
  let count = 0;
  for await (const { records } of readRecordBatches(reading, { start: reading.start }, manyRecords, signal)) {
    count += records.length;
  }
  return count;
}
