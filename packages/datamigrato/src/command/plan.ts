import { writeFile } from 'node:fs/promises';
import { DatamigratoError } from '@datamigrato/core';
import { Datamigrato } from '../datamigrato.js';
import { renderPlan } from '../render/plan-view.js';
import { commandReference, sessionConnectors } from './endpoints.js';
import { exitCodes } from './exit-codes.js';
import { type MappingFlags, mappingOf, type RunFlags, runOptionsOf, type StoreFlags } from './migration-flags.js';
import type { Session } from './session.js';

/** Flags of `plan` alone. */
export interface PlanFlags extends Pick<RunFlags, 'connectTimeout' | 'timeout'> {
  readonly out?: string;
}

/** `datamigrato plan <from> <to>`: what `copy` would do, without doing it. Exit 5 where the plan could not run. */
export async function plan(
  session: Session,
  [fromText, toText]: readonly [string, string],
  flags: PlanFlags & MappingFlags & StoreFlags,
): Promise<number> {
  const { set, further } = await sessionConnectors(session);
  const from = await commandReference(fromText, flags.fromOption, session, set);
  const to = await commandReference(toText, flags.toOption, session, set);
  const datamigrato = new Datamigrato({
    connectors: further.map(({ connector }) => connector),
    secrets: session.redactor,
  });
  const stop = new AbortController();
  const deaf = session.interrupts.listen(() => stop.abort(interrupted()));
  try {
    const made = await datamigrato.plan({
      ...mappingOf(flags),
      ...runOptionsOf(flags),
      from,
      to,
      signal: stop.signal,
      ...(flags.entity !== undefined && { entities: flags.entity }),
    });
    const document = JSON.stringify(made, null, 2);
    if (flags.out !== undefined) await writePlan(flags.out, document);
    const { json, verbose } = session.flags;
    session.print(
      json === true ? document : renderPlan(made, { palette: session.outPalette, everything: verbose === true }),
    );
    if (flags.out !== undefined) session.remark(`next: datamigrato run ${flags.out} --from <from> --to <to>`);
    const conflicts = made.entities.some((entity) => entity.conflicts.length > 0);
    return conflicts ? exitCodes.refused.code : exitCodes.done.code;
  } finally {
    deaf();
  }
}

/** What a command that only reads ends with when it is told to stop. */
export function interrupted(): DatamigratoError {
  return new DatamigratoError({ code: 'DM_INTERRUPTED', category: 'usage', message: 'Stopped; nothing was written' });
}

async function writePlan(path: string, document: string): Promise<void> {
  try {
    await writeFile(path, `${document}\n`);
  } catch (cause) {
    throw new DatamigratoError({
      code: 'DM_PLAN_FILE',
      category: 'usage',
      message: `The plan cannot be written to ${path}`,
      nextStep: 'name a file in a folder that is there and writable with --out',
      cause,
    });
  }
}
