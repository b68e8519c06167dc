import { dirname, join } from 'node:path';
import type { NamingContext } from '../connect/named-store.js';
import type { MigrationControl, MigrationResult } from '../migration.js';
import { openRunFolder } from '../state/run-folder.js';
import { readRunResult } from '../state/run-report.js';
import { deadLetterRun } from './dead-letter-run.js';
import type { StartOptions } from './job-options.js';
import { openPair } from './open-pair.js';
import { readLock } from './read-lock.js';
import { type NamedStores, type RecordedRun, readRecordedRun, storesOf } from './recorded-run.js';
import { connectCall } from './request-deadlines.js';
import { type BegunRun, type MovingOptions, runInFolder } from './run-in-folder.js';

/** A run to go on with. */
export interface ResumeJob {
  readonly recorded: RecordedRun;
  readonly named: NamedStores;
  readonly context: NamingContext;
  readonly options: MovingOptions & Pick<StartOptions, 'connectDeadline' | 'onPlan'>;
}

/**
 * Does what a run has left to do. One that is finished is reported as it was, and nothing is read or written.
 *
 * What was agreed to when the run began is not asked again.
 */
export async function resumeJob(job: ResumeJob, control: MigrationControl): Promise<MigrationResult> {
  const { summary, plan, record } = job.recorded;
  await job.options.onPlan?.(plan);
  if (summary.state === 'finished') return readRunResult({ id: summary.id, folder: summary.folder, plan: plan.id });
  const run =
    record.retries === null
      ? await recordRun(job)
      : await deadLetterRun(await readRecordedRun(dirname(dirname(summary.folder)), record.retries), job);
  const mode = summary.epoch === 0 ? 'create' : 'resume';
  return runInFolder({ ...run, folder: openRunFolder(summary.folder), mode }, job.options, control);
}

async function recordRun({ recorded, named, context, options }: ResumeJob): Promise<Omit<BegunRun, 'folder' | 'mode'>> {
  const sides = await storesOf(recorded, named, context);
  return {
    plan: recorded.plan,
    lock: await readLock(join(recorded.summary.folder, 'mapping.lock.json')),
    isRetry: false,
    sides,
    open: (signal) => openPair(sides.source, sides.target, connectCall(options, signal)),
  };
}
