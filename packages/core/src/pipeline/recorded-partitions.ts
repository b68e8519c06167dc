import type { PartitionStore } from '../checkpoint/checkpoint.js';
import type { CallOptions } from '../connector/call-options.js';
import type { Partition, Source } from '../connector/source.js';
import { DatamigratoError } from '../error/datamigrato-error.js';
import type { EntityPlan } from '../plan/migration-plan.js';

/**
 * The partitions of an entity: those of the run's first start where they were recorded, else the source's, recorded before any of them is given out.
 *
 * Ends with `cut-short` and nothing recorded where `stop` is aborted while the source is still planning.
 *
 * @throws DatamigratoError `DM_PARTITION_REPEATED` where the source gives two partitions the same id.
 */
export async function* recordedPartitions(
  plan: EntityPlan,
  source: Source<unknown>,
  store: PartitionStore | undefined,
  call: CallOptions & { readonly stop: AbortSignal },
): AsyncGenerator<Partition, 'cut-short' | undefined> {
  const recorded = await store?.load(plan.source, plan.target);
  if (recorded !== undefined) {
    yield* recorded;
    return undefined;
  }
  const { stop, ...options } = call;
  const planned = distinct(plan, source.planPartitions(plan.source, { ...options, targetCount: plan.partitions }));
  if (store === undefined) {
    yield* planned;
    return undefined;
  }
  const partitions: Partition[] = [];
  for await (const partition of planned) {
    if (stop.aborted) return 'cut-short';
    partitions.push(partition);
  }
  await store.save(plan.source, plan.target, partitions);
  yield* partitions;
  return undefined;
}

/** Passes partitions on as long as their ids differ: two with one id would share a checkpoint, and the second would count as done. */
async function* distinct(plan: EntityPlan, partitions: AsyncIterable<Partition>): AsyncGenerator<Partition, undefined> {
  const ids = new Set<string>();
  for await (const partition of partitions) {
    if (ids.has(partition.id)) {
      throw new DatamigratoError({
        code: 'DM_PARTITION_REPEATED',
        category: 'internal',
        message: `The source cut ${plan.source} into partitions of which two have the id ${partition.id}`,
        nextStep: 'report it to the author of the connector',
      });
    }
    ids.add(partition.id);
    yield partition;
  }
}
