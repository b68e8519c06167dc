import type { RunSummary } from './list-runs.js';

/** Codes of errors after which going on with the same run would meet them again. */
export const finalCodes: ReadonlySet<string> = new Set([
  'DM_CATCH_UP_IMPOSSIBLE',
  'DM_CATCH_UP_LATE',
  'DM_CHANGES_LOST',
  'DM_CHANGES_UNSUPPORTED',
  'DM_KEY_COLLISION',
  'DM_PLAN_CHANGED',
  'DM_PLAN_CONFLICT',
  'DM_PLAN_STALE',
  'DM_RUN_BEGUN',
  'DM_RUN_LOCKED',
  'DM_STATE_OTHER_PLAN',
  'DM_STATE_UNSAFE',
  'DM_STATE_UNTRUSTED',
]);

/** Whether a run has work left that resuming it may finish. */
export function canGoOn(run: RunSummary): boolean {
  if (run.state === 'interrupted') return true;
  return run.state === 'failed' && !(run.code !== null && finalCodes.has(run.code));
}
