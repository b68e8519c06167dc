/** A run of records by index: from `start` up to but not including `end`. */
export interface BatchRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Step 5 of a record's way: records are cut into write batches that respect the target's limits. A record larger than the limit of bytes is a batch of its own.
 *
 * A batch begins at each index of `heads`, which ascend: records that must not stand in one batch with what is before them.
 */
export function sizeBatches(
  sizes: readonly number[],
  limits: { readonly batchRecords: number; readonly batchBytes: number },
  heads: readonly number[] = [],
): readonly BatchRange[] {
  const ranges: BatchRange[] = [];
  let start = 0;
  let bytes = 0;
  let nextHead = 0;
  for (const [index, size] of sizes.entries()) {
    const isHead = index === heads[nextHead];
    if (isHead) nextHead += 1;
    const isFull = index - start >= limits.batchRecords || bytes + size > limits.batchBytes;
    if (index > start && (isHead || isFull)) {
      ranges.push({ start, end: index });
      start = index;
      bytes = 0;
    }
    bytes += size;
  }
  if (sizes.length > start) ranges.push({ start, end: sizes.length });
  return ranges;
}
