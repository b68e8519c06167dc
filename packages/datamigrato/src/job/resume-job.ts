import type { ConnectorSet } from '../connect/connector-set.js';
import type { NamingContext } from '../connect/named-store.js';
import type { MigrationControl, MigrationResult } from '../migration.js';
import { openRunFolder } from '../state/run-folder.js';
import { readRunResult } from '../state/run-report.js';
import type { JobOptions } from './job-options.js';
import { openPair } from './open-pair.js';
import { readLock } from './read-lock.js';
import { type NamedStores, type RecordedRun, storesOf } from './recorded-run.js';
import { type MovingOptions, runInFolder } from './run-in-folder.js';
import { connectCall } from './run-job.js';

/** A run to go on with. */
export interface ResumeJob {
  readonly recorded: RecordedRun;
  readonly named: NamedStores;
  readonly context: NamingContext & { readonly connectors: ConnectorSet };
  readonly options: MovingOptions & Pick<JobOptions, 'connectDeadline' | 'onPlan'>;
}

/**
 * Does what a run has left to do. One that is finished is reported as it was, and nothing is read or written.
 *
 * What was agreed to when the run began is not asked again.
 */
export async function resumeJob(job: ResumeJob, control: MigrationControl): Promise<MigrationResult> {
  const { recorded, options } = job;
  const { summary, plan } = recorded;
  await options.onPlan?.(plan);
  if (summary.state === 'finished') return readRunResult({ id: summary.id, folder: summary.folder, plan: plan.id });
  const sides = await storesOf(recorded, job.named, job.context);
  const folder = openRunFolder(summary.folder);
  const lock = await readLock(folder.file('mapping.lock.json'));
  return runInFolder(
    {
      folder,
      plan,
      lock,
      mode: summary.epoch === 0 ? 'create' : 'resume',
      sides,
      open: (signal) => openPair(sides.source, sides.target, connectCall(options, signal)),
    },
    options,
    control,
  );
}
