import { addLedgers, type Checkpoint, emptyLedger, type Ledger } from '../checkpoint/checkpoint.js';
import type { CallOptions } from '../connector/call-options.js';
import type { Partition } from '../connector/source.js';
import { type RetryOptions, retrying } from '../flow/retry.js';
import { sourceFilterFor } from '../mapping/filter-record.js';
import type { EntityPlan } from '../plan/migration-plan.js';
import { createRecordDigest, type RecordDigest } from '../value/record-digest.js';
import { requireBalanced } from './balanced-ledger.js';
import { createKeyRegistry } from './key-registry.js';
import type { EntityReport } from './migration-report.js';
import { recordMapping } from './record-mapping.js';
import { type PartitionPlanning, recordedPartitions } from './recorded-partitions.js';
import { type KeySearch, proveKeysDistinct, repeatedKeyCheck } from './repeated-key.js';
import type { MigrationRun, RunSettings } from './run-migration.js';
import { type EntityRun, runPartition } from './run-partition.js';
import type { SharedFlow } from './shared-flow.js';
import { sideRetry } from './side-retry.js';

/**
 * Moves one entity: makes the target ready, then its partitions, several at a time, from where earlier processes came to.
 *
 * Rejects with the reason of the run's `stop` where that is met before any partition is read; later the report says `finished: false`.
 */
export async function runEntity(
  run: MigrationRun,
  plan: EntityPlan,
  settings: RunSettings,
  shared: SharedFlow,
  earlier: readonly Checkpoint[],
): Promise<EntityReport> {
  const started = run.runtime.monotonicNow();
  const failure = new AbortController();
  const abandon = AbortSignal.any([failure.signal, ...(run.abandon ? [run.abandon] : [])]);
  const beforeMoving = AbortSignal.any([abandon, run.stop]);
  const { entityRun, keySearch, planning } = createEntityRun(run, plan, settings, shared, beforeMoving);
  await prepare(run, plan, settings, sideRetry(run, 'target', shared.targetBudget, beforeMoving));
  const checkpoints = checkpointsOf(earlier, plan);
  if (plan.mapping.key.chosen && [...checkpoints.values()].some((one) => one.position !== null)) {
    run.listener({
      type: 'notice',
      text: `The keys of ${plan.source} are read once more to prove that no two are the same`,
    });
    await proveKeysDistinct(keySearch);
  }
  const partitions = (await recordedPartitions(planning, run.checkpoints.partitions)).values();

  const digest: RecordDigest = createRecordDigest(run.digestKey);
  let ledger: Ledger = emptyLedger;
  let bytes = 0;
  let count = 0;
  let finished = true;
  const account = (outcome: {
    readonly ledger: Ledger;
    readonly bytes: number;
    readonly digest: RecordDigest;
  }): void => {
    ledger = addLedgers(ledger, outcome.ledger);
    bytes += outcome.bytes;
    digest.merge(outcome.digest.value());
    count += 1;
  };

  const move = async (partition: Partition): Promise<void> => {
    const from = checkpoints.get(partition.id);
    // The limit is the migration's, not one process's.
    if (from !== undefined) {
      shared.limit.count(from.ledger.read, from.ledger.dead);
      const { ledger: before, finished: isFinished } = from;
      const place = { source: plan.source, partition: partition.id };
      run.listener({ type: 'partition-resumed', ...place, ledger: before, finished: isFinished });
    }
    if (from?.finished) {
      account({ ledger: from.ledger, bytes: from.bytes, digest: createRecordDigest(run.digestKey, from.digest) });
      return;
    }
    const outcome = await runPartition(entityRun, partition, from, { stop: run.stop, abandon });
    account(outcome);
    if (!outcome.finished) finished = false;
  };
  const worker = async (): Promise<void> => {
    try {
      for (const partition of partitions) {
        if (run.stop.aborted) {
          finished = false;
          return;
        }
        await move(partition);
      }
    } catch (error) {
      failure.abort(error);
    }
  };
  await Promise.all(Array.from({ length: settings.concurrency }, worker));
  abandon.throwIfAborted();
  requireBalanced(ledger, plan.source);
  if (finished) run.listener({ type: 'entity-finished', source: plan.source, target: plan.target, ledger });
  return {
    source: plan.source,
    target: plan.target,
    ledger,
    bytes,
    partitions: count,
    finished,
    milliseconds: run.runtime.monotonicNow() - started,
    digest: digest.value(),
    guarantee: plan.guarantee,
  };
}

