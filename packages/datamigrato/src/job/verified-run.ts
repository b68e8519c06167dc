import { DatamigratoError } from '@datamigrato/core';
import type { NamingContext } from '../connect/named-store.js';
import type { MigrationWork } from '../migration.js';
import { countText } from '../render/quantity.js';
import { systemRuntime } from '../runtime.js';
import type { AfterRun } from './job-options.js';
import { noticePace } from './notice-pace.js';
import { verifyJob } from './verify-job.js';
import type { ProofOptions } from './verify-options.js';

/** A migration that compares both sides once it is finished, where that is asked for, and gives the report with its result. */
export function verifiedRun(
  work: MigrationWork,
  { verify = false, connectDeadline, deadline, outage, from, to }: AfterRun & ProofOptions,
  stateFolder: string,
  context: NamingContext,
): MigrationWork {
  if (verify === false) return work;
  const options: ProofOptions = {
    ...(connectDeadline !== undefined && { connectDeadline }),
    ...(deadline !== undefined && { deadline }),
    ...(outage !== undefined && { outage }),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
  };
  const level = verify === true ? 'records' : verify;
  return async (control) => {
    const result = await work(control);
    const { runId: run } = result;
    const say = (text: string): void => control.listener({ type: 'notice', text });
    say('all records moved; comparing both sides');
    const signal = AbortSignal.any([control.stop, control.abandon]);
    try {
      return {
        ...result,
        verification: await verifyJob({ ...options, level, run, signal, onRead: counted(say) }, stateFolder, context),
      };
    } catch (error) {
      throw signal.aborted ? interrupted(run) : error;
    }
  };
}

function counted(say: (text: string) => void): NonNullable<ProofOptions['onRead']> {
  const records = { source: 0, target: 0 };
  const isDue = noticePace(systemRuntime);
  return ({ side, records: more }) => {
    records[side] += more;
    if (!isDue()) return;
    say(
      `comparing: ${countText(records.source)} records of the source and ${countText(records.target)} of the target read`,
    );
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
