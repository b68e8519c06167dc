import { join } from 'node:path';
import { DatamigratoError, isDatamigratoError } from '@datamigrato/core';
import { deadLetterEpochs, deadLetterPath } from './dead-letter-file.js';
import type { JournalEntry, JournalGroup, JournalHeader } from './journal-entry.js';
import { journalLine } from './journal-line.js';
import { JournalContents, type JournalState, readJournalState } from './journal-state.js';
import type { RunLock } from './run-lock.js';
import { durably, untrusted } from './state-errors.js';
import { readWhole, replaceFile, type StateFile, type StateFileSystem } from './state-file-system.js';

/**
 * The append-only file of one epoch of a run, `journal-<epoch>.ndjson`.
 *
 * Each epoch writes a file of its own that begins with everything the ones before said, so that a process whose epoch is over cannot write into the journal that counts, whenever it wakes up.
 */
export interface Journal extends AsyncDisposable {
  readonly contents: JournalContents;
  /**
   * Appends an entry. Resolves once it would survive a crash, and only if no other process has taken the run over.
   *
   * Entries that come while others are being synced share the next sync. After a failure every call fails with it: what the disk holds is then not known, and only reading it anew tells.
   *
   * @throws DatamigratoError `DM_STATE_UNWRITABLE` or `DM_RUN_LOCKED`.
   */
  append(entry: JournalEntry): Promise<void>;
}

/** What a journal works with. */
export interface JournalPlace {
  readonly folder: string;
  readonly fileSystem: StateFileSystem;
  readonly lock: RunLock;
  /** Bytes from which on a journal is written anew with the newest entries alone, or four times what those take, whichever is more. Default: 1 MiB. */
  readonly compaction?: number;
}

const defaultCompaction = 1024 * 1024;
const maximumBytes = 512 * 1024 * 1024;

/** The journal with the highest epoch in a folder, or undefined where there is none. Throws `DM_STATE_UNTRUSTED`. */
export async function readNewestJournal(
  fileSystem: StateFileSystem,
  folder: string,
): Promise<JournalState | undefined> {
  // Between listing and reading, the file may have been removed by the process of a higher epoch.
  for (;;) {
    const epoch = Math.max(0, ...journalEpochs(await fileSystem.list(folder)));
    if (epoch === 0) return undefined;
    const path = journalPath(folder, epoch);
    const bytes = await readWhole(fileSystem, path, maximumBytes);
    if (bytes === undefined) continue;
    const state = readJournalState(bytes, path);
    if (state.header.epoch !== epoch) throw untrusted(path, `it is the journal of epoch ${state.header.epoch}`);
    return state;
  }
}

/** The epochs that a folder's names tell of. */
export function journalEpochs(names: readonly string[]): readonly number[] {
  return names.flatMap((name) => {
    const match = /^journal-([1-9][0-9]{0,14})\.ndjson$/.exec(name);
    return match === null ? [] : [Number(match[1])];
  });
}

/** Begins the journal of the lock's epoch with what is known, and removes those of lower epochs, with their dead letters. */
export async function beginJournal(
  place: JournalPlace,
  header: Omit<JournalHeader, 'entries' | 'epoch' | 'schema' | 'sequence'>,
  earlier?: Pick<JournalState, 'contents' | 'sequence'>,
): Promise<Journal> {
  const journal = new SyncedJournal(place, header, earlier);
  try {
    await journal.compact();
    const { folder, fileSystem, lock } = place;
    await durably(folder, async () => {
      const names = await fileSystem.list(folder);
      for (const epoch of journalEpochs(names))
        if (epoch < lock.epoch) await fileSystem.remove(journalPath(folder, epoch));
      for (const epoch of deadLetterEpochs(names))
        if (epoch < lock.epoch) await fileSystem.remove(deadLetterPath(folder, epoch));
    });
    return journal;
  } catch (error) {
    await journal[Symbol.asyncDispose]();
    throw error;
  }
}

function journalPath(folder: string, epoch: number): string {
  return join(folder, `journal-${epoch}.ndjson`);
}

