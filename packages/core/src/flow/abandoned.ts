import { isDatamigratoError } from '../error/datamigrato-error.js';

/** Frees what an iterator holds. One that has failed may fail once more; the failure that matters has been seen already. */
export async function abandon(iterator: AsyncIterator<unknown>): Promise<void> {
  try {
    await iterator.return?.();
  } catch (error) {
    if (!isDatamigratoError(error) && !(error instanceof Error)) throw error;
  }
}

/** What was asked for ahead: its failure is met when it is awaited, and must not count as unhandled until then, or where nobody awaits it any more. */
export function askedAhead<Result>(request: Promise<Result>): Promise<Result> {
  request.catch(ignored);
  return request;
}

function ignored(): void {}
