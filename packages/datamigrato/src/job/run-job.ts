import {
  type CallOptions,
  type ConfiguredEndpoint,
  type Endpoint,
  type MigrationPlan,
  type PlanOptions,
  planMigration,
} from '@datamigrato/core';
import type { RecordableStore } from '../connect/store-record.js';
import type { MigrationControl, MigrationResult } from '../migration.js';
import { programVersion } from '../program-version.js';
import { systemRuntime } from '../runtime.js';
import { createRunFolder, defaultStateFolder, type RunFolder } from '../state/run-folder.js';
import { planCatchUp } from './catching-up.js';
import { requireChecked } from './check-job.js';
import type { JobOptions } from './job-options.js';
import { requireAcceptedLosses } from './loss-consent.js';
import { type OpenPair, openPair } from './open-pair.js';
import { connectCall, defaultDeadline } from './request-deadlines.js';
import { type MovingOptions, runInFolder } from './run-in-folder.js';
import { consentMissing, writeQuestion } from './write-consent.js';

/** What a job does, once the words of its user are understood. */
export interface Job {
  /** Describes the source. May put files into the run's folder, where it is given one to fetch records to. */
  source(folder: RunFolder, signal: AbortSignal): Promise<RecordableStore>;
  readonly target: RecordableStore;
  /** The plan to run, or what to make one of, found out once the source is open. */
  readonly plan: MigrationPlan | ((source: Endpoint, call: CallOptions) => Promise<PlanOptions>);
  readonly options: MovingOptions &
    Pick<
      JobOptions,
      'acceptLoss' | 'check' | 'connectDeadline' | 'consent' | 'onChecked' | 'onLimit' | 'onPlan' | 'stateFolder'
    >;
}

/** Opens, plans, asks, runs and reports: the whole of a migration. Leaves no folder behind where it ends before anything is written. */
export async function runJob(job: Job, control: MigrationControl): Promise<MigrationResult> {
  const { options, target } = job;
  // Until records move there is nothing to drain: being told to stop then ends everything.
  const before = AbortSignal.any([control.stop, control.abandon]);
  await using folder = await createRunFolder(options.stateFolder ?? defaultStateFolder, systemRuntime.wallClock);
  const source = await job.source(folder, before);
  await using pair = await openPair(source.configured, target.configured, connectCall(options, before));
  const plan = await agreedPlan(job, pair, { signal: before, deadline: options.deadline ?? defaultDeadline });
  if (!hasConflicts(plan)) await requireChecked(plan, pair, options, { signal: before, listener: control.listener });
  before.throwIfAborted();
  await planCatchUp(folder.path, options.catchUp);
  const lock = await folder.begin(plan, {
    startedAt: new Date(systemRuntime.wallClock()).toISOString(),
    program: programVersion,
    folder: process.cwd(),
    source: source.record,
    target: target.record,
    retries: null,
  });
  return await runInFolder(
    { folder, plan, lock, mode: 'create', isRetry: false, sides: pair, open: async () => pair },
    options,
    control,
  );
}

/** Plans alone: opens both sides, reads and closes them again. */
export async function planJob(
  source: ConfiguredEndpoint,
  target: ConfiguredEndpoint,
  plan: PlanOptions,
  options: Pick<JobOptions, 'connectDeadline' | 'deadline'>,
  signal: AbortSignal,
): Promise<MigrationPlan> {
  await using pair = await openPair(source, target, connectCall(options, signal));
  return await planMigration({
    source: pair.source,
    target: pair.target,
    options: plan,
    call: { signal, deadline: options.deadline ?? defaultDeadline },
  });
}

async function agreedPlan(job: Job, pair: OpenPair, call: CallOptions): Promise<MigrationPlan> {
  const { options } = job;
  const plan =
    typeof job.plan === 'function'
      ? await planMigration({ ...pair, options: await job.plan(pair.source, call), call })
      : job.plan;
  await options.onPlan?.(plan);
  // A plan with conflicts does not run, and nobody is asked about what it would lose.
  if (hasConflicts(plan)) return plan;
  if (options.acceptLoss !== true) requireAcceptedLosses(plan);
  if (options.consent === undefined) return plan;
  const question = await writeQuestion(plan, pair.target, call);
  if (question !== undefined && !(await options.consent(question))) throw consentMissing(question);
  return plan;
}

function hasConflicts(plan: MigrationPlan): boolean {
  return plan.entities.some(({ conflicts }) => conflicts.length > 0);
}
