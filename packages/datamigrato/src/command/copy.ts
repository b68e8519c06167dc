import { Datamigrato } from '../datamigrato.js';
import { commandReference, sessionConnectors } from './endpoints.js';
import { type MappingFlags, mappingOf, type RunFlags, runOptionsOf, type StoreFlags } from './migration-flags.js';
import { moveRecords } from './move-records.js';
import type { Session } from './session.js';

/** `datamigrato copy <from> <to>`: plans and runs in one go. */
export async function copy(
  session: Session,
  [fromText, toText]: readonly [string, string],
  flags: RunFlags & MappingFlags & StoreFlags,
): Promise<number> {
  const { set, further } = await sessionConnectors(session);
  const from = await commandReference(fromText, flags.fromOption, session, set);
  const to = await commandReference(toText, flags.toOption, session, set);
  const datamigrato = new Datamigrato({
    connectors: further.map(({ connector }) => connector),
    secrets: session.redactor,
  });
  return moveRecords(session, flags, (hooks) =>
    datamigrato.migrate({
      ...mappingOf(flags),
      ...runOptionsOf(flags),
      ...hooks,
      from,
      to,
      ...(flags.entity !== undefined && { entities: flags.entity }),
    }),
  );
}
