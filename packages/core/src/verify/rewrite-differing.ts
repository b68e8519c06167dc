import { createRetryBudget } from '../flow/retry-budget.js';
import { encodeRecords } from '../pipeline/encode-records.js';
import type { Rejection } from '../pipeline/rejection.js';
import { sizeBatches } from '../pipeline/size-batches.js';
import { writeBatch } from '../pipeline/write-batch.js';
import type { DataRecord } from '../record/data-record.js';
import { canonicalBytes } from '../value/bytes.js';
import type { Mending } from './repair-migration.js';

/** Records and bytes, in canonical form, that are collected from the source before they are written. */
const collected = { records: 1000, bytes: 8 * 1024 * 1024 };

/** What became of records that were written anew. */
export interface Rewritten {
  readonly written: number;
  readonly refused: number;
}

/** Reads the source for the records with these keys and writes them in the place of what the target has. */
export async function rewriteDiffering(keys: ReadonlySet<string>, mending: Mending): Promise<Rewritten> {
  const total = { written: 0, refused: 0 };
  if (keys.size === 0) return total;
  const { sides, entity, repair } = mending;
  let records: DataRecord[] = [];
  let bytes = 0;
  let busy: Promise<void> = Promise.resolve();
  const flush = (): Promise<void> => {
    const batch = records;
    records = [];
    bytes = 0;
    // One after the other, so that what waits to be written never is more than two such batches.
    busy = busy.then(async () => {
      const { written, refused } = await write(batch, mending);
      total.written += written;
      total.refused += refused;
    });
    return busy;
  };
  await sides.expected.scan(
    entity.expected.partitions ?? [],
    () => ({
      record(record) {
        if (!keys.has(sides.fingerprints.ofKey(record.key))) return undefined;
        records.push(record);
        bytes += canonicalBytes(record.fields).length;
        return records.length >= collected.records || bytes >= collected.bytes ? flush() : undefined;
      },
    }),
    repair.signal,
  );
  await flush();
  return total;
}

async function write(records: readonly DataRecord[], { repair, settings, sides }: Mending): Promise<Rewritten> {
  const { target, runtime, signal } = repair;
  const { manifest, codec } = target.connector;
  const rejected: Rejection[] = [];
  // What is there already has to give way, cells that the record lacks included.
  const encoder = codec.createEncoder({ ...sides.plan.targetSchema, clearsMissing: true });
  const encoded = encodeRecords({ sources: records, targets: records }, encoder, rejected);
  const budget = createRetryBudget({ runtime, outage: settings.outage });
  let refused = rejected.length;
  for (const range of sizeBatches(encoded.sizes, manifest.limits)) {
    const outcome = await writeBatch(encoded.natives.slice(range.start, range.end), {
      target: target.target(),
      entity: sides.plan.target,
      mode: 'replace',
      deadline: settings.deadline,
      signal,
      runtime,
      where: target.description.id,
      idempotent: manifest.idempotentWrites,
      budget,
    });
    refused += outcome.rejected.size;
  }
  return { written: records.length - refused, refused };
}
