import {
  addLedgers,
  type Checkpoint,
  type CheckpointStore,
  type DeadLetterStore,
  emptyLedger,
  type Ledger,
} from '../checkpoint/checkpoint.js';
import type { CallOptions } from '../connector/call-options.js';
import type { Endpoint } from '../connector/define-connector.js';
import { DatamigratoError } from '../error/datamigrato-error.js';
import type { EventListener } from '../event/migration-event.js';
import { createByteBudget } from '../flow/byte-budget.js';
import { createPacer, type Pacer } from '../flow/pacer.js';
import { createRetryBudget, type RetryBudget } from '../flow/retry-budget.js';
import type { Runtime } from '../flow/runtime.js';
import { compileMapping } from '../mapping/compile-mapping.js';
import { restorerFor } from '../mapping/restore-record.js';
import { checkPlan } from '../plan/check-plan.js';
import type { EntityPlan, MigrationPlan } from '../plan/migration-plan.js';
import { createRecordDigest, type RecordDigest } from '../value/record-digest.js';
import { createDeadLetterLimit, type DeadLetterLimitOptions, defaultDeadLetterLimit } from './dead-letter-limit.js';
import { createKeyRegistry } from './key-registry.js';
import type { EntityReport, MigrationReport } from './migration-report.js';
import { recordedPartitions } from './recorded-partitions.js';
import { repeatedKeyCheck } from './repeated-key.js';
import { type EntityRun, runPartition } from './run-partition.js';
import type { CheckpointInterval } from './save-checkpoint.js';

/** What running a plan needs. Everything that reaches outside is handed in. */
export interface MigrationRun {
  readonly plan: MigrationPlan;
  readonly source: Endpoint;
  readonly target: Endpoint;
  readonly runtime: Runtime;
  readonly checkpoints: CheckpointStore;
  readonly deadLetters: DeadLetterStore;
  readonly listener: EventListener;
  /** Ends reading; what was read is still written and made durable. */
  readonly stop: AbortSignal;
  /** Ends everything at once. */
  readonly abandon?: AbortSignal;
  /** 32 random bytes that key the digests of this run. */
  readonly digestKey: Uint8Array;
  readonly settings?: Partial<RunSettings>;
}

/** How a plan is run; nothing here changes what it does. */
export interface RunSettings {
  /** Bytes of records that may be between reading and acknowledgement. */
  readonly bytesInFlight: number;
  /** Partitions moved at the same time. */
  readonly concurrency: number;
  /** Most records in one batch read. */
  readonly batchRecords: number;
  /** Most bytes in one batch read, roughly. */
  readonly batchBytes: number;
  /** Milliseconds after which one request to a store has failed. */
  readonly deadline: number;
  /** Milliseconds that a store may be gone before the run ends. */
  readonly outage: number;
  readonly checkpointInterval: CheckpointInterval;
  readonly deadLetterLimit: DeadLetterLimitOptions;
  /** Most records a second, or undefined for as many as the target takes. */
  readonly maximumRate: number | undefined;
}

/** The settings where a run says nothing. */
export const defaultRunSettings: RunSettings = {
  bytesInFlight: 64 * 1024 * 1024,
  concurrency: 4,
  batchRecords: 1000,
  batchBytes: 1024 * 1024,
  deadline: 30_000,
  outage: 300_000,
  checkpointInterval: { records: 1000, milliseconds: 1000 },
  deadLetterLimit: defaultDeadLetterLimit,
  maximumRate: undefined,
};

/**
 * Runs a plan: exactly what it says, entity by entity, partitions in parallel.
 *
 * @throws DatamigratoError `DM_PLAN_STALE` where a side has moved since the plan in a way that matters, `DM_PLAN_CONFLICT` where the plan itself says that it cannot run,
 * `DM_INTERRUPTED` after a stop that left work to do, and whatever a store fails with for good.
 */
export async function runMigration(run: MigrationRun): Promise<MigrationReport> {
  const settings: RunSettings = { ...defaultRunSettings, ...run.settings };
  const failure = new AbortController();
  const abandon = AbortSignal.any([failure.signal, ...(run.abandon ? [run.abandon] : [])]);
  const call: CallOptions = { signal: abandon, deadline: settings.deadline };
  const started = run.runtime.wallClock();
  await checkPlan(run.plan, run.source, run.target, call);
  run.listener({
    type: 'migration-started',
    plan: run.plan.id,
    entities: run.plan.entities.map(({ source, target, estimate }) => ({ source, target, estimate })),
  });
  const shared = createSharedFlow(run, settings);
  const earlier = await run.checkpoints.load();
  const entities: EntityReport[] = [];
  for (const plan of run.plan.entities) {
    entities.push(await runEntity(run, plan, settings, shared, earlier, { failure, abandon, call }));
    if (run.stop.aborted) break;
  }
  const unfinished =
    run.stop.aborted && (entities.length < run.plan.entities.length || entities.some((entity) => !entity.finished));
  const ledger = entities.map((entity) => entity.ledger).reduce(addLedgers, emptyLedger);
  if (unfinished) {
    throw new DatamigratoError({
      code: 'DM_INTERRUPTED',
      category: 'usage',
      message: `The migration was stopped after ${ledger.read} records; all of them are accounted for`,
      nextStep: 'run it again: records that are already there are written as they are',
      cause: run.stop.reason,
    });
  }
  run.listener({ type: 'migration-finished', ledger });
  return {
    schema: 'datamigrato.report/1',
    plan: run.plan.id,
    source: run.plan.source,
    target: run.plan.target,
    startedAt: new Date(started).toISOString(),
    finishedAt: new Date(run.runtime.wallClock()).toISOString(),
    status: ledger.dead > 0 ? 'finished-with-dead-letters' : 'finished',
    entities,
    ledger,
    notices: run.plan.notices,
  };
}

