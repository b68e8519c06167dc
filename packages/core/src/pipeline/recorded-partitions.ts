import type { PartitionStore } from '../checkpoint/checkpoint.js';
import type { CallOptions } from '../connector/call-options.js';
import type { Partition, Source } from '../connector/source.js';
import type { SourceCondition } from '../connector/source-filter.js';
import { DatamigratoError } from '../error/datamigrato-error.js';
import { type RetryOptions, retrying } from '../flow/retry.js';
import type { EntityPlan } from '../plan/migration-plan.js';

/** What asking a source for partitions needs. */
export interface PartitionPlanning {
  readonly plan: EntityPlan;
  readonly source: Source<unknown>;
  readonly call: CallOptions;
  /** What the source may leave out by itself. */
  readonly filter: readonly SourceCondition[] | undefined;
  /** How a failure that may pass is met; its signal ends the planning. */
  readonly retry: RetryOptions;
}

/**
 * The partitions of an entity: those of the run's first start where they were recorded, else the source's, recorded before any of them is given out.
 *
 * @throws DatamigratoError `DM_PARTITION_REPEATED` where the source gives two partitions the same id.
 */
export async function recordedPartitions(
  planning: PartitionPlanning,
  store: PartitionStore | undefined,
): Promise<readonly Partition[]> {
  const { plan } = planning;
  const recorded = await store?.load(plan.source, plan.target);
  if (recorded !== undefined) return recorded;
  const partitions = await plannedPartitions(planning);
  await store?.save(plan.source, plan.target, partitions);
  return partitions;
}

/** The partitions as the source cuts them now, asked for anew after a failure that may pass. */
export async function plannedPartitions(planning: PartitionPlanning): Promise<readonly Partition[]> {
  const { plan, source, call, filter, retry } = planning;
  return retrying(async () => {
    const partitions = new Map<string, Partition>();
    const { signal } = retry;
    for await (const partition of source.planPartitions(plan.source, {
      ...call,
      signal,
      targetCount: plan.partitions,
      ...(filter !== undefined && { filter }),
    })) {
      signal.throwIfAborted();
      // Two with one id would share a checkpoint, and the second would count as done.
      if (partitions.has(partition.id)) throw repeated(plan, partition);
      partitions.set(partition.id, partition);
    }
    return [...partitions.values()];
  }, retry);
}

function repeated(plan: EntityPlan, partition: Partition): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_PARTITION_REPEATED',
    category: 'internal',
    message: `The source cut ${plan.source} into partitions of which two have the id ${partition.id}`,
    nextStep: 'report it to the author of the connector',
  });
}
