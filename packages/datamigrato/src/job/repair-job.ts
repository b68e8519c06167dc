import { join } from 'node:path';
import { type RepairReport, repairMigration } from '@datamigrato/core';
import type { NamingContext } from '../connect/named-store.js';
import { systemRuntime } from '../runtime.js';
import { writePrivateFile } from '../state/private-file.js';
import { runLocked } from '../state/state-errors.js';
import { createVerificationFile } from '../state/verification-file.js';
import { openPair } from './open-pair.js';
import { connectCall } from './request-deadlines.js';
import { proofSettings, writeVerification } from './verify-job.js';
import type { RepairOptions } from './verify-options.js';
import { proofSubject } from './verify-subject.js';

/** What a repair did, and where that was written down. */
export interface RepairResult extends RepairReport {
  /** Name of the run; null where a plan alone was given. */
  readonly runId: string | null;
  /** The file with this report; null without a run, and after a dry run. As confidential as the data. */
  readonly reportFile: string | null;
}

/** Repairs the target of a run, or of a plan, and compares again. Refuses while another process has the run. */
export async function repairJob(
  options: RepairOptions,
  stateFolder: string,
  context: NamingContext,
): Promise<RepairResult> {
  const signal = options.signal ?? new AbortController().signal;
  const { plan, source, target, digestKey, run } = await proofSubject(options, stateFolder, context);
  if (run?.state === 'running')
    throw runLocked(`Run ${run.id} is under way, so that its target is still being written`);
  await using pair = await openPair(source, target, connectCall(options, signal));
  const { onRead, allowDelete = false, dryRun = false } = options;
  const report = await repairMigration({
    plan,
    source: pair.source,
    target: pair.target,
    runtime: systemRuntime,
    signal,
    digestKey,
    allowDelete,
    dryRun,
    ...(onRead && { onRead }),
    settings: proofSettings(options),
  });
  if (run === null || dryRun) return { ...report, runId: run?.id ?? null, reportFile: null };
  // What an earlier comparison has read is not what is there now.
  await createVerificationFile(run.folder).clear();
  const reportFile = join(run.folder, 'repair.json');
  const result = { ...report, runId: run.id, reportFile };
  await writePrivateFile(reportFile, `${JSON.stringify(result, null, 2)}\n`);
  if (report.verification !== null) await writeVerification(run, report.verification);
  return result;
}