interface SharedFlow {
  readonly bytes: ReturnType<typeof createByteBudget>;
  readonly pacer: Pacer;
  readonly sourceBudget: RetryBudget;
  readonly targetBudget: RetryBudget;
  readonly limit: ReturnType<typeof createDeadLetterLimit>;
}

function createSharedFlow(run: MigrationRun, settings: RunSettings): SharedFlow {
  const { runtime } = run;
  return {
    bytes: createByteBudget(settings.bytesInFlight),
    pacer: createPacer({
      runtime,
      maximumWindow: run.target.connector.manifest.limits.concurrentWrites,
      ...(settings.maximumRate !== undefined && { maximumRate: settings.maximumRate }),
    }),
    sourceBudget: createRetryBudget({ runtime, outage: settings.outage }),
    targetBudget: createRetryBudget({ runtime, outage: settings.outage }),
    limit: createDeadLetterLimit(settings.deadLetterLimit),
  };
}

interface RunControl {
  readonly failure: AbortController;
  readonly abandon: AbortSignal;
  readonly call: CallOptions;
}

async function runEntity(
  run: MigrationRun,
  plan: EntityPlan,
  settings: RunSettings,
  shared: SharedFlow,
  earlier: readonly Checkpoint[],
  control: RunControl,
): Promise<EntityReport> {
  const started = run.runtime.monotonicNow();
  const source = run.source.source();
  const target = run.target.target();
  await target.prepareEntity(plan.targetSchema, control.call);
  run.listener({
    type: 'entity-prepared',
    source: plan.source,
    target: plan.target,
    statements: plan.statements.length,
  });
  const entityRun = createEntityRun(run, plan, settings, shared);
  const checkpoints = new Map(
    earlier
      .filter((one) => one.source === plan.source && one.target === plan.target)
      .map((one) => [one.partition.id, one]),
  );
  const partitions = recordedPartitions(plan, source, run.checkpoints.partitions, { ...control.call, stop: run.stop });
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

  const worker = async (): Promise<void> => {
    for (;;) {
      if (run.stop.aborted) {
        finished = false;
        return;
      }
      const next = await partitions.next();
      if (next.done === true) {
        if (next.value === 'cut-short') finished = false;
        return;
      }
      const from = checkpoints.get(next.value.id);
      if (from?.finished) {
        account({ ledger: from.ledger, bytes: from.bytes, digest: createRecordDigest(run.digestKey, from.digest) });
        continue;
      }
      const outcome = await runPartition(entityRun, next.value, from, { stop: run.stop, abandon: control.abandon });
      account(outcome);
      if (!outcome.finished) finished = false;
    }
  };
  const guarded = async (): Promise<void> => {
    try {
      await worker();
    } catch (error) {
      control.failure.abort(error);
      throw error;
    }
  };
  const results = await Promise.allSettled(Array.from({ length: settings.concurrency }, guarded));
  await partitions.return(undefined);
  if (control.abandon.aborted) throw control.abandon.reason;
  const rejected = results.find((result) => result.status === 'rejected');
  if (rejected?.status === 'rejected') throw rejected.reason;
  requireBalanced(ledger, plan);
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

function createEntityRun(run: MigrationRun, plan: EntityPlan, settings: RunSettings, shared: SharedFlow): EntityRun {
  const source = run.source.source();
  const { manifest, codec } = run.target.connector;
  const decoder = run.source.connector.codec.createDecoder(plan.sourceSchema);
  const restorer = restorerFor(plan, run.source.connector.manifest);
  const mapper = compileMapping(plan.mapping, manifest);
  return {
    plan,
    source,
    sourceId: run.source.description.id,
    targetManifest: manifest,
    decoder,
    restorer,
    mapper,
    encoder: codec.createEncoder(plan.targetSchema),
    writing: {
      target: run.target.target(),
      entity: plan.target,
      mode: run.plan.writeMode,
      deadline: settings.deadline,
      runtime: run.runtime,
      where: run.target.description.id,
      idempotent: manifest.idempotentWrites && run.plan.writeMode !== 'create',
      budget: shared.targetBudget,
    },
    batchRecords: settings.batchRecords,
    batchBytes: settings.batchBytes,
    deadline: settings.deadline,
    runtime: run.runtime,
    bytes: shared.bytes,
    pacer: shared.pacer,
    sourceBudget: shared.sourceBudget,
    digestKey: run.digestKey,
    checkpoints: run.checkpoints,
    deadLetters: run.deadLetters,
    interval: settings.checkpointInterval,
    limit: shared.limit,
    registry: plan.mapping.key.chosen ? createKeyRegistry() : undefined,
    onRepeatedKey: repeatedKeyCheck({
      plan,
      source,
      decoder,
      restorer,
      mapper,
      settings,
      signal: run.abandon ?? run.stop,
    }),
    emit: run.listener,
  };
}

/** Every record that was read has one fate. A ledger that does not add up is a fault of this program, and nothing it says can be trusted. */
function requireBalanced(ledger: Ledger, plan: EntityPlan): void {
  if (ledger.read === ledger.written + ledger.unchanged + ledger.dead + ledger.filtered) return;
  throw new DatamigratoError({
    code: 'DM_LEDGER_UNBALANCED',
    category: 'internal',
    message: `The counts of ${plan.source} do not add up: ${JSON.stringify(ledger)}`,
    nextStep: 'report it; compare the two sides before relying on this run',
  });
}
