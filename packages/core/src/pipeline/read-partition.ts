import type { Json } from '../connector/call-options.js';
import type { Partition, RecordBatch, Source } from '../connector/source.js';
import type { SourceCondition } from '../connector/source-filter.js';
import { abandon, askedAhead } from '../flow/abandoned.js';
import { type RetryNotice, retrying } from '../flow/retry.js';
import type { RetryBudget } from '../flow/retry-budget.js';
import type { Runtime } from '../flow/runtime.js';

/** What reading a partition needs. */
export interface PartitionReading {
  readonly source: Source<unknown>;
  readonly partition: Partition;
  /** Where an earlier run stopped, or undefined for the beginning. */
  readonly after: Json | undefined;
  readonly batchRecords: number;
  readonly batchBytes: number;
  readonly deadline: number;
  readonly signal: AbortSignal;
  readonly runtime: Runtime;
  readonly where: string;
  readonly budget: RetryBudget;
  /** What the source may leave out by itself. */
  readonly filter?: readonly SourceCondition[];
  readonly onRetry?: (notice: RetryNotice) => void;
}

/**
 * Step 1 of a record's way: the batches of a partition.
 *
 * The next batch is asked for before the last one is worked on, so that the store and this process work at the same time.
 * After a failure that may pass, the partition is opened again after the last batch that was handed out.
 */
export async function* readPartition(reading: PartitionReading): AsyncGenerator<RecordBatch<unknown>, void, undefined> {
  let after = reading.after;
  let iterator = open(reading, after);
  let ahead: Promise<IteratorResult<RecordBatch<unknown>>> | undefined;
  try {
    for (;;) {
      const next = ahead;
      const result = await retrying(
        async (attempt) => {
          if (attempt === 1) return next ?? iterator.next();
          await abandon(iterator);
          iterator = open(reading, after);
          return iterator.next();
        },
        {
          runtime: reading.runtime,
          signal: reading.signal,
          where: reading.where,
          idempotent: true,
          budget: reading.budget,
          ...(reading.onRetry && { onRetry: reading.onRetry }),
        },
      );
      if (result.done === true) return;
      after = result.value.position;
      ahead = askedAhead(iterator.next());
      yield result.value;
    }
  } finally {
    await abandon(iterator);
  }
}

function open(reading: PartitionReading, after: Json | undefined): AsyncIterator<RecordBatch<unknown>> {
  const { source, partition, batchRecords, batchBytes, deadline, signal, filter } = reading;
  return source
    .readPartition(partition, {
      batchRecords,
      batchBytes,
      deadline,
      signal,
      ...(after !== undefined && { after }),
      ...(filter !== undefined && { filter }),
    })
    [Symbol.asyncIterator]();
}
