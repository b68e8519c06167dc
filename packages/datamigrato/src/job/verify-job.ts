import { join } from 'node:path';
import { type VerificationReport, type VerificationSettings, verifyMigration } from '@datamigrato/core';
import type { NamingContext } from '../connect/named-store.js';
import { systemRuntime } from '../runtime.js';
import type { KnownRun } from '../state/list-runs.js';
import { writePrivateFile } from '../state/private-file.js';
import { createVerificationFile } from '../state/verification-file.js';
import { openPair } from './open-pair.js';
import { connectCall } from './request-deadlines.js';
import type { ProofOptions, VerifyOptions } from './verify-options.js';
import { proofSubject } from './verify-subject.js';

/** What a comparison found, and where that was written down. */
export interface VerificationResult extends VerificationReport {
  /** Name of the run; null where a plan alone was compared. */
  readonly runId: string | null;
  /** What had become of the run by then: what one that is not finished has not moved yet is missing in the target. Null without a run. */
  readonly runState: KnownRun['state'] | null;
  /** Dead letters of the run: those that the target refused are missing there. */
  readonly deadLetters: number;
  /** The file with this report, keys of differing records included; null without a run. As confidential as the data. */
  readonly reportFile: string | null;
}

/** Compares the two sides of a run, or of a plan, and writes down beside the run what was found. */
export async function verifyJob(
  options: VerifyOptions,
  stateFolder: string,
  context: NamingContext,
): Promise<VerificationResult> {
  const signal = options.signal ?? new AbortController().signal;
  const { plan, source, target, digestKey, run } = await proofSubject(options, stateFolder, context);
  const store = run === null ? undefined : createVerificationFile(run.folder);
  if (options.restart === true) await store?.clear();
  await using pair = await openPair(source, target, connectCall(options, signal));
  const { onRead, level, sampleSize, listed, settleWithin } = options;
  const report = await verifyMigration({
    plan,
    source: pair.source,
    target: pair.target,
    runtime: systemRuntime,
    signal,
    digestKey,
    ...(store && { store }),
    ...(onRead && { onRead }),
    settings: {
      ...proofSettings(options),
      ...(level !== undefined && { level }),
      ...(sampleSize !== undefined && { sampleSize }),
      ...(listed !== undefined && { listed }),
      ...(settleWithin !== undefined && { settleWithin }),
    },
  });
  if (run === null) return { ...report, runId: null, runState: null, deadLetters: 0, reportFile: null };
  return await writeVerification(run, report);
}

/** Writes down beside a run what the last comparison of it found. */
export async function writeVerification(run: KnownRun, report: VerificationReport): Promise<VerificationResult> {
  const reportFile = join(run.folder, 'verification.json');
  const { id: runId, state: runState, ledger } = run;
  const result = { ...report, runId, runState, deadLetters: ledger.dead, reportFile };
  await writePrivateFile(reportFile, `${JSON.stringify(result, null, 2)}\n`);
  return result;
}

/** The settings of a comparison that options say. */
export function proofSettings({ deadline, outage }: ProofOptions): Partial<VerificationSettings> {
  return { ...(deadline !== undefined && { deadline }), ...(outage !== undefined && { outage }) };
}
