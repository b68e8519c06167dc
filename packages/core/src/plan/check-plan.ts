import type { CallOptions } from '../connector/call-options.js';
import type { Endpoint } from '../connector/define-connector.js';
import { DatamigratoError } from '../error/datamigrato-error.js';
import { sameType } from '../mapping/plan-mapping.js';
import type { EntitySchema } from '../schema/entity-schema.js';
import type { EntityPlan, MigrationPlan, PlannedEndpoint } from './migration-plan.js';
import { planId } from './plan-id.js';

/** What a plan is checked for less strictly where a run that has begun with it goes on. */
export interface ResumedPlan {
  /** Whether a connector of this version goes on with what one of the planned version has begun. */
  readonly acceptsVersion: (planned: string, now: string) => boolean;
  /** Whether the target may be changed by anybody, as long as it can take the records. Default: only as the plan says. */
  readonly acceptsChangedTarget?: boolean;
}

/**
 * Makes sure that a plan still is about these two stores as they are now.
 *
 * What matters: the endpoints and connector versions, a plan file that was changed by hand, the source's declared columns and key, and what the target has under the entity's name.
 * More or other records do not matter, nor do fields that a sample did not see: the plan says what becomes of those.
 * Where a run is `resumed`, its earlier start may have changed the target as the plan says, and connectors may be of versions that it accepts.
 *
 * @throws DatamigratoError `DM_PLAN_CHANGED`, `DM_PLAN_CONFLICT` or `DM_PLAN_STALE`.
 */
export async function checkPlan(
  plan: MigrationPlan,
  source: Endpoint,
  target: Endpoint,
  call: CallOptions,
  resumed?: ResumedPlan,
): Promise<void> {
  if (planId(plan) !== plan.id) {
    throw new DatamigratoError({
      code: 'DM_PLAN_CHANGED',
      category: 'usage',
      message: 'The plan was changed after it was made: its id does not match its contents',
      nextStep: 'make the plan again with the options that you want',
    });
  }
  const acceptsVersion = resumed?.acceptsVersion ?? ((planned: string, now: string): boolean => planned === now);
  requireSameEndpoint('source', plan.source, source, acceptsVersion);
  requireSameEndpoint('target', plan.target, target, acceptsVersion);
  for (const entity of plan.entities) {
    const [conflict] = entity.conflicts;
    if (conflict !== undefined) {
      throw new DatamigratoError({
        code: 'DM_PLAN_CONFLICT',
        category: 'endpoint',
        message: `${entity.target} in ${plan.target.endpoint} cannot take the records of ${entity.source}: ${entity.conflicts.join('; ')}`,
        nextStep: `choose another target with --entity ${entity.source}=<name>, or change the mapping`,
        context: { entity: entity.target },
      });
    }
    await requireSameSource(entity, source, call);
    await requireSameTarget(entity, target, call, resumed);
  }
}

function requireSameEndpoint(
  side: 'source' | 'target',
  planned: PlannedEndpoint,
  endpoint: Endpoint,
  acceptsVersion: ResumedPlan['acceptsVersion'],
): void {
  const now: PlannedEndpoint = {
    connector: endpoint.connector.id,
    version: endpoint.connector.version,
    endpoint: endpoint.description.id,
  };
  const { connector, version } = planned;
  if (now.connector === connector && acceptsVersion(version, now.version) && now.endpoint === planned.endpoint) return;
  throw stale(
    `its ${side} is ${planned.connector} ${planned.version} at ${planned.endpoint}, not ${now.connector} ${now.version} at ${now.endpoint}`,
  );
}

async function requireSameSource(plan: EntityPlan, source: Endpoint, call: CallOptions): Promise<void> {
  if (plan.restore !== null || plan.sourceSchema.origin !== 'declared') return;
  const now = await source.source().inferSchema(plan.source, { ...call, sampleSize: 0 });
  if (sameColumns(plan.sourceSchema, now)) return;
  throw stale(`the columns of ${plan.source} in ${source.description.id} are not what they were`);
}

function sameColumns(planned: EntitySchema, now: EntitySchema): boolean {
  const planNames = planned.fields.map((field) => field.name).sort();
  const nowNames = now.fields.map((field) => field.name).sort();
  return (
    planned.key.length === now.key.length &&
    planned.key.every(
      (field, index) => field.name === now.key[index]?.name && sameType(field.type, now.key[index]?.type),
    ) &&
    planNames.length === nowNames.length &&
    planNames.every((name, index) => name === nowNames[index]) &&
    planned.fields.every((field) => sameType(field.type, now.fields.find((other) => other.name === field.name)?.type))
  );
}

async function requireSameTarget(
  plan: EntityPlan,
  target: Endpoint,
  call: CallOptions,
  resumed: ResumedPlan | undefined,
): Promise<void> {
  const now = await target.target().planEntity(plan.targetSchema, call);
  if (now.conflicts.length > 0)
    throw stale(
      `${plan.target} in ${target.description.id} cannot take the records any more: ${now.conflicts.join('; ')}`,
    );
  if (now.fingerprint === plan.targetFingerprint) return;
  // An entity that an earlier start of this very plan has made, or changed as the plan says, is what the plan wanted.
  const mayBeOurs = !plan.targetExists || (resumed !== undefined && plan.statements.length > 0);
  if ((mayBeOurs || resumed?.acceptsChangedTarget === true) && now.exists && now.statements.length === 0) return;
  throw stale(`${plan.target} in ${target.description.id} is not what it was when the plan was made`);
}

function stale(why: string): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_PLAN_STALE',
    category: 'endpoint',
    message: `The plan does not fit any more: ${why}`,
    nextStep: 'make the plan again and look at what changed',
  });
}
