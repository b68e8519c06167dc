import {
  asDatamigratoError,
  type DatamigratoError,
  defaultRunSettings,
  type MappingLock,
  type MigrationPlan,
  type MigrationRun,
  type RunSettings,
  runMigration,
} from '@datamigrato/core';
import { withMore } from '../error/with-more.js';
import type { MigrationControl, MigrationResult } from '../migration.js';
import { programVersion } from '../program-version.js';
import { recordsText } from '../render/quantity.js';
import { createTimelineRecorder, type TimelineRecorder, writeTimeline } from '../report/timeline.js';
import { systemRuntime } from '../runtime.js';
import { finalCodes } from '../state/can-go-on.js';
import { createDeadLetterFile, deadChangePath } from '../state/dead-letter-file.js';
import { openRunEvents, type RunEvents } from '../state/run-events.js';
import { readsStateOf, runFingerprint } from '../state/run-fingerprint.js';
import type { RunFolder } from '../state/run-folder.js';
import type { RunReport } from '../state/run-report.js';
import { openRunStore, type RunStore } from '../state/run-store.js';
import { catchingUp } from './catching-up.js';
import type { StartOptions } from './job-options.js';
import type { OpenPair } from './open-pair.js';

/** A run whose plan is written down: what there is to do, and where. */
export interface BegunRun {
  readonly folder: RunFolder;
  readonly plan: MigrationPlan;
  readonly lock: MappingLock;
  /** Whether its state is made now or an earlier start has left it. */
  readonly mode: 'create' | 'resume';
  /** Whether the records are dead letters, written again after something was put right: in the target, or by other versions. */
  readonly isRetry: boolean;
  /** Both sides, as far as they are known before they are open. */
  readonly sides: Parameters<typeof runFingerprint>[1];
  /** Opens both sides, once this process has the run in hands. */
  open(signal: AbortSignal): Promise<OpenPair>;
}

/** How records are moved, whatever they are. */
export type MovingOptions = Pick<
  StartOptions,
  'batchRecords' | 'catchUp' | 'deadline' | 'maximumDeadLetters' | 'maximumRate' | 'outage'
>;

/** Moves what a run has left to move, keeps its state, and writes down how it ended. */
export async function runInFolder(
  run: BegunRun,
  options: MovingOptions,
  control: MigrationControl,
): Promise<MigrationResult> {
  await using store = await openedStore(run);
  await using events = await openedEvents(run, store, control);
  const timeline = createTimelineRecorder(systemRuntime, events.listener);
  try {
    return await move(run, store, options, { ...control, listener: timeline.listener }, timeline);
  } catch (error) {
    throw resumable(await recorded(error, run, store, timeline), run.folder.id);
  }
}

async function openedStore({ folder, plan, mode, sides }: BegunRun): Promise<RunStore> {
  try {
    const fingerprint = runFingerprint(plan, sides, programVersion);
    return await openRunStore({ folder: folder.path, mode, fingerprint, runtime: systemRuntime });
  } catch (error) {
    throw resumable(asDatamigratoError(error, 'the state of the run'), folder.id);
  }
}

async function openedEvents({ folder }: BegunRun, { lost }: RunStore, control: MigrationControl): Promise<RunEvents> {
  const { listener: next, redact } = control;
  try {
    return await openRunEvents({ folder: folder.path, runtime: systemRuntime, redact, lost, next });
  } catch (error) {
    throw resumable(asDatamigratoError(error, 'the events of the run'), folder.id);
  }
}

