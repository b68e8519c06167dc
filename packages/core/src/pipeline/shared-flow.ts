import { type ByteBudget, createByteBudget } from '../flow/byte-budget.js';
import { createPacer, type Pacer } from '../flow/pacer.js';
import { createRetryBudget, type RetryBudget } from '../flow/retry-budget.js';
import { createDeadLetterLimit, type DeadLetterLimit } from './dead-letter-limit.js';
import type { MigrationRun, RunSettings } from './run-migration.js';

/** What all entities of a run share: bounds, paces and budgets. */
export interface SharedFlow {
  readonly bytes: ByteBudget;
  /**
   * One for each batch from decoding until all before it are acknowledged too. In these forms records take many times the bytes that were read;
   * and what is acknowledged behind a slow write is written again after a crash.
   */
  readonly places: ByteBudget;
  readonly pacer: Pacer;
  readonly sourceBudget: RetryBudget;
  readonly targetBudget: RetryBudget;
  readonly limit: DeadLetterLimit;
}

/** Batches that are ready for when a write ends: enough that the target never waits for this process to prepare one. */
const batchesInWaiting = 2;

/** The flow of a run that begins. */
export function createSharedFlow(run: MigrationRun, settings: RunSettings): SharedFlow {
  const { runtime } = run;
  const { concurrentWrites } = run.target.connector.manifest.limits;
  return {
    bytes: createByteBudget(settings.bytesInFlight),
    places: createByteBudget(concurrentWrites + batchesInWaiting),
    pacer: createPacer({
      runtime,
      maximumWindow: concurrentWrites,
      ...(settings.maximumRate !== undefined && { maximumRate: settings.maximumRate }),
    }),
    sourceBudget: createRetryBudget({ runtime, outage: settings.outage }),
    targetBudget: createRetryBudget({ runtime, outage: settings.outage }),
    limit: createDeadLetterLimit(settings.deadLetterLimit),
  };
}
