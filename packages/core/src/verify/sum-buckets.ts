import { BucketSums } from './bucket-sums.js';
import type { EntitySides } from './entity-sides.js';
import { bucketOf, type Fingerprints } from './fingerprints.js';
import { onBothSides, type Side } from './side.js';
import type { OpenEntity, SideProgress } from './verification-state.js';

/**
 * First reading: every record of both sides is counted into the bucket of its key.
 *
 * A partition's sums join those of its side once it was read whole, and are saved; only partitions under way are read again after an interruption.
 */
export async function sumBuckets(
  sides: EntitySides,
  entity: OpenEntity,
  save: () => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const { fingerprints } = sides;
  await onBothSides(signal, [
    (either) => sumSide(sides.expected, entity.expected, fingerprints, save, either),
    (either) => sumSide(sides.actual, entity.actual, fingerprints, save, either),
  ]);
}

async function sumSide(
  side: Side,
  progress: SideProgress,
  fingerprints: Fingerprints,
  save: () => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  if (progress.partitions === undefined) {
    progress.partitions = await side.partitions(signal);
    await save();
  }
  const { buckets } = progress.sums;
  await side.scan(
    progress.waiting,
    (partition) => {
      const sums = new BucketSums(buckets);
      let unmappable = 0;
      return {
        record(record) {
          sums.add(bucketOf(fingerprints.ofKey(record.key), buckets), fingerprints.ofRecord(record));
        },
        unmappable() {
          unmappable += 1;
        },
        async end() {
          progress.take(partition, sums, unmappable);
          await save();
        },
      };
    },
    signal,
  );
}
