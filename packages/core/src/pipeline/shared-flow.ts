import { type ByteBudget, createByteBudget } from '../flow/byte-budget.js';
import { createPacer, type Pacer } from '../flow/pacer.js';
import { createRetryBudget, type RetryBudget } from '../flow/retry-budget.js';
import { createDeadLetterLimit, type DeadLetterLimit } from './dead-letter-limit.js';
import type { MigrationRun, RunSettings } from './run-migration.js';

/** What all entities of a run share: bounds, paces and budgets. */
export interface SharedFlow {
  readonly bytes: ByteBudget;
  readonly pacer: Pacer;
  readonly sourceBudget: RetryBudget;
  readonly targetBudget: RetryBudget;
  readonly limit: DeadLetterLimit;
}

/** The flow of a run that begins. */
export function createSharedFlow(run: MigrationRun, settings: RunSettings): SharedFlow {
  const { runtime } = run;
  return {
    bytes: createByteBudget(settings.bytesInFlight),
    pacer: createPacer({
      runtime,
      maximumWindow: run.target.connector.manifest.limits.concurrentWrites,
      ...(settings.maximumRate !== undefined && { maximumRate: settings.maximumRate }),
    }),
    sourceBudget: createRetryBudget({ runtime, outage: settings.outage }),
    targetBudget: createRetryBudget({ runtime, outage: settings.outage }),
    limit: createDeadLetterLimit(settings.deadLetterLimit),
  };
}