class SyncedJournal implements Journal {
  readonly contents: JournalContents;
  readonly #place: JournalPlace;
  readonly #path: string;
  readonly #header: Omit<JournalHeader, 'entries' | 'sequence'>;
  #file: StateFile | undefined;
  #sequence: number;
  #checksum = 0;
  #size = 0;
  #compactAt = 0;
  #failure: { readonly error: unknown } | undefined;
  /** Entries that wait for the next group, and the promise of that group. */
  #waiting: JournalEntry[] = [];
  #next: Promise<void> | undefined;
  /** Settles with the group before it, however that ended. */
  #last: Promise<void> = Promise.resolve();

  constructor(
    place: JournalPlace,
    header: Omit<JournalHeader, 'entries' | 'epoch' | 'schema' | 'sequence'>,
    earlier: Pick<JournalState, 'contents' | 'sequence'> | undefined,
  ) {
    this.#place = place;
    this.#path = journalPath(place.folder, place.lock.epoch);
    this.#header = { schema: 'datamigrato.journal/1', ...header, epoch: place.lock.epoch };
    this.contents = earlier?.contents ?? new JournalContents();
    this.#sequence = earlier?.sequence ?? 0;
  }

  append(entry: JournalEntry): Promise<void> {
    const refusal = this.contents.refusal(entry);
    if (refusal !== undefined) return Promise.reject(outOfPlace(refusal));
    this.#waiting.push(entry);
    if (this.#next === undefined) {
      this.#next = this.#last.then(() => this.#commit());
      this.#last = this.#next.catch(toldToItsCallers);
    }
    return this.#next;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#last;
    const file = this.#file;
    this.#file = undefined;
    this.#failure ??= { error: closed() };
    await file?.close();
  }

  /** Writes the journal anew, its first line saying everything. */
  async compact(): Promise<void> {
    const { fileSystem, lock, compaction = defaultCompaction } = this.#place;
    const header: JournalHeader = { ...this.#header, sequence: this.#sequence, entries: this.contents.entries() };
    const line = journalLine(header, 0);
    await replaceFile(fileSystem, this.#path, line.bytes, { durable: true });
    await durably(this.#path, async () => {
      await this.#file?.close();
      this.#file = undefined;
      this.#file = await fileSystem.open(this.#path);
    });
    this.#checksum = line.checksum;
    this.#size = line.bytes.length;
    this.#compactAt = Math.max(compaction, 4 * line.bytes.length);
    await lock.require();
    lock.note(this.#sequence);
  }

  async #commit(): Promise<void> {
    const entries = this.#waiting;
    this.#waiting = [];
    this.#next = undefined;
    if (this.#failure !== undefined) throw this.#failure.error;
    try {
      await this.#write(entries);
    } catch (error) {
      this.#failure = { error: await this.#causeOf(error) };
      throw this.#failure.error;
    }
  }

  /** A process that was taken over while it slept may meet files that are gone: what it has to say is that the run is another's. */
  async #causeOf(error: unknown): Promise<unknown> {
    try {
      await this.#place.lock.require();
    } catch (lost) {
      if (isDatamigratoError(lost) && lost.code === 'DM_RUN_LOCKED') return lost;
    }
    return error;
  }

  async #write(entries: readonly JournalEntry[]): Promise<void> {
    const { lock } = this.#place;
    const file = this.#file;
    if (file === undefined) throw closed();
    const group: JournalGroup = { epoch: lock.epoch, sequence: this.#sequence + 1, entries };
    const line = journalLine(group, this.#checksum);
    await lock.require();
    await durably(this.#path, async () => {
      await file.append(line.bytes);
      await file.sync();
    });
    // Whoever took over meanwhile may have read the journal before this line was there.
    await lock.require();
    this.#sequence += 1;
    this.#checksum = line.checksum;
    this.#size += line.bytes.length;
    for (const entry of entries) this.contents.add(entry);
    lock.note(this.#sequence);
    if (this.#size >= this.#compactAt) await this.compact();
  }
}

function toldToItsCallers(): void {}

function outOfPlace(why: string): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_STATE_MISUSED',
    category: 'internal',
    message: `A run was asked to record what cannot be: ${why}`,
    nextStep: 'report it; the state before it is intact',
  });
}

function closed(): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_STATE_MISUSED',
    category: 'internal',
    message: 'The state of a run was written after it was closed',
    nextStep: 'report it; the state before it is intact',
  });
}
