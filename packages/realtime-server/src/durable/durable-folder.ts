import {
  closeSync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Database, Replacement } from '../database/database.js';
import { RequestRefusal } from '../request-refusal.js';
import { RealtimeServerError } from '../server-error.js';
import type { ChangeLog } from './change-log.js';
import { fileLines } from './file-lines.js';
import { lockFolder } from './folder-lock.js';
import { entryLine, type LogEntry, parseLine } from './log-entry.js';
import { snapshotLines } from './snapshot-lines.js';

/** How a folder keeps data. */
export interface DurableFolderOptions {
  readonly folder: string;
  /** Wait for the disk at every write, so that acknowledged data survive a power failure and not only a kill. */
  readonly syncWrites: boolean;
  /** Bytes of log after which a snapshot takes its place, unless the last snapshot was longer. */
  readonly snapshotAfterBytes: number;
  /** All databases, for a snapshot. */
  readonly databases: () => Iterable<Database>;
  /** Is told where no snapshot could be taken; the log then grows on. */
  readonly report: (error: Error) => void;
}

/**
 * Databases in a folder: `snapshot-N` holds them as they once were, `log-N` every change since. A change is in the log before it is
 * acknowledged; what a kill leaves of the last line is cut off when the folder is next opened.
 */
export class DurableFolder implements ChangeLog {
  readonly #options: DurableFolderOptions;
  readonly #unlock: () => void;
  #generation: number;
  #log: number;
  #logBytes: number;
  /** Bytes of log at which a snapshot is taken. */
  #snapshotAt: number;
  /** Why nothing can be written any more. */
  #broken: Error | undefined;

  /** @throws RealtimeServerError `folder-in-use`, `folder-damaged` */
  static open(options: DurableFolderOptions, replay: (entry: LogEntry) => void): DurableFolder {
    mkdirSync(options.folder, { recursive: true, mode: 0o700 });
    const unlock = lockFolder(options.folder);
    try {
      return new DurableFolder(options, unlock, replay);
    } catch (error) {
      unlock();
      throw error;
    }
  }

  private constructor(options: DurableFolderOptions, unlock: () => void, replay: (entry: LogEntry) => void) {
    this.#options = options;
    this.#unlock = unlock;
    const names = readdirSync(options.folder);
    this.#generation = Math.max(0, ...names.map((name) => Number(/^snapshot-(\d+)$/.exec(name)?.[1] ?? 0)));
    for (const name of names) if (this.#isLeftover(name)) rmSync(join(options.folder, name));
    const snapshot = this.#path('snapshot');
    if (this.#generation > 0) readEntries(snapshot, 'whole', replay);
    const logPath = this.#path('log');
    if (names.includes(`log-${this.#generation}`)) {
      const end = readEntries(logPath, 'may-end-torn', replay);
      truncateSync(logPath, end);
    }
    this.#log = openSync(logPath, 'a', 0o600);
    this.#logBytes = fstatSync(this.#log).size;
    if (options.syncWrites) syncFolder(options.folder);
    this.#snapshotAt = Math.max(options.snapshotAfterBytes, this.#generation > 0 ? statSync(snapshot).size : 0);
  }

  replaced(namespace: string, replacements: readonly Replacement[]): void {
    this.#append({ type: 'replaced', namespace, replacements });
  }

  rulesChanged(namespace: string, text: string): void {
    this.#append({ type: 'rules', namespace, text });
  }

  /** Takes a snapshot if the log has become long. */
  changed(): void {
    if (this.#logBytes <= this.#snapshotAt) return;
    try {
      const bytes = this.#takeSnapshot();
      this.#snapshotAt = Math.max(this.#options.snapshotAfterBytes, bytes);
    } catch (error) {
      this.#snapshotAt = 2 * this.#logBytes;
      this.#options.report(error instanceof Error ? error : new Error(String(error)));
    }
  }

  close(): void {
    this.#broken = new Error('the server has been stopped');
    closeSync(this.#log);
    this.#unlock();
  }

  #append(entry: LogEntry): void {
    if (this.#broken !== undefined) throw unavailable(this.#broken);
    const line = entryLine(entry);
    try {
      writeWhole(this.#log, line);
      if (this.#options.syncWrites) fdatasyncSync(this.#log);
    } catch (error) {
      throw unavailable(this.#takeBack(error));
    }
    this.#logBytes += line.length;
  }

  /** Removes what was written of a line that failed, or lets nothing be written after it. */
  #takeBack(cause: unknown): Error {
    const error = cause instanceof Error ? cause : new Error(String(cause));
    try {
      ftruncateSync(this.#log, this.#logBytes);
    } catch {
      this.#broken = error;
    }
    return error;
  }

  /** Gives the snapshot's bytes. */
  #takeSnapshot(): number {
    const { folder, databases } = this.#options;
    const part = join(folder, 'snapshot-part');
    const file = openSync(part, 'w', 0o600);
    let bytes = 0;
    try {
      for (const database of databases()) {
        for (const line of snapshotLines(database)) {
          writeWhole(file, line);
          bytes += line.length;
        }
      }
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    const before = this.#generation;
    const logPath = join(folder, `log-${before + 1}`);
    rmSync(logPath, { force: true });
    const log = openSync(logPath, 'ax', 0o600);
    renameSync(part, join(folder, `snapshot-${before + 1}`));
    syncFolder(folder);
    closeSync(this.#log);
    this.#log = log;
    this.#logBytes = 0;
    this.#generation = before + 1;
    for (const name of [`log-${before}`, `snapshot-${before}`]) rmSync(join(folder, name), { force: true });
    return bytes;
  }

  /** Files of other generations, which a kill between two steps of a snapshot leaves behind. */
  #isLeftover(name: string): boolean {
    const generation = /^(?:snapshot|log)-(\d+|part)$/.exec(name)?.[1];
    return generation !== undefined && generation !== String(this.#generation);
  }

  #path(kind: 'snapshot' | 'log'): string {
    return join(this.#options.folder, `${kind}-${this.#generation}`);
  }
}

/** Reads the entries of a file and gives the bytes of the whole ones. Throws where one but the last is not whole. */
function readEntries(path: string, end: 'whole' | 'may-end-torn', replay: (entry: LogEntry) => void): number {
  let tornAt: number | undefined;
  let wholeBytes = 0;
  for (const { bytes, offset, isComplete } of fileLines(path)) {
    if (tornAt !== undefined) throw damaged(path, tornAt);
    const entry = isComplete ? parseLine(bytes) : undefined;
    if (entry === undefined) {
      tornAt = offset;
      continue;
    }
    replay(entry);
    wholeBytes = offset + bytes.length + 1;
  }
  if (tornAt !== undefined && end === 'whole') throw damaged(path, tornAt);
  return wholeBytes;
}

function damaged(path: string, offset: number): RealtimeServerError {
  const what = `${path} is damaged at byte ${offset}: what stands there was not written by this server. Put back a copy of the folder, or start with another.`;
  return new RealtimeServerError('folder-damaged', what);
}

function unavailable(cause: Error): RequestRefusal {
  return new RequestRefusal(`The data could not be written to the disk: ${cause.message}`, 'unavailable', 503);
}

function writeWhole(file: number, bytes: Buffer): void {
  for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
}

function syncFolder(folder: string): void {
  // Windows cannot open folders, and keeps renames without being asked.
  if (process.platform === 'win32') return;
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
