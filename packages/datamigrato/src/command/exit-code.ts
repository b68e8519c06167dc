import { type ErrorCategory, isDatamigratoError } from '@datamigrato/core';
import { exitCodes } from './exit-codes.js';

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
  ['DM_LIMIT_REFUSED', exitCodes.loss.code],
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