async function move(
  run: BegunRun,
  store: RunStore,
  options: MovingOptions,
  control: MigrationControl,
  timeline: TimelineRecorder,
): Promise<MigrationResult> {
  const { folder, plan, lock, isRetry } = run;
  const { resumed } = store;
  if (resumed !== undefined) {
    const { startedAt, ledger } = resumed;
    const text = `Run ${folder.id}, begun at ${startedAt}, goes on: ${recordsText(ledger.read)} of it ${ledger.read === 1 ? 'is' : 'are'} done`;
    control.listener({ type: 'notice', text });
    if (plan.writeMode === 'create') control.listener({ type: 'notice', text: ownRecords(folder.id) });
  }
  const abandon = AbortSignal.any([control.abandon, store.lost]);
  await using pair = await run.open(AbortSignal.any([control.stop, abandon]));
  const moving = {
    plan,
    source: pair.source,
    target: pair.target,
    runtime: systemRuntime,
    deadLetters: store.deadLetters,
    listener: control.listener,
    stop: control.stop,
    abandon,
    settings: settingsOf(options),
  };
  await using deadChanges = createDeadLetterFile(deadChangePath(folder.path, store.epoch));
  const following = await catchingUp(folder.path, options.catchUp, { ...moving, deadLetters: deadChanges });
  await following?.begin();
  const report = await runMigration({
    ...moving,
    checkpoints: store,
    digestKey: store.digestKey,
    ...((resumed !== undefined || isRetry) && {
      resumed: { acceptsVersion: readsStateOf, acceptsChangedTarget: isRetry } satisfies MigrationRun['resumed'],
    }),
  });
  const caughtUp = await following?.finish();
  const { count, path } = store.deadLetters;
  const recordedReport: RunReport = {
    ...report,
    ...(caughtUp !== undefined && { finishedAt: new Date(systemRuntime.wallClock()).toISOString() }),
    ...(caughtUp?.entities.some(({ ledger }) => ledger.dead > 0) && { status: 'finished-with-dead-letters' }),
    catchUp: caughtUp ?? null,
    runId: folder.id,
    runFolder: folder.path,
    deadLetterFile: count > 0 ? path : null,
    earlier: resumed === undefined ? null : { startedAt: resumed.startedAt, ledger: resumed.ledger },
  };
  await writeTimeline(folder.path, timeline.start());
  await folder.end(recordedReport);
  await store.end({ status: 'finished', at: recordedReport.finishedAt, code: null });
  await folder.clear();
  return { ...recordedReport, lock, wasFinished: false };
}

/** What a run in the mode `create` meets that was not ended in order: no store tells whose record it is that is there. */
function ownRecords(run: string): string {
  return `Records that an earlier start wrote after its last checkpoint are there already and become dead letters (DM_RECORD_EXISTS); \`datamigrato verify ${run}\` tells whether they are equal`;
}

/** The failure of a run, once it is written down as far as that may still be done. */
async function recorded(
  thrown: unknown,
  { folder, plan }: BegunRun,
  store: RunStore,
  timeline: TimelineRecorder,
): Promise<DatamigratoError> {
  const error = asDatamigratoError(thrown, 'the migration');
  const { code, category, message } = error;
  // Where nothing can be written any more, or another process may have gone on, there is nothing to add.
  if (code === 'DM_STATE_UNWRITABLE' || code === 'DM_RUN_LOCKED') return error;
  const status = code === 'DM_INTERRUPTED' ? 'interrupted' : 'failed';
  try {
    const failure = { schema: 'datamigrato.failure/1', plan: plan.id, runId: folder.id, status };
    await folder.end({ ...failure, error: { code, category, message } });
    await store.end({ status, at: new Date(systemRuntime.wallClock()).toISOString(), code });
    await writeTimeline(folder.path, timeline.start());
  } catch (failure) {
    const unrecorded = asDatamigratoError(failure, 'the end of the run');
    return withMore(unrecorded, { message: `${unrecorded.message}; before that: ${code}` });
  }
  return error;
}

/** The error with the run in its context, and with how the run goes on where it can. */
function resumable(error: DatamigratoError, run: string): DatamigratoError {
  const context = { ...error.context, run };
  if (finalCodes.has(error.code)) return withMore(error, { context });
  const resume = `datamigrato resume ${run}`;
  const nextStep =
    error.code === 'DM_INTERRUPTED' || error.nextStep === undefined
      ? `go on with \`${resume}\``
      : `${error.nextStep}; then go on with \`${resume}\``;
  return withMore(error, { context, nextStep });
}

function settingsOf(options: MovingOptions): Partial<RunSettings> {
  const { checkpointInterval } = defaultRunSettings;
  const { batchRecords, deadline, maximumDeadLetters, maximumRate, outage } = options;
  return {
    ...(deadline !== undefined && { deadline }),
    ...(maximumDeadLetters !== undefined && { deadLetterLimit: { records: maximumDeadLetters, ratio: 0 } }),
    ...(maximumRate !== undefined && { maximumRate }),
    ...(batchRecords !== undefined && {
      batchRecords,
      checkpointInterval: { ...checkpointInterval, records: Math.min(checkpointInterval.records, batchRecords) },
    }),
    ...(outage !== undefined && { outage }),
  };
}
