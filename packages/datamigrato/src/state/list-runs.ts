import { join, resolve } from 'node:path';
import { type DatamigratoError, emptyLedger, isDatamigratoError, type Ledger, type Runtime } from '@datamigrato/core';
import { deadLetterPath } from './dead-letter-file.js';
import { countDeadLetters } from './dead-letter-lines.js';
import { readNewestJournal } from './journal.js';
import { errorCode, requireOwnFolder } from './private-file.js';
import type { RunFingerprint } from './run-fingerprint.js';
import { newestHolder } from './run-holder.js';
import { isRunning } from './run-lock.js';
import { type RunRecord, readRunRecord } from './run-record.js';
import { runUnknown, untrusted } from './state-errors.js';
import { diskFileSystem, type StateFileSystem } from './state-file-system.js';
import { readStoredPlan } from './stored-plan.js';

/** A run as its folder tells of it. */
export type RunSummary = KnownRun | UntrustedRun;

/** A run whose journal can be read. */
export interface KnownRun {
  readonly id: string;
  /** Absolute path of its folder. */
  readonly folder: string;
  /**
   * - `running`: a process has it in hands.
   * - `finished`: every record is accounted for.
   * - `failed`: it ended with an error; `code` names it.
   * - `interrupted`: it was stopped, or its process is gone without a word.
   */
  readonly state: 'running' | 'interrupted' | 'finished' | 'failed';
  readonly fingerprint: RunFingerprint;
  /** The run whose dead letters this one writes again; null for every other run. */
  readonly retries: string | null;
  /** Goes up with each start; 0 where the first ended before it had recorded anything, and so before anything was written. */
  readonly epoch: number;
  /** Of all entities together, as far as checkpoints say. */
  readonly ledger: Ledger;
  /** In its file: more than the ledger's dead records where a run ended before a checkpoint covered them. Those records are read again when it goes on. */
  readonly deadLetters: number;
  /** Partitions of the entities that were begun, and how many of them are done. */
  readonly partitions: number;
  readonly finishedPartitions: number;
  /** First and last start, and the end of the last; ISO 8601. The end is null where none was recorded. */
  readonly startedAt: string;
  readonly openedAt: string;
  readonly endedAt: string | null;
  /** Code of the error that it ended with. */
  readonly code: string | null;
}

/** A run whose state cannot be believed. */
export interface UntrustedRun {
  readonly id: string;
  readonly folder: string;
  readonly state: 'untrusted';
  readonly error: DatamigratoError;
}

/** What looking for runs works with. */
export interface RunListing {
  readonly stateFolder: string;
  readonly runtime: Runtime;
  readonly fileSystem?: StateFileSystem;
}

/** All runs of a state folder, the one started last first. None where there is no such folder. Changes nothing and waits for nobody. */
export async function listRuns(listing: RunListing): Promise<readonly RunSummary[]> {
  const runs = join(resolve(listing.stateFolder), 'runs');
  const summaries: RunSummary[] = [];
  for (const id of await namesIn(listing)) {
    const summary = await summaryOf(listing, id, join(runs, id));
    if (summary !== undefined) summaries.push(summary);
  }
  // A run that does not tell when it was started still has the day in its name.
  const start = (run: RunSummary): string => (run.state === 'untrusted' ? run.id : run.startedAt);
  return summaries.sort((left, right) => (start(left) < start(right) ? 1 : -1));
}

/** The run of this name, or of the only name that ends with these four letters, or without any the run that was started last. Throws `DM_RUN_UNKNOWN`. */
export async function findRun(listing: RunListing, id?: string): Promise<RunSummary> {
  const stateFolder = resolve(listing.stateFolder);
  if (id === undefined) {
    const last = await findLastRun(listing);
    if (last === undefined) throw runUnknown(undefined, stateFolder);
    return last;
  }
  const name = nameOf(await namesIn(listing), id);
  const summary = name === undefined ? undefined : await summaryOf(listing, name, join(stateFolder, 'runs', name));
  if (summary === undefined) throw runUnknown(id, stateFolder);
  return summary;
}

function nameOf(names: readonly string[], id: string): string | undefined {
  if (names.includes(id)) return id;
  const ending = /^[a-z0-9]{4}$/.test(id) ? names.filter((name) => name.endsWith(`-${id}`)) : [];
  return ending.length === 1 ? ending[0] : undefined;
}

/** The run that was started last, or undefined where there is none. */
export async function findLastRun(listing: RunListing): Promise<RunSummary | undefined> {
  return (await listRuns(listing))[0];
}

async function namesIn({ stateFolder, fileSystem = diskFileSystem }: RunListing): Promise<readonly string[]> {
  const state = resolve(stateFolder);
  const runs = join(state, 'runs');
  try {
    await requireOwnFolder(state);
    await requireOwnFolder(runs);
    return (await fileSystem.list(runs)).filter((name) => !name.startsWith('.'));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

async function summaryOf(listing: RunListing, id: string, folder: string): Promise<RunSummary | undefined> {
  const { runtime, fileSystem = diskFileSystem } = listing;
  try {
    await requireOwnFolder(folder);
    // Before its plan is written, a run has not begun.
    if (!(await fileSystem.list(folder)).includes('plan.json')) return undefined;
    const record = await readRunRecord(folder, fileSystem);
    const journal = await readNewestJournal(fileSystem, folder);
    if (journal === undefined) return await unbegun(listing, record, folder);
    const { header, contents } = journal;
    if (header.run !== id) throw untrusted(folder, `its journal is that of run ${header.run}`);
    const { outcome } = contents;
    const running = outcome === undefined && (await isRunning(fileSystem, folder, runtime.wallClock()));
    return {
      id,
      folder,
      state: running ? 'running' : (outcome?.status ?? 'interrupted'),
      fingerprint: header.fingerprint,
      retries: record.retries,
      epoch: header.epoch,
      ledger: contents.ledger,
      deadLetters: await countDeadLetters(fileSystem, deadLetterPath(folder, header.epoch)),
      partitions: contents.progress.partitions,
      finishedPartitions: contents.progress.finished,
      startedAt: header.startedAt,
      openedAt: header.openedAt,
      endedAt: outcome?.at ?? null,
      code: outcome?.code ?? null,
    };
  } catch (error) {
    if (isDatamigratoError(error)) return { id, folder, state: 'untrusted', error };
    // Removed while it was looked at.
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** A run that ended between its plan and its journal: nothing was read or written, and nothing is known to have been durable. */
async function unbegun(
  { runtime, fileSystem = diskFileSystem }: RunListing,
  { run, startedAt, program, retries }: RunRecord,
  folder: string,
): Promise<KnownRun> {
  const durable = (await newestHolder(fileSystem, folder))?.holder?.sequence ?? 0;
  if (durable > 0) throw untrusted(folder, 'its journal is missing');
  const { id: plan, source, target } = await readStoredPlan(folder, fileSystem);
  return {
    id: run,
    folder,
    state: (await isRunning(fileSystem, folder, runtime.wallClock())) ? 'running' : 'interrupted',
    fingerprint: { plan, program, source, target },
    retries,
    epoch: 0,
    ledger: emptyLedger,
    deadLetters: 0,
    partitions: 0,
    finishedPartitions: 0,
    startedAt,
    openedAt: startedAt,
    endedAt: null,
    code: null,
  };
}
