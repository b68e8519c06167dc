import {
  type ConfiguredEndpoint,
  DatamigratoError,
  isDatamigratoError,
  type MigrationPlan,
  type PlannedEndpoint,
  planId,
} from '@datamigrato/core';
import { describedAs } from '../connect/described-endpoint.js';
import { type EndpointReference, resolveReference } from '../connect/endpoint-reference.js';
import { type NamingContext, recordedStore } from '../connect/named-store.js';
import type { StoreRecord } from '../connect/store-record.js';
import { systemRuntime } from '../runtime.js';
import { findRun, type KnownRun, listRuns, type RunSummary } from '../state/list-runs.js';
import { type RunRecord, readRunRecord } from '../state/run-record.js';
import { readStoredPlan } from '../state/stored-plan.js';

/** A run that was begun some time, read from its folder: nothing is open and nothing locked. */
export interface RecordedRun {
  /** How far it has come. `summary.folder` is its folder. */
  readonly summary: KnownRun;
  readonly plan: MigrationPlan;
  readonly record: RunRecord;
}

/** The run of this name. Throws `DM_RUN_UNKNOWN`, `DM_STATE_UNTRUSTED` or `DM_STATE_UNSAFE`. */
export async function readRecordedRun(stateFolder: string, run: string): Promise<RecordedRun> {
  return readSummarizedRun(await findRun({ stateFolder, runtime: systemRuntime }, run));
}

/** The run that a summary is of. Throws `DM_STATE_UNTRUSTED` or `DM_STATE_UNSAFE`. */
export async function readSummarizedRun(summary: RunSummary): Promise<RecordedRun> {
  if (summary.state === 'untrusted') throw summary.error;
  const { folder } = summary;
  return { summary, plan: await readStoredPlan(folder), record: await readRunRecord(folder) };
}

/**
 * The newest run of exactly this plan between these stores, finished or not, or undefined where there is none.
 *
 * Runs that only write dead letters again do not count. Throws `DM_STATE_UNTRUSTED` where a run of this plan cannot be believed.
 */
export async function findRunOfPlan(
  stateFolder: string,
  plan: MigrationPlan,
  sides: { readonly source: ConfiguredEndpoint; readonly target: ConfiguredEndpoint },
): Promise<RecordedRun | undefined> {
  const isOurs =
    planId(plan) === plan.id && isPlanned(plan.source, sides.source) && isPlanned(plan.target, sides.target);
  if (!isOurs) return undefined;
  for (const summary of await listRuns({ stateFolder, runtime: systemRuntime })) {
    if (summary.state === 'untrusted') {
      // Beginning anew beside a run whose state is damaged is for the user to say.
      if ((await planIdIn(summary.folder)) === plan.id) throw summary.error;
    } else if (summary.retries === null && summary.fingerprint.plan === plan.id) return readSummarizedRun(summary);
  }
  return undefined;
}

/** The id of the plan in a folder, or undefined where it has none that can be believed. */
async function planIdIn(folder: string): Promise<string | undefined> {
  try {
    return (await readStoredPlan(folder)).id;
  } catch (error) {
    if (isDatamigratoError(error)) return undefined;
    throw error;
  }
}

function isPlanned(planned: PlannedEndpoint, { connector, description }: ConfiguredEndpoint): boolean {
  return planned.connector === connector.id && planned.endpoint === description.id;
}

/** Stores that are named again, in place of what a run recorded. */
export interface NamedStores {
  readonly from?: EndpointReference | undefined;
  readonly to?: EndpointReference | undefined;
}

/**
 * Both stores of a run, ready to be opened: those that are named again, else as recorded, with secrets from where they were found.
 *
 * @throws DatamigratoError `DM_STORE_UNNAMED` where the record lacks a secret, `DM_RUN_ELSEWHERE` where it was begun in another working directory.
 */
export async function storesOf(
  recorded: RecordedRun,
  named: NamedStores,
  context: NamingContext,
): Promise<{ readonly source: ConfiguredEndpoint; readonly target: ConfiguredEndpoint }> {
  return {
    source: await storeOf(recorded, 'from', named.from, context),
    target: await storeOf(recorded, 'to', named.to, context),
  };
}

/** One store of a run, as {@link storesOf}. */
export async function storeOf(
  { plan, record }: RecordedRun,
  side: 'from' | 'to',
  named: EndpointReference | undefined,
  context: NamingContext,
): Promise<ConfiguredEndpoint> {
  const store: StoreRecord = side === 'from' ? record.source : record.target;
  const { endpoint } = side === 'from' ? plan.source : plan.target;
  if (named === undefined && record.folder !== process.cwd()) throw elsewhere(record);
  const reference = named ?? (await recordedStore({ side, endpoint, record: store }, context));
  const { configured } = await resolveReference(reference, context.connectors);
  return named === undefined && store.shownAs !== null ? describedAs(configured, store.shownAs) : configured;
}

function elsewhere({ run, folder }: RunRecord): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_RUN_ELSEWHERE',
    category: 'usage',
    message: `Run ${run} was begun in ${folder}, where its paths start and its credentials were found`,
    nextStep: 'go there, or name both stores again with --from and --to',
    context: { run, folder },
  });
}
