/**
 * Does something with each of many, a few at a time.
 *
 * Where one fails or the signal is aborted, no further one is begun, and the first failure, or the signal's reason, is thrown once nothing is under way any more.
 *
 * @param work - Listens to the same signal, if it takes long.
 */
export async function concurrently<Item>(
  items: Iterable<Item>,
  atOnce: number,
  signal: AbortSignal,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const waiting = items[Symbol.iterator]();
  const failures: unknown[] = [];
  const worker = async (): Promise<void> => {
    while (failures.length === 0) {
      try {
        signal.throwIfAborted();
        const next = waiting.next();
        if (next.done === true) return;
        await work(next.value);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  if (failures.length > 0) throw failures[0];
}
