import { DatamigratoError } from '../error/datamigrato-error.js';

/** Stops a migration that rejects too much. */
export interface DeadLetterLimit {
  /** Counts records; throws `DM_TOO_MANY_DEAD_LETTERS` once more are dead than the limit allows. */
  count(read: number, dead: number): void;
}

/** How many dead letters are too many: more than both of these. */
export interface DeadLetterLimitOptions {
  readonly records: number;
  /** Part of the records read, 0 to 1. */
  readonly ratio: number;
}

/** 100 records or 0.1 % of those read, whichever is more. */
export const defaultDeadLetterLimit: DeadLetterLimitOptions = { records: 100, ratio: 0.001 };

/** A limit for all entities of a migration together. */
export function createDeadLetterLimit(options: DeadLetterLimitOptions): DeadLetterLimit {
  let allRead = 0;
  let allDead = 0;
  return {
    count(read, dead) {
      allRead += read;
      allDead += dead;
      if (allDead <= options.records || allDead <= allRead * options.ratio) return;
      throw new DatamigratoError({
        code: 'DM_TOO_MANY_DEAD_LETTERS',
        category: 'record',
        message: `${allDead} of ${allRead} records could not be written, more than the limit of ${options.records} and ${options.ratio * 100} %`,
        nextStep: 'look at the reasons in the dead-letter file, correct the mapping, or raise --max-dead-letters',
        context: { read: allRead, dead: allDead },
      });
    },
  };
}
