import { type DatamigratoError, isDatamigratoError } from '@datamigrato/core';
import type { NamingContext } from '../connect/named-store.js';
import { withMore } from '../error/with-more.js';
import type { MigrationWork } from '../migration.js';
import { systemRuntime } from '../runtime.js';
import { canGoOn } from '../state/can-go-on.js';
import { listRuns, type RunSummary } from '../state/list-runs.js';
import { runUnknown } from '../state/state-errors.js';
import type { ResumeOptions } from './job-options.js';
import { type RecordedRun, readRecordedRun, readSummarizedRun } from './recorded-run.js';
import { resumeJob } from './resume-job.js';
import { verifiedRun } from './verified-run.js';

/**
 * What there is to do to resume the run named, or without a name the one started last among those that are not finished, else the one started last.
 *
 * The newest is taken even where something else stops it again, since another may lead to other stores: the error then says which it was, and which one could go on.
 */
export async function resumeWork(
  options: ResumeOptions,
  stateFolder: string,
  context: NamingContext,
): Promise<MigrationWork> {
  const { run, from, to } = options;
  const workOf = (recorded: RecordedRun): MigrationWork => {
    const work: MigrationWork = (control) => resumeJob({ recorded, named: { from, to }, context, options }, control);
    return verifiedRun(work, options, stateFolder, context);
  };
  if (run !== undefined) return workOf(await readRecordedRun(stateFolder, run));
  const runs = await listRuns({ stateFolder, runtime: systemRuntime });
  const chosen = runs.find(({ state }) => state !== 'finished') ?? runs[0];
  if (chosen === undefined) throw runUnknown(undefined, stateFolder);
  return async (control) => {
    try {
      return await workOf(await readSummarizedRun(chosen))(control);
    } catch (error) {
      if (!isDatamigratoError(error)) throw error;
      const other = runs.find((one) => one !== chosen && canGoOn(one));
      throw ofChosen(error, chosen, other);
    }
  };
}

/** The error with the name of the run that nobody named. An interruption was wanted, and says how to go on. */
function ofChosen(error: DatamigratoError, { id }: RunSummary, other: RunSummary | undefined): DatamigratoError {
  if (error.code === 'DM_INTERRUPTED') return error;
  const nextStep = [
    ...(error.nextStep === undefined ? [] : [error.nextStep]),
    `this was run ${id}, the newest that is not finished`,
    ...(other === undefined ? [] : [`another goes on with \`datamigrato resume ${other.id}\``]),
  ].join('; ');
  return withMore(error, { context: { ...error.context, run: id }, nextStep });
}
