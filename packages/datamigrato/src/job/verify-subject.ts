import { randomBytes } from 'node:crypto';
import { type ConfiguredEndpoint, DatamigratoError, type MigrationPlan } from '@datamigrato/core';
import { resolveReference } from '../connect/endpoint-reference.js';
import type { NamingContext } from '../connect/named-store.js';
import { systemRuntime } from '../runtime.js';
import { readDigestKey } from '../state/digest-key.js';
import { readNewestJournal } from '../state/journal.js';
import { findRun, type KnownRun } from '../state/list-runs.js';
import { diskFileSystem } from '../state/state-file-system.js';
import { type RecordedRun, readRecordedRun, storesOf } from './recorded-run.js';
import type { ProofOptions } from './verify-options.js';

/** What is compared or repaired: a plan and its stores, and the run that they belong to, if there is one. */
export interface ProofSubject {
  readonly plan: MigrationPlan;
  readonly source: ConfiguredEndpoint;
  readonly target: ConfiguredEndpoint;
  /** The key of the run's digests, or a new one. */
  readonly digestKey: Uint8Array;
  /** Null where a plan alone was given. */
  readonly run: KnownRun | null;
}

/**
 * Finds what options are about.
 *
 * A run that only wrote dead letters again stands for the run whose they were.
 *
 * @throws DatamigratoError `DM_RUN_UNKNOWN`, `DM_STORE_UNNAMED`, `DM_RUN_ELSEWHERE`, `DM_STATE_UNTRUSTED`.
 */
export async function proofSubject(
  options: Pick<ProofOptions, 'from' | 'plan' | 'run' | 'to'>,
  stateFolder: string,
  context: NamingContext,
): Promise<ProofSubject> {
  const { plan, from, to } = options;
  if (plan !== undefined) {
    if (from === undefined || to === undefined) throw unnamed();
    const [source, target] = await Promise.all([
      resolveReference(from, context.connectors),
      resolveReference(to, context.connectors),
    ]);
    return { plan, source: source.configured, target: target.configured, digestKey: randomBytes(32), run: null };
  }
  const recorded = await recordedRun(stateFolder, options.run);
  const sides = await storesOf(recorded, { from, to }, context);
  return {
    plan: recorded.plan,
    ...sides,
    digestKey: await digestKeyOf(recorded.summary.folder),
    run: recorded.summary,
  };
}

async function recordedRun(stateFolder: string, run: string | undefined): Promise<RecordedRun> {
  const { id } = await findRun({ stateFolder, runtime: systemRuntime }, run);
  const recorded = await readRecordedRun(stateFolder, id);
  const { retries } = recorded.record;
  return retries === null ? recorded : readRecordedRun(stateFolder, retries);
}

async function digestKeyOf(folder: string): Promise<Uint8Array> {
  const journal = await readNewestJournal(diskFileSystem, folder);
  // Without a journal the run ended before it had made a key.
  return journal === undefined ? randomBytes(32) : readDigestKey(diskFileSystem, folder, journal.header.digestKey);
}

function unnamed(): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_STORE_UNNAMED',
    category: 'usage',
    message: 'A plan holds no credentials, and both stores have not been named',
    nextStep: 'name them with --from and --to, or DATAMIGRATO_FROM and DATAMIGRATO_TO',
  });
}
