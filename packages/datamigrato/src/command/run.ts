import { readFile } from 'node:fs/promises';
import { DatamigratoError, type LimitChoices, type MigrationPlan } from '@datamigrato/core';
import { Datamigrato } from '../datamigrato.js';
import { variable } from '../secret/expand-variables.js';
import { commandReference, sessionConnectors } from './endpoints.js';
import { type AgainFlags, type RunFlags, runOptionsOf } from './migration-flags.js';
import { moveRecords } from './move-records.js';
import type { Session } from './session.js';

/** Flags of `run` alone. */
export interface RunPlanFlags extends AgainFlags {
  readonly restart?: boolean;
  readonly onLimit?: LimitChoices;
}

/** Largest plan file that is read: 64 MiB. */
const maximumPlanBytes = 64 * 1024 * 1024;

/** `datamigrato run plan.json`: exactly what the plan says. A plan holds no secrets, so the stores are named again, by flags or by `DATAMIGRATO_FROM` and `DATAMIGRATO_TO`. */
export async function run(session: Session, path: string, flags: RunFlags & RunPlanFlags): Promise<number> {
  const plan = await readPlan(path);
  const { set, further } = await sessionConnectors(session);
  const from = await commandReference(
    await storeText('from', plan, flags.from, session),
    flags.fromOption,
    session,
    set,
  );
  const to = await commandReference(await storeText('to', plan, flags.to, session), flags.toOption, session, set);
  const datamigrato = new Datamigrato({
    connectors: further.map(({ connector }) => connector),
    secrets: session.redactor,
  });
  const { restart = false, onLimit = {} } = flags;
  return moveRecords(session, flags, (hooks) =>
    datamigrato.run({ ...runOptionsOf(flags), ...hooks, plan, from, to, restart, onLimit }),
  );
}

/** The text that names a side of a plan: the flag, else a variable. Throws `DM_STORE_UNNAMED`. */
export async function storeText(
  side: 'from' | 'to',
  plan: MigrationPlan,
  flag: string | undefined,
  session: Session,
): Promise<string> {
  const name = `DATAMIGRATO_${side.toUpperCase()}`;
  const text = flag ?? (await variable(name, session.environment));
  if (text !== undefined) return text;
  const planned = side === 'from' ? plan.source : plan.target;
  throw new DatamigratoError({
    code: 'DM_STORE_UNNAMED',
    category: 'usage',
    message: `A plan holds no credentials, and nothing says how to reach ${planned.endpoint}`,
    nextStep: `add --${side} <connection string>, or set ${name} or ${name}_FILE`,
    context: { side },
  });
}

/** The plan in a file. Throws `DM_PLAN_FILE`. */
export async function readPlan(path: string): Promise<MigrationPlan> {
  const invalid = (why: string, cause?: unknown): DatamigratoError =>
    new DatamigratoError({
      code: 'DM_PLAN_FILE',
      category: 'usage',
      message: `${path} is not a plan of this program: ${why}`,
      nextStep: 'make one with `datamigrato plan <from> <to> --out plan.json`',
      ...(cause !== undefined && { cause }),
    });
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    throw invalid('it cannot be read', error);
  }
  if (bytes.length > maximumPlanBytes) throw invalid(`it has more than ${maximumPlanBytes} bytes`);
  let parsed: unknown;
  try {
    parsed = JSON.parse(bytes.toString('utf8'));
  } catch {
    throw invalid('it is not JSON');
  }
  if (!isPlan(parsed)) throw invalid('its "schema" is not "datamigrato.plan/1", or parts of it are missing');
  return parsed;
}

/** Whether this has the outline of a plan. That it was not changed since it was made is proven by its id, when it runs. */
function isPlan(thing: unknown): thing is MigrationPlan {
  if (typeof thing !== 'object' || thing === null) return false;
  const { schema, id, source, target, entities } = thing as Readonly<Record<string, unknown>>;
  return (
    schema === 'datamigrato.plan/1' &&
    typeof id === 'string' &&
    isEndpoint(source) &&
    isEndpoint(target) &&
    Array.isArray(entities) &&
    entities.every((entity: unknown) => typeof entity === 'object' && entity !== null && 'mapping' in entity)
  );
}

function isEndpoint(thing: unknown): boolean {
  return typeof thing === 'object' && thing !== null && 'endpoint' in thing && typeof thing.endpoint === 'string';
}
