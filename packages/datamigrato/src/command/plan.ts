import { writeFile } from 'node:fs/promises';
import { type CheckExtent, DatamigratoError, isRefused, mayRefuse } from '@datamigrato/core';
import { Datamigrato } from '../datamigrato.js';
import { limitsDocument, renderLimits } from '../render/limits-view.js';
import { renderPlan } from '../render/plan-view.js';
import { checkProgress } from './check-progress.js';
import { commandReference, sessionConnectors } from './endpoints.js';
import { exitCodes } from './exit-codes.js';
import { type MappingFlags, mappingOf, type RunFlags, runOptionsOf, type StoreFlags } from './migration-flags.js';
import type { Session } from './session.js';

/** Flags of `plan` alone. */
export interface PlanFlags extends Pick<RunFlags, 'connectTimeout' | 'timeout'> {
  readonly out?: string;
  readonly check?: CheckExtent;
  /** Records beyond a limit that are shown for each reason. */
  readonly listed?: number;
}

/**
 * `datamigrato plan <from> <to>`: what `copy` would do, without doing it. Exit 5 where the plan could not run.
 *
 * With `--check`, records are tried against the target's limits too: exit 11 where some are beyond one for which `refuse` is chosen.
 */
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
  const { onLimit = {}, listed } = flags;
  const check = flags.check ?? (mayRefuse(onLimit) ? 'full' : undefined);
  const progress = check === undefined ? undefined : checkProgress(session);
  try {
    const options = {
      ...mappingOf(flags),
      ...runOptionsOf(flags),
      from,
      to,
      signal: stop.signal,
      ...(flags.entity !== undefined && { entities: flags.entity }),
    };
    const checked =
      check === undefined
        ? undefined
        : await datamigrato.check({
            ...options,
            check,
            listener: (event) => progress?.event(event),
            ...(listed !== undefined && { listed }),
          });
    progress?.end();
    const made = checked?.plan ?? (await datamigrato.plan(options));
    const document = JSON.stringify(made, null, 2);
    if (flags.out !== undefined) await writePlan(flags.out, document);
    const { json, verbose } = session.flags;
    const palette = session.outPalette;
    if (json === true)
      session.print(
        checked === undefined
          ? document
          : JSON.stringify(
              { plan: made, limits: limitsDocument(checked.limits), refused: isRefused(checked.limits, onLimit) },
              null,
              2,
            ),
      );
    else {
      session.print(renderPlan(made, { palette, everything: verbose === true, width: session.outWidth }));
      if (checked !== undefined)
        session.print(`\n${renderLimits(checked.limits, { palette, choices: onLimit, width: session.outWidth })}`);
    }
    if (flags.out !== undefined) session.remark(`next: datamigrato run ${flags.out} --from <from> --to <to>`);
    const conflicts = made.entities.some((entity) => entity.conflicts.length > 0);
    if (conflicts) return exitCodes.refused.code;
    return checked !== undefined && isRefused(checked.limits, onLimit) ? exitCodes.loss.code : exitCodes.done.code;
  } finally {
    progress?.end();
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
