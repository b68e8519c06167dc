import type { Ledger } from '../checkpoint/checkpoint.js';
import { DatamigratoError } from '../error/datamigrato-error.js';
import type { EntityName } from '../schema/entity-schema.js';

/**
 * Makes sure that every record that was read has one fate.
 *
 * @throws DatamigratoError `DM_LEDGER_UNBALANCED`: a fault of this program or of a connector that miscounts, and nothing that is counted can be trusted.
 */
export function requireBalanced(ledger: Ledger, entity: EntityName): void {
  const { read, written, unchanged, dead, filtered } = ledger;
  if (read === written + unchanged + dead + filtered && written >= 0) return;
  throw new DatamigratoError({
    code: 'DM_LEDGER_UNBALANCED',
    category: 'internal',
    message: `The counts of ${entity} do not add up: ${JSON.stringify(ledger)}`,
    nextStep: 'report it; compare the two sides before relying on this run',
  });
}
