import { Datamigrato } from '../datamigrato.js';
import { storesAgain } from './endpoints.js';
import { type AgainFlags, type RunFlags, runOptionsOf } from './migration-flags.js';
import { moveRecords } from './move-records.js';
import type { Session } from './session.js';

/** `datamigrato resume [run]`: goes on with the run named, or with the last that is not finished. */
export async function resume(
  session: Session,
  run: string | undefined,
  flags: Omit<RunFlags, 'acceptLoss' | 'allowWritesTo'> & AgainFlags,
): Promise<number> {
  const { named, further } = await storesAgain(session, flags);
  const datamigrato = new Datamigrato({
    connectors: further.map(({ connector }) => connector),
    environment: session.environment,
    secrets: session.redactor,
  });
  return moveRecords(session, flags, ({ onPlan }) =>
    datamigrato.resume({ ...runOptionsOf(flags), ...named, onPlan, ...(run !== undefined && { run }) }),
  );
}
