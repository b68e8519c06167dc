import { basename, dirname, resolve } from 'node:path';
import type {
  Checkpoint,
  CheckpointStore,
  EntityName,
  Ledger,
  Partition,
  PartitionStore,
  Runtime,
} from '@datamigrato/core';
import {
  continueDeadLetterFile,
  createDeadLetterFile,
  type DeadLetterFile,
  deadLetterEpochs,
  deadLetterPath,
} from './dead-letter-file.js';
import { createDigestKey, digestKeyHash, readDigestKey } from './digest-key.js';
import { beginJournal, type Journal, type JournalPlace, journalEpochs, readNewestJournal } from './journal.js';
import type { RunOutcome } from './journal-entry.js';
import type { JournalState } from './journal-state.js';
import { errorCode, requireOwnFolder } from './private-file.js';
import { fingerprintDifferences, otherPlan, type RunFingerprint } from './run-fingerprint.js';
import { acquireRunLock, type Lease, type RunLock } from './run-lock.js';
import { runBegun, runUnknown, untrusted } from './state-errors.js';
import { diskFileSystem, type StateFileSystem } from './state-file-system.js';

/**
 * The durable state of one run, in the hands of this process until it is disposed of.
 *
 * In the run's folder: `journal-<epoch>.ndjson` (how entities were cut and how far each partition has come), `holder-<epoch>.json` (which process runs it), `digest-key`,
 * `dead-letters-<epoch>.ndjson` (records that could not be written).
 */
export interface RunStore extends CheckpointStore, AsyncDisposable {
  readonly runId: string;
  /** How many times the run was started, or more: each start has a higher one. */
  readonly epoch: number;
  readonly partitions: PartitionStore;
  readonly deadLetters: DeadLetterFile;
  /** 32 random bytes, the same for all starts of the run. */
  readonly digestKey: Uint8Array;
  /** What was there when the run was taken up again, or undefined where it is new. */
  readonly resumed: ResumedRun | undefined;
  /** Aborted with the error once this process may not write any more. A run must end then: another process may have gone on with it. */
  readonly lost: AbortSignal;
  /** Records how this start of the run ended. */
  end(outcome: RunOutcome): Promise<void>;
}

/** What an earlier start of a run has left. */
interface ResumedRun {
  /** When the run was started first: ISO 8601. */
  readonly startedAt: string;
  /** What became of the records so far. */
  readonly ledger: Ledger;
  readonly outcome: RunOutcome | undefined;
  /** Bytes of a last journal line that a crash cut short; what they said was not durable and is done again. */
  readonly torn: number;
}

/** How a run's state is opened. */
export interface RunStoreOptions {
  /** The run's own folder, which is there; its name is the run's. */
  readonly folder: string;
  /** `create` begins a run in a folder that has none; `resume` goes on with the one it has. Neither does the other's work. */
  readonly mode: 'create' | 'resume';
  readonly fingerprint: RunFingerprint;
  readonly runtime: Runtime;
  readonly fileSystem?: StateFileSystem;
  readonly lease?: Lease;
  readonly compaction?: number;
}

/**
 * Takes a run's lock and opens its state.
 *
 * @throws DatamigratoError `DM_RUN_LOCKED` where another process has the run, `DM_STATE_UNTRUSTED`, `DM_STATE_OTHER_PLAN` with every difference, `DM_STATE_UNSAFE`, `DM_STATE_UNWRITABLE`,
 * `DM_RUN_BEGUN` where a run to be created is there.
 */
export async function openRunStore(options: RunStoreOptions): Promise<RunStore> {
  const { mode, runtime, fileSystem = diskFileSystem, lease, compaction } = options;
  const folder = resolve(options.folder);
  await requireRunFolder(folder);
  const names = await fileSystem.list(folder);
  if (mode === 'create' && journalEpochs(names).length > 0) throw runBegun(basename(folder));
  const above = Math.max(0, ...journalEpochs(names), ...deadLetterEpochs(names));
  const lock = await acquireRunLock({ folder, fileSystem, runtime, above, ...(lease && { lease }) });
  try {
    const place: JournalPlace = { folder, fileSystem, lock, ...(compaction !== undefined && { compaction }) };
    return mode === 'create' ? await createStore(place, options) : await resumeStore(place, options);
  } catch (error) {
    await lock[Symbol.asyncDispose]();
    throw error;
  }
}

async function requireRunFolder(folder: string): Promise<void> {
  try {
    await requireOwnFolder(folder);
  } catch (error) {
    throw errorCode(error) === 'ENOENT' ? runUnknown(basename(folder), dirname(folder)) : error;
  }
}