async function prepare(run: MigrationRun, plan: EntityPlan, settings: RunSettings, retry: RetryOptions): Promise<void> {
  const target = run.target.target();
  const call: CallOptions = { signal: retry.signal, deadline: settings.deadline };
  await retrying(() => target.prepareEntity(plan.targetSchema, call), retry);
  run.listener({
    type: 'entity-prepared',
    source: plan.source,
    target: plan.target,
    statements: plan.statements.length,
  });
}

/** The entity's checkpoints by partition. */
function checkpointsOf(earlier: readonly Checkpoint[], plan: EntityPlan): ReadonlyMap<string, Checkpoint> {
  const own = earlier.filter((one) => one.source === plan.source && one.target === plan.target);
  return new Map(own.map((one) => [one.partition.id, one]));
}

function createEntityRun(
  run: MigrationRun,
  plan: EntityPlan,
  settings: RunSettings,
  shared: SharedFlow,
  signal: AbortSignal,
): { readonly entityRun: EntityRun; readonly keySearch: KeySearch; readonly planning: PartitionPlanning } {
  const { runtime } = run;
  const { batchBytes, deadline } = settings;
  const source = run.source.source();
  const { manifest, codec } = run.target.connector;
  // More at a time than one request holds would only wait, in the forms of records that weigh most.
  const batchRecords = Math.min(settings.batchRecords, manifest.limits.batchRecords);
  const sourceFilter = sourceFilterFor(plan, run.source.connector.manifest);
  const mapping = recordMapping(plan, run.source.connector.manifest, manifest);
  const retry = sideRetry(run, 'source', shared.sourceBudget, signal);
  const planning: PartitionPlanning = { plan, source, call: { signal, deadline }, filter: sourceFilter, retry };
  const keySearch: KeySearch = {
    plan,
    decoder: run.source.connector.codec.createDecoder(plan.sourceSchema),
    mapping,
    planning,
    reading: {
      source,
      batchRecords,
      batchBytes,
      deadline,
      runtime,
      where: retry.where,
      budget: shared.sourceBudget,
      signal,
      ...(sourceFilter !== undefined && { filter: sourceFilter }),
    },
  };
  const entityRun: EntityRun = {
    plan,
    source,
    sourceId: run.source.description.id,
    targetManifest: manifest,
    decoder: keySearch.decoder,
    mapping,
    sourceFilter,
    encoder: codec.createEncoder(plan.targetSchema),
    writing: {
      target: run.target.target(),
      entity: plan.target,
      mode: run.plan.writeMode,
      deadline,
      runtime,
      where: run.target.description.id,
      idempotent: manifest.idempotentWrites && run.plan.writeMode !== 'create',
      budget: shared.targetBudget,
    },
    batchRecords,
    batchBytes,
    deadline,
    runtime,
    bytes: shared.bytes,
    places: shared.places,
    pacer: shared.pacer,
    sourceBudget: shared.sourceBudget,
    digestKey: run.digestKey,
    checkpoints: run.checkpoints,
    deadLetters: run.deadLetters,
    interval: settings.checkpointInterval,
    limit: shared.limit,
    registry: plan.mapping.key.chosen ? createKeyRegistry() : undefined,
    onRepeatedKey: repeatedKeyCheck(keySearch),
    emit: run.listener,
  };
  return { entityRun, keySearch, planning };
}
