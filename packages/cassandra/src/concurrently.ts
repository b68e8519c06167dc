/**
 * Runs numbered tasks, so many at once, and waits until all have ended.
 *
 * Once a task rejects or the signal is aborted, no further one begins, and the promise rejects.
 */
export async function concurrently(
  count: number,
  limit: number,
  signal: AbortSignal,
  task: (index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  let failed = false;
  const work = async (): Promise<void> => {
    while (next < count && !failed) {
      signal.throwIfAborted();
      const index = next;
      next += 1;
      try {
        await task(index);
      } catch (thrown) {
        failed = true;
        throw thrown;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, count) }, work));
}
