import type { DeadLetterStore } from '../checkpoint/checkpoint.js';
import type { Endpoint } from '../connector/define-connector.js';
import { DatamigratoError } from '../error/datamigrato-error.js';
import type { EventListener } from '../event/migration-event.js';
import { createPacer } from '../flow/pacer.js';
import type { RetryOptions } from '../flow/retry.js';
import { createRetryBudget, type RetryBudget } from '../flow/retry-budget.js';
import type { Runtime } from '../flow/runtime.js';
import { createDeadLetterLimit } from '../pipeline/dead-letter-limit.js';
import { defaultRunSettings, type RunSettings } from '../pipeline/run-migration.js';
import { sideRetry } from '../pipeline/side-retry.js';
import type { EntityPlan, MigrationPlan } from '../plan/migration-plan.js';
import { ChangeApplier } from './apply-changes.js';
import {
  type CatchUpReport,
  type CatchUpState,
  type CatchUpStore,
  type ChangeLedger,
  type FollowedChanges,
  noChanges,
} from './catch-up-state.js';
import { followable, type Watch } from './followable.js';
import { ChangeReader } from './read-changes.js';

/** What catching up with a source needs. Everything that reaches outside is handed in. */
export interface CatchUpRun {
  readonly plan: MigrationPlan;
  readonly source: Endpoint;
  readonly target: Endpoint;
  readonly runtime: Runtime;
  readonly state: CatchUpStore;
  readonly deadLetters: DeadLetterStore;
  readonly listener: EventListener;
  /** Ends following; what was applied is made durable. */
  readonly stop: AbortSignal;
  /** Ends everything at once. */
  readonly abandon?: AbortSignal;
  readonly settings?: Partial<
    Pick<RunSettings, 'batchRecords' | 'deadLetterLimit' | 'deadline' | 'maximumRate' | 'outage'>
  >;
}

/** Milliseconds between two savings of how far changes are applied, about. In quiet times too: a position that grows old is one that a source may have forgotten. */
const saveInterval = 1000;

/**
 * Opens the changes of every entity of the plan and makes durable where they begin. To be done before the first record is read: whatever changes from then on is caught up with.
 *
 * Does nothing where an earlier start has done it.
 *
 * @throws DatamigratoError `DM_CHANGES_UNSUPPORTED`, `DM_CATCH_UP_IMPOSSIBLE`, `DM_CATCH_UP_LATE` where the state was never begun.
 */
export async function beginCatchUp(run: CatchUpRun): Promise<void> {
  const watch = followable(run.plan, run.source, run.target);
  const state = await requireState(run.state);
  if (state.entities.length > 0) return;
  const { sourceBudget } = budgetsOf(run);
  const entities: FollowedChanges[] = [];
  for (const entity of run.plan.entities) {
    const done = new AbortController();
    const signal = AbortSignal.any([done.signal, run.stop, ...(run.abandon ? [run.abandon] : [])]);
    const reader = openReader(run, watch, entity, undefined, sideRetry(run, 'source', sourceBudget, signal));
    try {
      const { position } = await reader.next();
      entities.push({ source: entity.source, target: entity.target, position, ledger: noChanges });
    } finally {
      done.abort(notFollowed());
      await reader.close();
    }
  }
  await run.state.save({ ...state, entities });
}

/**
 * Applies what the source has changed since {@link beginCatchUp}, entity by entity in turns, until the end that the state names. To be done once the copy is finished.
 *
 * Each change is applied by its key, the last one of a record alone, so that applying some of them again after a crash ends the same. How far it has come is durable at least every second, after what it covers.
 *
 * @throws DatamigratoError `DM_CHANGES_LOST` where the source has not all changes any more, `DM_INTERRUPTED` after a stop, and whatever a store fails with for good.
 */
export async function catchUp(run: CatchUpRun): Promise<CatchUpReport> {
  const { runtime, plan } = run;
  const watch = followable(plan, run.source, run.target);
  const state = await requireState(run.state);
  const failure = new AbortController();
  const signal = AbortSignal.any([failure.signal, ...(run.abandon ? [run.abandon] : [])]);
  const begun = runtime.monotonicNow();
  const followed = openFollowed(run, watch, state, signal);
  const save = (): Promise<void> =>
    run.state.save({ ...state, entities: followed.map(({ progress }) => ({ ...progress })) });
  let lastChange = begun;
  let lastSaved = begun;
  let quiet = false;
  try {
    for (;;) {
      const changes = await applyRound(followed, run.listener);
      const now = runtime.monotonicNow();
      quiet = changes === 0;
      if (!quiet) lastChange = now;
      const isOver = 'quiet' in state.end ? now - lastChange >= state.end.quiet : now - begun >= state.end.elapsed;
      if (isOver || run.stop.aborted || now - lastSaved >= saveInterval) {
        await save();
        lastSaved = now;
      }
      if (isOver) break;
      if (run.stop.aborted) throw stopped(run.stop.reason);
    }
  } finally {
    failure.abort(notFollowed());
    for (const { reader } of followed) await reader.close();
  }
  return {
    end: state.end,
    quiet,
    milliseconds: runtime.monotonicNow() - begun,
    entities: followed.map(({ progress: { source, target, ledger } }) => ({ source, target, ledger })),
  };
}

