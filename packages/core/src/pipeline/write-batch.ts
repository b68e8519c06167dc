import type { WriteMode } from '../connector/call-options.js';
import type { Target } from '../connector/target.js';
import { DatamigratoError } from '../error/datamigrato-error.js';
import { withDeadline } from '../flow/deadline.js';
import { type RetryNotice, retrying } from '../flow/retry.js';
import type { RetryBudget } from '../flow/retry-budget.js';
import type { Runtime } from '../flow/runtime.js';
import type { EntityName } from '../schema/entity-schema.js';

/** What writing a batch needs besides the batch. */
export interface BatchWriting {
  readonly target: Target<unknown>;
  readonly entity: EntityName;
  readonly mode: WriteMode;
  readonly deadline: number;
  readonly signal: AbortSignal;
  readonly runtime: Runtime;
  readonly where: string;
  readonly idempotent: boolean;
  readonly budget: RetryBudget;
  readonly onRetry?: (notice: RetryNotice) => void;
}

/** The fate of a batch once every record is acknowledged or rejected for good. */
export interface BatchOutcome {
  readonly unchanged: number;
  /** Errors of the rejected records, by index into the batch. */
  readonly rejected: ReadonlyMap<number, DatamigratoError>;
}

/**
 * Step 6 of a record's way: a batch is written until each of its records is acknowledged or rejected for good.
 *
 * Records whose failure may pass are written again, they alone. A failure that would meet every record is thrown.
 */
export async function writeBatch(natives: readonly unknown[], writing: BatchWriting): Promise<BatchOutcome> {
  const rejected = new Map<number, DatamigratoError>();
  let remaining: readonly number[] = natives.map((_, index) => index);
  let unchanged = 0;
  await retrying(
    async () => {
      const records = remaining.length === natives.length ? natives : remaining.map((index) => natives[index]);
      const result = await withDeadline(
        (signal) =>
          writing.target.writeBatch(writing.entity, records, {
            mode: writing.mode,
            deadline: writing.deadline,
            signal,
          }),
        {
          runtime: writing.runtime,
          deadline: writing.deadline,
          signal: writing.signal,
          what: `the answer of ${writing.where} to a write`,
        },
      );
      unchanged += result.unchanged;
      const again = new Set<number>();
      let first: DatamigratoError | undefined;
      for (const failure of result.failures) {
        const index = remaining[failure.index];
        if (index === undefined) throw outsideOfBatch(writing.where, failure.index, remaining.length);
        if (failure.error.category === 'record') rejected.set(index, failure.error);
        else {
          if (failure.error.category !== 'transient') throw failure.error;
          again.add(index);
          first ??= failure.error;
        }
      }
      // In the order of the batch, whatever the order of the failures: indexes of the next answer are read by it.
      remaining = remaining.filter((index) => again.has(index) && !rejected.has(index));
      if (first !== undefined) throw first;
    },
    {
      runtime: writing.runtime,
      signal: writing.signal,
      where: writing.where,
      idempotent: writing.idempotent,
      budget: writing.budget,
      ...(writing.onRetry && { onRetry: writing.onRetry }),
    },
  );
  return { unchanged, rejected };
}

function outsideOfBatch(where: string, index: number, length: number): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_CONNECTOR_FAULT',
    category: 'internal',
    message: `The connector of ${where} reported record ${index} of a batch of ${length} as failed`,
  });
}
