import { Datamigrato } from '../datamigrato.js';
import { renderRun, renderRuns } from '../render/runs-view.js';
import type { RunSummary } from '../state/list-runs.js';
import { exitCodes } from './exit-codes.js';
import type { OutputFlags, Session } from './session.js';

/** `datamigrato status [run]`: the runs of the state folder, or one of them in full. Changes nothing. */
export async function status(session: Session, run: string | undefined, flags: OutputFlags): Promise<number> {
  const { stateFolder, json } = flags;
  const runs = await new Datamigrato().status({
    ...(stateFolder !== undefined && { stateFolder }),
    ...(run !== undefined && { run }),
  });
  if (json === true)
    session.print(JSON.stringify({ schema: 'datamigrato.status/1', runs: runs.map(documentOf) }, null, 2));
  else
    session.print(
      run === undefined
        ? renderRuns(runs, session.outPalette)
        : runs.map((one) => renderRun(one, session.outPalette)).join(''),
    );
  return exitCodes.done.code;
}

function documentOf(run: RunSummary): object {
  if (run.state !== 'untrusted') return run;
  const { error, ...rest } = run;
  return { ...rest, code: error.code, message: error.message, nextStep: error.nextStep ?? null };
}
