import { DatamigratoError } from './datamigrato-error.js';

/** The failure of a record whose key the target holds, where the write mode was `create`. */
export function recordExists(): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_RECORD_EXISTS',
    category: 'record',
    message: 'The target already holds a record with this key',
    nextStep: 'use the write mode `replace` or `skip`',
  });
}
