import { existsSync } from 'node:fs';
import type { VerificationLevel, VerifiedBatch } from '@datamigrato/core';
import { Datamigrato } from '../datamigrato.js';
import type { ProofOptions } from '../job/verify-options.js';
import { listedByDefault, renderVerification, verificationDocument } from '../render/verification-view.js';
import { storesAgain } from './endpoints.js';
import { exitCodes } from './exit-codes.js';
import { type AgainFlags, type RunFlags, runOptionsOf } from './migration-flags.js';
import { interrupted } from './plan.js';
import { readPlan, storeText } from './run.js';
import type { Session } from './session.js';
import { verificationProgress } from './verification-progress.js';

/** Flags of `verify` and `repair`. */
export interface ProofFlags
  extends Pick<RunFlags, 'connectTimeout' | 'maxOutage' | 'stateFolder' | 'timeout'>,
    AgainFlags {
  /** Differing records shown. */
  readonly listed?: number;
  readonly showKeys?: boolean;
}

/** Flags of `verify` alone. */
export interface VerifyFlags extends ProofFlags {
  readonly level?: Exclude<VerificationLevel, 'sample'>;
  readonly sample?: number;
  readonly restart?: boolean;
  /** Seconds. */
  readonly settle?: number;
}

/** `datamigrato verify [run|plan]`: exit 0 where both sides are equal, else 6. */
export async function verify(session: Session, subject: string | undefined, flags: VerifyFlags): Promise<number> {
  const { level, sample, settle, restart = false, listed = listedByDefault, showKeys = false } = flags;
  return withProof(session, subject, flags, async (datamigrato, options, end) => {
    const result = await datamigrato.verify({
      ...options,
      restart,
      ...(settle !== undefined && { settleWithin: settle * 1000 }),
      ...(sample !== undefined ? { level: 'sample' as const, sampleSize: sample } : level !== undefined && { level }),
    });
    end();
    const view = { palette: session.outPalette, listed, showKeys };
    session.print(
      session.flags.json === true
        ? JSON.stringify(verificationDocument(result, view), null, 2)
        : renderVerification(result, view),
    );
    return result.verdict === 'equal' ? exitCodes.done.code : exitCodes.verification.code;
  });
}

/** Does something about a run or a plan, with its stores, progress on stderr, and an ending signal as its end. */
export async function withProof(
  session: Session,
  subject: string | undefined,
  flags: ProofFlags,
  work: (datamigrato: Datamigrato, options: ProofOptions, end: () => void) => Promise<number>,
): Promise<number> {
  const plan = subject !== undefined && isPlanFile(subject) ? await readPlan(subject) : undefined;
  const again =
    plan === undefined
      ? flags
      : {
          ...flags,
          from: await storeText('from', plan, flags.from, session),
          to: await storeText('to', plan, flags.to, session),
        };
  const { named, further } = await storesAgain(session, again);
  const datamigrato = new Datamigrato({
    connectors: further.map(({ connector }) => connector),
    environment: session.environment,
    secrets: session.redactor,
  });
  const progress = verificationProgress(session);
  const stop = new AbortController();
  const deaf = session.interrupts.listen(() => stop.abort(interrupted()));
  const run = plan === undefined ? subject : undefined;
  const { connectDeadline, deadline, outage, stateFolder } = runOptionsOf(flags);
  try {
    return await work(
      datamigrato,
      {
        ...named,
        ...(connectDeadline !== undefined && { connectDeadline }),
        ...(deadline !== undefined && { deadline }),
        ...(outage !== undefined && { outage }),
        ...(stateFolder !== undefined && { stateFolder }),
        ...(plan !== undefined && { plan }),
        ...(run !== undefined && { run }),
        signal: stop.signal,
        onRead: (batch: VerifiedBatch) => progress.read(batch),
      },
      () => progress.end(),
    );
  } finally {
    progress.end();
    deaf();
  }
}

/** Names of runs have neither a dot nor a slash. */
function isPlanFile(subject: string): boolean {
  return /[./\\]/.test(subject) || existsSync(subject);
}
