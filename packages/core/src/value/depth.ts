import { DatamigratoError } from '../error/datamigrato-error.js';

/** Levels of values inside one another beyond which a value is refused, so that no walk over one can exhaust the stack. Every store's own limit is lower. */
export const maximumDepth = 1_000;

/** For a walk that has gone deeper than {@link maximumDepth}. */
export function tooDeep(): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_VALUE_TOO_DEEP',
    category: 'record',
    message: `a value has more than ${maximumDepth} levels of documents and arrays inside one another`,
    nextStep: 'Drop or flatten the field in the mapping.',
    context: { maximumDepth },
  });
}
