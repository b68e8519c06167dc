import { dirname } from 'node:path';
import { DatamigratoError } from '@datamigrato/core';
import type { MigrationControl, MigrationResult } from '../migration.js';
import { programVersion } from '../program-version.js';
import { systemRuntime } from '../runtime.js';
import { deadLetterPath } from '../state/dead-letter-file.js';
import { readDeadLetterLines } from '../state/dead-letter-lines.js';
import { type KnownRun, listRuns } from '../state/list-runs.js';
import { errorCode } from '../state/private-file.js';
import { createRunFolder } from '../state/run-folder.js';
import { readRunResult } from '../state/run-report.js';
import { untrusted } from '../state/state-errors.js';
import { diskFileSystem } from '../state/state-file-system.js';
import { deadLetterRun } from './dead-letter-run.js';
import { readRecordedRun } from './recorded-run.js';
import { type ResumeJob, resumeJob } from './resume-job.js';
import { runInFolder } from './run-in-folder.js';

/**
 * Writes the dead letters of a finished run again, as a run of its own with its own ledger: the records read are those letters, and those that fail once more are its dead letters.
 *
 * Where the letters were retried before, the rest of that retry is what there is to do: it goes on if it is not finished, else the letters that it left are retried.
 */
export async function retryJob(job: ResumeJob, control: MigrationControl): Promise<MigrationResult> {
  const { recorded } = job;
  const { summary, plan } = recorded;
  const stateFolder = dirname(dirname(summary.folder));
  const later = await newestRetry(stateFolder, summary.id);
  if (later !== undefined) {
    const retry = await readRecordedRun(stateFolder, later.id);
    const goesOn = later.state === 'finished' ? retryJob : resumeJob;
    return goesOn({ ...job, recorded: retry }, control);
  }
  if (summary.state !== 'finished') throw unfinished(summary.id);
  if (summary.ledger.dead === 0) return readRunResult({ id: summary.id, folder: summary.folder, plan: plan.id });
  await job.options.onPlan?.(plan);
  await requireLetters(summary);
  const run = await deadLetterRun(recorded, job);
  await using folder = await createRunFolder(stateFolder, systemRuntime.wallClock);
  await folder.begin(plan, {
    ...recorded.record,
    startedAt: new Date(systemRuntime.wallClock()).toISOString(),
    program: programVersion,
    retries: summary.id,
  });
  return await runInFolder({ ...run, folder, mode: 'create' }, job.options, control);
}

async function newestRetry(stateFolder: string, run: string): Promise<KnownRun | undefined> {
  for (const one of await listRuns({ stateFolder, runtime: systemRuntime }))
    if (one.state !== 'untrusted' && one.retries === run) return one;
  return undefined;
}

/** Every dead record of the ledger has its letter, and no letter is of another record. */
async function requireLetters({ folder, epoch, ledger }: KnownRun): Promise<void> {
  const path = deadLetterPath(folder, epoch);
  let letters = 0;
  try {
    for await (const _line of readDeadLetterLines(diskFileSystem, path)) letters += 1;
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
  if (letters !== ledger.dead)
    throw untrusted(path, `it has ${letters} dead letters, though ${ledger.dead} records are dead`);
}

function unfinished(run: string): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_RUN_UNFINISHED',
    category: 'usage',
    message: `Run ${run} is not finished, so that not all of its dead letters are known`,
    nextStep: `finish it with \`datamigrato resume ${run}\`, then retry`,
    context: { run },
  });
}
