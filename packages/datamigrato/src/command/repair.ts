import { renderRepair, repairDocument } from '../render/repair-view.js';
import { listedByDefault } from '../render/verification-view.js';
import { exitCodes } from './exit-codes.js';
import type { Session } from './session.js';
import { type ProofFlags, withProof } from './verify.js';

/** Flags of `repair`. */
export interface RepairFlags extends ProofFlags {
  readonly dryRun?: boolean;
  readonly allowDelete?: boolean;
}

/** `datamigrato repair [run|plan]`: exit 0 where both sides are equal afterwards, or nothing would have to be done, else 6. */
export async function repair(session: Session, subject: string | undefined, flags: RepairFlags): Promise<number> {
  const { dryRun = false, allowDelete = false, listed = listedByDefault, showKeys = false } = flags;
  return withProof(session, subject, flags, async (datamigrato, options, end) => {
    const result = await datamigrato.repair({ ...options, dryRun, allowDelete });
    end();
    const view = { palette: session.outPalette, listed, showKeys };
    session.print(
      session.flags.json === true
        ? JSON.stringify(repairDocument(result, view), null, 2)
        : renderRepair(result, { ...view, allowDelete }),
    );
    const isEqual =
      result.verification === null
        ? result.entities.every(
            ({ reason, written, deleted, kept }) => reason === undefined && written + deleted + kept === 0,
          )
        : result.verification.verdict === 'equal';
    return isEqual ? exitCodes.done.code : exitCodes.verification.code;
  });
}
