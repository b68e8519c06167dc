import { Datamigrato } from '../datamigrato.js';
import { storesAgain } from './endpoints.js';
import { type AgainFlags, type RunFlags, runOptionsOf } from './migration-flags.js';
import { moveRecords } from './move-records.js';
import type { Session } from './session.js';

type ResumeFlags = Omit<RunFlags, 'acceptLoss' | 'allowWritesTo'> & AgainFlags;

/** `datamigrato resume [run]`: goes on with the run named, or with the last that is not finished. */
export async function resume(session: Session, run: string | undefined, flags: ResumeFlags): Promise<number> {
  const { named, datamigrato } = await begun(session, flags);
  return moveRecords(session, flags, ({ onPlan }) =>
    datamigrato.resume({ ...runOptionsOf(flags), ...named, onPlan, ...(run !== undefined && { run }) }),
  );
}

/** `datamigrato retry <run>`: writes the dead letters of a run again. */
export async function retry(
  session: Session,
  run: string,
  flags: Omit<ResumeFlags, 'from' | 'fromOption'>,
): Promise<number> {
  const { named, datamigrato } = await begun(session, flags);
  return moveRecords(session, flags, ({ onPlan }) =>
    datamigrato.retry({ ...runOptionsOf(flags), ...named, onPlan, run }),
  );
}

async function begun(session: Session, flags: AgainFlags) {
  const { named, further } = await storesAgain(session, flags);
  const datamigrato = new Datamigrato({
    connectors: further.map(({ connector }) => connector),
    environment: session.environment,
    secrets: session.redactor,
  });
  return { named, datamigrato };
}
