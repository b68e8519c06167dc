import { isDatamigratoError } from '../error/datamigrato-error.js';

/** Frees what an iterator holds. One that has failed may fail once more; the failure that matters has been seen already. */
export async function abandon(iterator: AsyncIterator<unknown>): Promise<void> {
  try {
    await iterator.return?.();
  } catch (error) {
    if (!isDatamigratoError(error) && !(error instanceof Error)) throw error;
  }
}

/**
 * The same promise, of something that was asked for ahead: its failure is met when it is awaited, and does not count as unhandled until then, or where nobody awaits it any more.
 *
 * @example
 * ```ts
 * let page = askedAhead(readPage(1));
 * for (let number = 2; ; number += 1) {
 *   const records = await page;
 *   page = askedAhead(readPage(number));
 *   yield records;
 * }
 * ```
 */
export function askedAhead<Result>(request: Promise<Result>): Promise<Result> {
  request.catch(ignored);
  return request;
}

function ignored(): void {}
