import { type ErrorCategory, isDatamigratoError } from '@datamigrato/core';

/** The exit codes of the command line, each with what it means. The README shows this table, and a test holds the two together. */
export const exitCodes = {
  done: { code: 0, meaning: 'done' },
  fault: { code: 1, meaning: 'our bug' },
  usage: { code: 2, meaning: 'usage, configuration or a file of the user' },
  deadLetters: { code: 3, meaning: 'done, some records are dead letters' },
  errorLimit: { code: 4, meaning: 'stopped at the error limit' },
  refused: {
    code: 5,
    meaning: 'an endpoint refuses for good: authentication, permission, missing entity, schema conflict',
  },
  verification: { code: 6, meaning: 'verification differs or is inconclusive' },
  locked: { code: 7, meaning: 'locked by another process' },
  state: { code: 8, meaning: 'the state folder cannot be trusted or written' },
  unavailable: { code: 9, meaning: 'an endpoint is unavailable beyond the retry budget' },
  question: { code: 10, meaning: 'a question that nobody can answer here; the flag that answers it is named' },
  loss: { code: 11, meaning: 'the plan has losses or limits that nobody accepted' },
  interrupted: { code: 130, meaning: 'interrupted (SIGINT) after a clean end' },
  terminated: { code: 143, meaning: 'terminated (SIGTERM) after a clean end' },
} as const;

const byCode: ReadonlyMap<string, number> = new Map([
  ['DM_TOO_MANY_DEAD_LETTERS', exitCodes.errorLimit.code],
  ['DM_FILE_LOCKED', exitCodes.locked.code],
  ['DM_RUN_LOCKED', exitCodes.locked.code],
  ['DM_STATE_UNTRUSTED', exitCodes.state.code],
  ['DM_STATE_UNSAFE', exitCodes.state.code],
  ['DM_STATE_UNWRITABLE', exitCodes.state.code],
  ['DM_ENDPOINT_UNAVAILABLE', exitCodes.unavailable.code],
  ['DM_CONSENT_MISSING', exitCodes.question.code],
  ['DM_LOSS_UNACCEPTED', exitCodes.loss.code],
  ['DM_INTERRUPTED', exitCodes.interrupted.code],
]);

const byCategory: Readonly<Record<ErrorCategory, number>> = {
  usage: exitCodes.usage.code,
  endpoint: exitCodes.refused.code,
  record: exitCodes.errorLimit.code,
  transient: exitCodes.unavailable.code,
  internal: exitCodes.fault.code,
};

/** The exit code for an error. What nobody threw on purpose is our bug. */
export function exitCodeOf(error: unknown, signal?: 'SIGINT' | 'SIGTERM'): number {
  if (!isDatamigratoError(error)) return exitCodes.fault.code;
  if (error.code === 'DM_INTERRUPTED' && signal === 'SIGTERM') return exitCodes.terminated.code;
  return byCode.get(error.code) ?? byCategory[error.category];
}
