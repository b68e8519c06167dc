import type { EventListener } from '../event/migration-event.js';
import type { RetryNotice, RetryOptions } from '../flow/retry.js';
import type { RetryBudget } from '../flow/retry-budget.js';
import type { MigrationRun } from './run-migration.js';

/** Which of the two stores is called. */
type StoreSide = 'source' | 'target';

/** How calls to one of the stores are tried again that change nothing when they are repeated. */
export function sideRetry(
  run: Pick<MigrationRun, 'listener' | 'runtime' | StoreSide>,
  side: StoreSide,
  budget: RetryBudget,
  signal: AbortSignal,
): RetryOptions {
  const where = run[side].description.id;
  return { runtime: run.runtime, signal, where, idempotent: true, budget, onRetry: tellRetries(run.listener, side) };
}

/** Tells a listener of every repetition of a call to one of the stores. */
export function tellRetries(listener: EventListener, side: StoreSide): (notice: RetryNotice) => void {
  return ({ error, attempt, delay }) => listener({ type: 'retry-scheduled', side, code: error.code, attempt, delay });
}
