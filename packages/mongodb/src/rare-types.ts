import { isDatamigratoError } from '@datamigrato/core';

/**
 * Asks a server for ids of all types, and, where it knows the rare ones not (and so holds none of them), once more without those.
 *
 * The rare ones are code, code with scope, symbol and pointer.
 */
export async function withRareTypes<Result>(ask: (rareTypes: boolean) => Promise<Result>): Promise<Result> {
  try {
    return await ask(true);
  } catch (error) {
    if (isDatamigratoError(error) && error.code === 'DM_MONGODB_REFUSED') return await ask(false);
    throw error;
  }
}