/** One entity whose changes are applied. */
interface Followed {
  readonly reader: ChangeReader;
  readonly applier: ChangeApplier;
  progress: FollowedChanges;
}

/** Applies one batch of each entity; all of them are waited for at the same time. Resolves to the number of changes. */
async function applyRound(followed: readonly Followed[], emit: EventListener): Promise<number> {
  let changes = 0;
  for (const one of followed) {
    const batch = await one.reader.next();
    let { ledger } = one.progress;
    if (batch.changes.length > 0) {
      const more = await one.applier.apply(batch.changes);
      ledger = addChanges(ledger, more);
      changes += more.changes;
      emit({ type: 'changes-applied', source: one.progress.source, ...more });
    }
    one.progress = { ...one.progress, position: batch.position, ledger };
  }
  return changes;
}

function openFollowed(run: CatchUpRun, watch: Watch, state: CatchUpState, signal: AbortSignal): readonly Followed[] {
  const { plan, source, target, runtime, deadLetters, listener } = run;
  const { deadline, deadLetterLimit, maximumRate } = settingsOf(run);
  const { sourceBudget, targetBudget } = budgetsOf(run);
  const limit = createDeadLetterLimit(deadLetterLimit);
  const pacer = createPacer({
    runtime,
    maximumWindow: target.connector.manifest.limits.concurrentWrites,
    ...(maximumRate !== undefined && { maximumRate }),
  });
  return plan.entities.map((entity) => {
    const progress = state.entities.find((one) => one.source === entity.source && one.target === entity.target);
    if (progress === undefined) throw late();
    return {
      progress,
      reader: openReader(run, watch, entity, progress.position, sideRetry(run, 'source', sourceBudget, signal)),
      applier: new ChangeApplier({
        plan: entity,
        source,
        target,
        deadLetters,
        limit,
        pacer,
        deadline,
        budget: targetBudget,
        retry: sideRetry(run, 'target', targetBudget, signal),
        emit: listener,
      }),
    };
  });
}

function openReader(
  run: CatchUpRun,
  watch: Watch,
  { source: entity }: EntityPlan,
  after: FollowedChanges['position'] | undefined,
  retry: RetryOptions,
): ChangeReader {
  const { batchRecords, deadline } = settingsOf(run);
  return new ChangeReader({ watch, entity, after, batchChanges: batchRecords, deadline, retry });
}

function budgetsOf(run: CatchUpRun): { readonly sourceBudget: RetryBudget; readonly targetBudget: RetryBudget } {
  const options = { runtime: run.runtime, outage: settingsOf(run).outage };
  return { sourceBudget: createRetryBudget(options), targetBudget: createRetryBudget(options) };
}

function settingsOf(run: CatchUpRun): RunSettings {
  return { ...defaultRunSettings, ...run.settings };
}

function addChanges(left: ChangeLedger, right: ChangeLedger): ChangeLedger {
  return {
    changes: left.changes + right.changes,
    written: left.written + right.written,
    deleted: left.deleted + right.deleted,
    dead: left.dead + right.dead,
  };
}

/** Met by nobody but a request that nobody waits for. */
function notFollowed(): Error {
  return new Error('the changes are not followed any more');
}

async function requireState(store: CatchUpStore): Promise<CatchUpState> {
  const state = await store.load();
  if (state === undefined) throw late();
  return state;
}

function late(): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_CATCH_UP_LATE',
    category: 'usage',
    message: 'The run was begun without catching up, so that nobody knows where the changes begin that it has missed',
    nextStep: 'finish it without --catch-up and compare with `datamigrato verify`, or copy anew with --catch-up',
  });
}

function stopped(reason: unknown): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_INTERRUPTED',
    category: 'usage',
    message: 'The migration was stopped while it caught up with the source; what was applied is accounted for',
    nextStep: 'run it again: it goes on after the last change applied',
    cause: reason,
  });
}
