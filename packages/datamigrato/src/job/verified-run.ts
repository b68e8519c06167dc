import { DatamigratoError, type VerificationLevel } from '@datamigrato/core';
import type { NamingContext } from '../connect/named-store.js';
import type { MigrationWork } from '../migration.js';
import { verifyJob } from './verify-job.js';
import type { ProofOptions } from './verify-options.js';

/** How the sides of a run are compared once it is finished. */
export interface VerifiedRun extends Pick<ProofOptions, 'connectDeadline' | 'deadline' | 'from' | 'outage' | 'to'> {
  readonly level: VerificationLevel;
  readonly stateFolder: string;
  readonly context: NamingContext;
}

/** A migration that compares both sides once it is finished, and gives the report with its result. */
export function verifiedRun(
  work: MigrationWork,
  { level, stateFolder, context, ...options }: VerifiedRun,
): MigrationWork {
  return async (control) => {
    const result = await work(control);
    const { runId: run } = result;
    control.listener({ type: 'notice', text: 'all records moved; comparing both sides' });
    const signal = AbortSignal.any([control.stop, control.abandon]);
    try {
      return { ...result, verification: await verifyJob({ ...options, level, run, signal }, stateFolder, context) };
    } catch (error) {
      throw signal.aborted ? interrupted(run) : error;
    }
  };
}

function interrupted(run: string): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_INTERRUPTED',
    category: 'usage',
    message: `Run ${run} is finished; comparing its sides was stopped`,
    nextStep: `go on comparing with \`datamigrato verify ${run}\``,
    context: { run },
  });
}
