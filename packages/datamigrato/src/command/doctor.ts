import { credentialFindings } from '../doctor/credential-findings.js';
import { failure } from '../doctor/failure.js';
import type { Finding } from '../doctor/finding.js';
import { processFindings } from '../doctor/process-findings.js';
import { stateFindings } from '../doctor/state-findings.js';
import { connectorFindings, storeFindings } from '../doctor/store-findings.js';
import { renderFindings } from '../render/findings-view.js';
import { defaultStateFolder } from '../state/run-folder.js';
import { commandReference, sessionConnectors } from './endpoints.js';
import { exitCodeOf } from './exit-code.js';
import { exitCodes } from './exit-codes.js';
import { type RunFlags, runOptionsOf } from './migration-flags.js';
import { interrupted } from './plan.js';
import type { Session } from './session.js';

/** Flags of `doctor`. */
export interface DoctorFlags extends Pick<RunFlags, 'connectTimeout' | 'stateFolder' | 'timeout'> {
  readonly option?: Readonly<Record<string, string>>;
}

/** `datamigrato doctor [stores...]`: whether what a migration needs is there. Ends with the exit code that the first failure would have in a migration. */
export async function doctor(session: Session, stores: readonly string[], flags: DoctorFlags): Promise<number> {
  const stop = new AbortController();
  const deaf = session.interrupts.listen(() => stop.abort(interrupted()));
  try {
    const findings = [
      ...processFindings(session),
      ...(await stateFindings(flags.stateFolder ?? defaultStateFolder, session.runtime)),
      ...(await credentialFindings(session.folder)),
      ...(await connectorFindings()),
      ...(await findingsOfStores(session, stores, flags, stop.signal)),
    ];
    session.print(
      session.flags.json === true
        ? JSON.stringify({ schema: 'datamigrato.doctor/1', findings: findings.map(documentOf) }, null, 2)
        : renderFindings(findings, session.outPalette),
    );
    const failed = findings.find(({ state }) => state === 'fail');
    if (failed === undefined) return exitCodes.done.code;
    return failed.error === null ? exitCodes.usage.code : exitCodeOf(failed.error, session.interrupts.received);
  } finally {
    deaf();
  }
}

async function findingsOfStores(
  session: Session,
  stores: readonly string[],
  flags: DoctorFlags,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const { set } = await sessionConnectors(session);
  const options = runOptionsOf(flags);
  const findings: Finding[] = [];
  for (const text of stores) {
    try {
      const reference = await commandReference(text, flags.option, session, set);
      findings.push(...(await storeFindings(reference, set, options, signal)));
    } catch (error) {
      signal.throwIfAborted();
      findings.push(failure('store', error));
    }
  }
  return findings;
}

function documentOf({ error, ...finding }: Finding): object {
  return { ...finding, code: error?.code ?? null };
}
