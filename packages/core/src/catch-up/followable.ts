import type { Endpoint } from '../connector/define-connector.js';
import type { Source } from '../connector/source.js';
import { DatamigratoError } from '../error/datamigrato-error.js';
import { restorerFor } from '../mapping/restore-record.js';
import type { EntityPlan, MigrationPlan } from '../plan/migration-plan.js';

/** Opens the changes of an entity, as {@link Source.watch}. */
export type Watch = NonNullable<Source<unknown>['watch']>;

/**
 * The source's feed of changes, where those can be applied to the target by key.
 *
 * @throws DatamigratoError `DM_CHANGES_UNSUPPORTED`, `DM_CATCH_UP_IMPOSSIBLE`.
 */
export function followable(plan: MigrationPlan, source: Endpoint, target: Endpoint): Watch {
  const side = source.source();
  if (side.watch === undefined) {
    throw new DatamigratoError({
      code: 'DM_CHANGES_UNSUPPORTED',
      category: 'endpoint',
      message: `The connector ${source.connector.id} has no feed of changes, so that nothing can be caught up with`,
      nextStep: 'copy while nothing writes to the source, without --catch-up',
    });
  }
  if (plan.writeMode !== 'replace') throw impossible(`records are written with mode \`${plan.writeMode}\``);
  if (target.admin() === undefined) throw impossible(`nothing is deleted by the connector ${target.connector.id}`);
  if (!target.connector.manifest.idempotentWrites) throw impossible('a repeated write would leave a second trace');
  for (const entity of plan.entities) requireKeyOfItsOwn(entity, source);
  return (entity, call) => {
    // A method of the connector's object, which may need it.
    const changes = side.watch?.(entity, call);
    if (changes === undefined) throw impossible('the feed of changes is gone');
    return changes;
  };
}

/** A deletion tells the source's key and nothing else: the target's key has to follow from that. */
function requireKeyOfItsOwn(plan: EntityPlan, source: Endpoint): void {
  const { key } = plan.mapping;
  if (key.chosen || key.parts.some(({ from }) => !('key' in from)))
    throw impossible(`the key of ${plan.target} is made of fields, which a deletion does not tell`);
  if (restorerFor(plan, source.connector.manifest) !== undefined)
    throw impossible(`a lock restores the records of ${plan.source}, of which a deletion tells the key alone`);
}

function impossible(why: string): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_CATCH_UP_IMPOSSIBLE',
    category: 'usage',
    message: `Changes of the source cannot be caught up with: ${why}`,
    nextStep: 'leave that out, or leave --catch-up out and let `datamigrato verify` compare both sides',
  });
}
