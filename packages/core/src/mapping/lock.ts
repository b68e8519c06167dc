import { DatamigratoError } from '../error/datamigrato-error.js';
import type { EntityPlan, MigrationPlan } from '../plan/migration-plan.js';
import type { KeyField } from '../schema/entity-schema.js';
import type { LockedEntity, MappingLock } from './mapping-plan.js';

/** The lock file of a plan: what a migration in the other direction needs to bring everything back. */
export function lockOf(plan: MigrationPlan): MappingLock {
  return {
    schema: 'datamigrato.lock/1',
    plan: plan.id,
    entities: plan.entities.map((entity) => ({
      source: {
        connector: plan.source.connector,
        entity: entity.source,
        key: entity.sourceSchema.key.map(withoutShape),
        ...declaredBy(entity),
      },
      target: { connector: plan.target.connector, entity: entity.target },
      mapping: entity.mapping,
    })),
  };
}

/** The lock in a text that a lock file holds. Throws `DM_LOCK_INVALID`. */
export function lockFromText(text: string, where: string): MappingLock {
  const invalid = (why: string): DatamigratoError =>
    new DatamigratoError({
      code: 'DM_LOCK_INVALID',
      category: 'usage',
      message: `${where} is not a lock file of this program: ${why}`,
      nextStep: 'give the mapping.lock.json that stands beside the report of the earlier migration',
    });
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw invalid(`it is not JSON (${error instanceof Error ? error.message.replace(/".*"/s, '…') : 'unreadable'})`);
  }
  if (
    typeof parsed !== 'object' ||
    parsed === null ||
    !('schema' in parsed) ||
    parsed.schema !== 'datamigrato.lock/1'
  ) {
    throw invalid('its "schema" is not "datamigrato.lock/1"');
  }
  const lock = parsed as MappingLock;
  if (!Array.isArray(lock.entities) || !lock.entities.every(isLockedEntity))
    throw invalid('"entities" is not a list of locked entities');
  return lock;
}

/** The entry for an entity that is now read where an earlier migration wrote it. */
export function lockedEntity(lock: MappingLock, connector: string, entity: string): LockedEntity | undefined {
  return lock.entities.find((locked) => locked.target.connector === connector && locked.target.entity === entity);
}

function isLockedEntity(entity: LockedEntity | null): boolean {
  return (
    typeof entity?.source?.entity === 'string' &&
    Array.isArray(entity.source.key) &&
    (entity.source.declared === undefined || Array.isArray(entity.source.declared?.fields)) &&
    typeof entity.target?.entity === 'string' &&
    Array.isArray(entity.mapping?.key?.parts) &&
    Array.isArray(entity.mapping.fields)
  );
}

/** What the store itself declares of the records' fields: of records that were restored, what the store that they first came from did. */
function declaredBy({ restore, sourceSchema }: EntityPlan): Pick<LockedEntity['source'], 'declared' | 'native'> {
  if (restore !== null) return {};
  const { fields, native } = sourceSchema;
  if (sourceSchema.origin !== 'declared') return native === undefined ? {} : { native };
  return { declared: { fields, ...(native !== undefined && { native }) } };
}

function withoutShape(field: KeyField): KeyField {
  const { shape: _, ...rest } = field;
  return rest;
}
