import { addLedgers, type CheckpointStore, type DeadLetterStore, emptyLedger } from '../checkpoint/checkpoint.js';
import type { Endpoint } from '../connector/define-connector.js';
import { DatamigratoError } from '../error/datamigrato-error.js';
import type { EventListener } from '../event/migration-event.js';
import { retrying } from '../flow/retry.js';
import { createRetryBudget } from '../flow/retry-budget.js';
import type { Runtime } from '../flow/runtime.js';
import { checkPlan, type ResumedPlan } from '../plan/check-plan.js';
import type { MigrationPlan } from '../plan/migration-plan.js';
import { type DeadLetterLimitOptions, defaultDeadLetterLimit } from './dead-letter-limit.js';
import { type EntityReport, type MigrationReport, movingSourceNotice } from './migration-report.js';
import { runEntity } from './run-entity.js';
import type { CheckpointInterval } from './save-checkpoint.js';
import { createSharedFlow } from './shared-flow.js';

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
  /** Given where an earlier start has begun with the plan. */
  readonly resumed?: ResumedPlan;
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
  batchRecords: 500,
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
  const { plan, runtime } = run;
  const started = runtime.wallClock();
  const entities: EntityReport[] = [];
  const isUnfinished = await stopped(run, async () => {
    await requireFreshPlan(run, settings);
    run.listener({
      type: 'migration-started',
      plan: plan.id,
      entities: plan.entities.map(({ source, target, estimate }) => ({ source, target, estimate })),
    });
    const shared = createSharedFlow(run, settings);
    const earlier = await run.checkpoints.load();
    for (const entity of plan.entities) {
      entities.push(await runEntity(run, entity, settings, shared, earlier));
      if (run.stop.aborted) return entities.length < plan.entities.length || entities.some((one) => !one.finished);
    }
    return false;
  });
  const ledger = entities.map((entity) => entity.ledger).reduce(addLedgers, emptyLedger);
  if (isUnfinished) {
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
    plan: plan.id,
    source: plan.source,
    target: plan.target,
    startedAt: new Date(started).toISOString(),
    finishedAt: new Date(runtime.wallClock()).toISOString(),
    status: ledger.dead > 0 ? 'finished-with-dead-letters' : 'finished',
    entities,
    ledger,
    notices:
      run.source.connector.manifest.readConsistency === 'moving' ? [...plan.notices, movingSourceNotice] : plan.notices,
  };
}

/** What the work says, or that it was stopped where it met the stop while it was waiting. */
async function stopped(run: MigrationRun, work: () => Promise<boolean>): Promise<boolean> {
  try {
    return await work();
  } catch (error) {
    if (run.stop.aborted && error === run.stop.reason) return true;
    throw error;
  }
}

async function requireFreshPlan(run: MigrationRun, settings: RunSettings): Promise<void> {
  const { plan, source, target, runtime } = run;
  const signal = AbortSignal.any([run.stop, ...(run.abandon ? [run.abandon] : [])]);
  await retrying(() => checkPlan(plan, source, target, { signal, deadline: settings.deadline }, run.resumed), {
    runtime,
    signal,
    where: `${source.description.id} or ${target.description.id}`,
    idempotent: true,
    budget: createRetryBudget({ runtime, outage: settings.outage }),
  });
}