async function createStore(place: JournalPlace, options: RunStoreOptions): Promise<RunStore> {
  const { folder, fileSystem, lock } = place;
  const run = basename(folder);
  if (journalEpochs(await fileSystem.list(folder)).length > 0) throw runBegun(run);
  const digestKey = await createDigestKey(fileSystem, folder);
  const now = timeOf(options.runtime);
  const { fingerprint } = options;
  const header = { run, fingerprint, digestKey: digestKeyHash(digestKey), startedAt: now, openedAt: now };
  const journal = await beginJournal(place, header);
  const deadLetters = createDeadLetterFile(deadLetterPath(folder, lock.epoch), {
    fileSystem,
    requireOwner: () => lock.require(),
  });
  return new OpenRunStore({ run, lock, journal, deadLetters, digestKey, resumed: undefined });
}

async function resumeStore(place: JournalPlace, options: RunStoreOptions): Promise<RunStore> {
  const { folder, fileSystem, lock } = place;
  const run = basename(folder);
  const earlier = await requireOwnJournal(place);
  const differences = fingerprintDifferences(earlier.header.fingerprint, options.fingerprint);
  if (differences.length > 0) throw otherPlan(run, differences);
  const { digestKey: hash, startedAt, fingerprint } = earlier.header;
  const digestKey = await readDigestKey(fileSystem, folder, hash);
  const { ledger, outcome, checkpoints } = earlier.contents;
  earlier.contents.reopen();
  const deadLetters = await continueDeadLetterFile(
    deadLetterPath(folder, lock.epoch),
    { path: deadLetterPath(folder, earlier.header.epoch), checkpoints },
    { fileSystem, requireOwner: () => lock.require() },
  );
  try {
    const header = { run, fingerprint, digestKey: hash, startedAt, openedAt: timeOf(options.runtime) };
    const journal = await beginJournal(place, header, earlier);
    const resumed: ResumedRun = { startedAt, ledger, outcome, torn: earlier.torn };
    return new OpenRunStore({ run, lock, journal, deadLetters, digestKey, resumed });
  } catch (error) {
    await deadLetters[Symbol.asyncDispose]();
    throw error;
  }
}

/** The journal of this very run with everything that is known to have been durable. */
async function requireOwnJournal({ folder, fileSystem, lock }: JournalPlace): Promise<JournalState> {
  const state = await readNewestJournal(fileSystem, folder);
  if (state === undefined) throw untrusted(folder, 'it has no journal, so that nothing tells what was done');
  const { header, sequence } = state;
  if (header.run !== basename(folder)) throw untrusted(folder, `its journal is that of run ${header.run}`);
  if (header.epoch >= lock.epoch) throw untrusted(folder, 'its journal is newer than its lock');
  if (sequence < lock.durable)
    throw untrusted(folder, `its journal ends at group ${sequence}, though ${lock.durable} were durable`);
  return state;
}

function timeOf(runtime: Runtime): string {
  return new Date(runtime.wallClock()).toISOString();
}

class OpenRunStore implements RunStore {
  readonly runId: string;
  readonly deadLetters: DeadLetterFile;
  readonly digestKey: Uint8Array;
  readonly resumed: ResumedRun | undefined;
  readonly partitions: PartitionStore;
  readonly #lock: RunLock;
  readonly #journal: Journal;

  constructor(parts: {
    readonly run: string;
    readonly lock: RunLock;
    readonly journal: Journal;
    readonly deadLetters: DeadLetterFile;
    readonly digestKey: Uint8Array;
    readonly resumed: ResumedRun | undefined;
  }) {
    this.runId = parts.run;
    this.deadLetters = parts.deadLetters;
    this.digestKey = parts.digestKey;
    this.resumed = parts.resumed;
    this.#lock = parts.lock;
    this.#journal = parts.journal;
    const { contents } = parts.journal;
    this.partitions = {
      load: async (source, target) => contents.partitions(source, target),
      save: (source, target, partitions) => this.#savePartitions(source, target, partitions),
    };
  }

  get epoch(): number {
    return this.#lock.epoch;
  }

  get lost(): AbortSignal {
    return this.#lock.lost;
  }

  async load(): Promise<readonly Checkpoint[]> {
    return this.#journal.contents.checkpoints;
  }

  save(checkpoint: Checkpoint): Promise<void> {
    return this.#journal.append({ type: 'checkpoint', checkpoint });
  }

  end(outcome: RunOutcome): Promise<void> {
    return this.#journal.append({ type: 'ended', outcome });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.deadLetters[Symbol.asyncDispose]();
      await this.#journal[Symbol.asyncDispose]();
    } finally {
      await this.#lock[Symbol.asyncDispose]();
    }
  }

  #savePartitions(source: EntityName, target: EntityName, partitions: readonly Partition[]): Promise<void> {
    const ranges = partitions.map(({ id, range }) => ({ id, range }));
    return this.#journal.append({ type: 'partitions', source, target, partitions: ranges });
  }
}
