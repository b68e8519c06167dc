import { asDatamigratoError, isDatamigratoError } from '@datamigrato/core';
import { errorCode } from '../state/private-file.js';
import type { Finding } from './finding.js';

/** What an error says of a check. Throws errors that nobody has foreseen: those are ours. */
export function failure(check: string, thrown: unknown): Finding {
  const system = errorCode(thrown);
  if (!isDatamigratoError(thrown) && system !== undefined)
    return {
      check,
      state: 'fail',
      text: `the system refuses it (${system})`,
      next: 'check the permissions of the folder',
      error: null,
    };
  const error = asDatamigratoError(thrown, check);
  if (error.category === 'internal') throw error;
  return { check, state: 'fail', text: `${error.code}: ${error.message}`, next: error.nextStep ?? null, error };
}
