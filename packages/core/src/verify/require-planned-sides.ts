import type { Endpoint } from '../connector/define-connector.js';
import { DatamigratoError } from '../error/datamigrato-error.js';
import type { MigrationPlan } from '../plan/migration-plan.js';
import { planId } from '../plan/plan-id.js';

/**
 * Makes sure that two open stores are those of a plan that nobody changed.
 *
 * Other versions of the connectors will do, and a target that was changed since: what it holds is what a comparison tells.
 *
 * @throws DatamigratoError `DM_PLAN_CHANGED` or `DM_VERIFY_OTHER_STORE`.
 */
export function requirePlannedSides(plan: MigrationPlan, source: Endpoint, target: Endpoint): void {
  if (planId(plan) !== plan.id) {
    throw new DatamigratoError({
      code: 'DM_PLAN_CHANGED',
      category: 'usage',
      message: 'The plan was changed after it was made: its id does not match its contents',
      nextStep: 'take the plan.json as the run has it',
    });
  }
  for (const [side, planned, open] of [
    ['source', plan.source, source],
    ['target', plan.target, target],
  ] as const) {
    const { connector, description } = open;
    if (connector.id === planned.connector && description.id === planned.endpoint) continue;
    throw new DatamigratoError({
      code: 'DM_VERIFY_OTHER_STORE',
      category: 'usage',
      message: `The ${side} of the plan is ${planned.connector} at ${planned.endpoint}, not ${connector.id} at ${description.id}`,
      nextStep: `name the ${side} that the plan was made with`,
    });
  }
}
