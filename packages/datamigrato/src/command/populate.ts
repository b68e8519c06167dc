import { Datamigrato } from '../datamigrato.js';
import { commandReference, sessionConnectors } from './endpoints.js';
import { type MappingFlags, mappingOf, type RunFlags, runOptionsOf, type StoreFlags } from './migration-flags.js';
import { moveRecords } from './move-records.js';
import type { Session } from './session.js';

/** Flags of `populate` alone. */
export interface PopulateFlags {
  readonly records?: string;
  readonly allowPrivate?: boolean;
  readonly maxBytes?: number;
  readonly name?: string;
}

/** `datamigrato populate <url> <to>`: the records of a JSON document into a store. */
export async function populate(
  session: Session,
  [document, toText]: readonly [string, string],
  flags: RunFlags & MappingFlags & PopulateFlags & Pick<StoreFlags, 'toOption'>,
): Promise<number> {
  const { set, further } = await sessionConnectors(session);
  session.redactor.registerUrl(document);
  const to = await commandReference(toText, flags.toOption, session, set);
  const datamigrato = new Datamigrato({
    connectors: further.map(({ connector }) => connector),
    secrets: session.redactor,
  });
  return moveRecords(session, flags, (hooks) =>
    datamigrato.populate({
      ...mappingOf(flags),
      ...runOptionsOf(flags),
      ...hooks,
      from: document,
      to,
      ...(flags.records !== undefined && { recordsPath: flags.records }),
      ...(flags.allowPrivate !== undefined && { allowPrivate: flags.allowPrivate }),
      ...(flags.maxBytes !== undefined && { maximumBytes: flags.maxBytes }),
      ...(flags.name !== undefined && { entity: flags.name }),
    }),
  );
}
