import { DatamigratoError, type LossEntry, type MigrationPlan, needsConsent } from '@datamigrato/core';

/** The entries of a plan's loss ledger that a person has to agree to, with the entity of the source. */
function unacceptedLosses(plan: MigrationPlan): readonly { readonly entity: string; readonly entry: LossEntry }[] {
  return plan.entities.flatMap(({ source, losses }) =>
    losses.filter(needsConsent).map((entry) => ({ entity: source, entry })),
  );
}

/** Throws `DM_LOSS_UNACCEPTED` where a plan loses something. */
export function requireAcceptedLosses(plan: MigrationPlan): void {
  const losses = unacceptedLosses(plan);
  const [first] = losses;
  if (first === undefined) return;
  const shown = losses
    .slice(0, 3)
    .map(({ entity, entry }) => `${entity}.${entry.path.join('.')}: ${entry.sourceKind} ${entry.action}`);
  const more = losses.length > shown.length ? ` and ${losses.length - shown.length} more` : '';
  throw new DatamigratoError({
    code: 'DM_LOSS_UNACCEPTED',
    category: 'usage',
    message: `The plan has conversions that lose something: ${shown.join('; ')}${more}`,
    nextStep:
      'agree with --accept-loss, or keep every kind with --fidelity tagged; `datamigrato plan` lists all of them',
    context: { losses: losses.length },
  });
}
