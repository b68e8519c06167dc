import type { CallOptions } from '../connector/call-options.js';
import type { Endpoint } from '../connector/define-connector.js';
import type { Partition, Source } from '../connector/source.js';
import { isDatamigratoError } from '../error/datamigrato-error.js';
import { createRetryBudget, type RetryBudget } from '../flow/retry-budget.js';
import type { Runtime } from '../flow/runtime.js';
import { compileMapping } from '../mapping/compile-mapping.js';
import { restorerFor } from '../mapping/restore-record.js';
import { readPartition } from '../pipeline/read-partition.js';
import type { EntityPlan } from '../plan/migration-plan.js';
import type { DataRecord } from '../record/data-record.js';

/** One side of a comparison: the records that the target should hold, or those that it does hold, in the target's form either way. */
export interface Side {
  /**
   * Reads all records, partitions in parallel, each handed over as soon as it is there.
   * `skipped` hears of the source's records that cannot be mapped: they are dead letters, and no target can hold them.
   */
  scan(visit: (record: DataRecord) => void, skipped: () => void): Promise<void>;
}

/** What reading a side needs. */
export interface SideReading {
  readonly plan: EntityPlan;
  readonly endpoint: Endpoint;
  readonly runtime: Runtime;
  readonly call: CallOptions;
  readonly concurrency: number;
  readonly outage: number;
}

/** What the target should hold: the source's records through the plan's mapping. */
export function expectedSide(reading: SideReading, targetManifest: Endpoint['connector']['manifest']): Side {
  const { plan, endpoint } = reading;
  const decoder = endpoint.connector.codec.createDecoder(plan.sourceSchema);
  const restorer = restorerFor(plan, endpoint.connector.manifest);
  const mapper = compileMapping(plan.mapping, targetManifest);
  const budget = createRetryBudget({ runtime: reading.runtime, outage: reading.outage });
  return {
    scan: (visit, skipped) =>
      scanPartitions(reading, endpoint.source(), plan.source, budget, (native) => {
        let record: DataRecord;
        try {
          const origin = decoder.decode(native);
          record = mapper(restorer === undefined ? origin : restorer.restore(origin));
        } catch (error) {
          if (!isDatamigratoError(error) || error.category !== 'record') throw error;
          skipped();
          return;
        }
        visit(record);
      }),
  };
}

/** What the target does hold, with its key's parts in the plan's order. */
export async function actualSide(reading: SideReading): Promise<Side> {
  const { plan, endpoint } = reading;
  const source = endpoint.source();
  const schema = await source.inferSchema(plan.target, { ...reading.call, sampleSize: 1 });
  const decoder = endpoint.connector.codec.createDecoder(schema);
  const places = plan.targetSchema.key.map((field) => schema.key.findIndex((other) => other.name === field.name));
  const inOrder = places.every((place, index) => place === index || place < 0);
  const budget = createRetryBudget({ runtime: reading.runtime, outage: reading.outage });
  return {
    scan: (visit) =>
      scanPartitions(reading, source, plan.target, budget, (native) => {
        const record = decoder.decode(native);
        visit(inOrder ? record : { ...record, key: places.map((place) => record.key[place] ?? null) });
      }),
  };
}

async function scanPartitions(
  reading: SideReading,
  source: Source<unknown>,
  entity: EntityPlan['source'],
  budget: RetryBudget,
  take: (native: unknown) => void,
): Promise<void> {
  const { runtime, call } = reading;
  const failure = new AbortController();
  const signal = AbortSignal.any([call.signal, failure.signal]);
  const partitions = source
    .planPartitions(entity, { ...call, signal, targetCount: reading.plan.partitions })
    [Symbol.asyncIterator]();
  const read = async (partition: Partition): Promise<void> => {
    const batches = readPartition({
      source,
      partition,
      after: undefined,
      batchRecords: 1000,
      batchBytes: 1024 * 1024,
      deadline: call.deadline,
      signal,
      runtime,
      where: reading.endpoint.description.id,
      budget,
    });
    for await (const batch of batches) for (const native of batch.records) take(native);
  };
  const worker = async (): Promise<void> => {
    try {
      for (;;) {
        const next: IteratorResult<Partition> = await partitions.next();
        if (next.done === true) return;
        await read(next.value);
      }
    } catch (error) {
      failure.abort(error);
      throw error;
    }
  };
  const results = await Promise.allSettled(Array.from({ length: reading.concurrency }, worker));
  await partitions.return?.();
  if (failure.signal.aborted) throw failure.signal.reason;
  const rejected = results.find((result) => result.status === 'rejected');
  if (rejected?.status === 'rejected') throw rejected.reason;
}
