import { join } from 'node:path';
import { asDatamigratoError, type EventListener, type MigrationEvent, type Runtime } from '@datamigrato/core';
import { eventLine } from '../event-line.js';
import { durably } from './state-errors.js';
import { diskFileSystem, readWhole, type StateFile, type StateFileSystem } from './state-file-system.js';

/** Bytes of one file of events; a run keeps the last two. A batch of 1,000 records takes about 600 of them. */
const mostBytes = 4 * 1024 * 1024;

/** An event waits no longer than this to be written, in milliseconds, and with no more than so many characters of others. */
const longestWait = 1000;
const mostWaiting = 64 * 1024;

const lineBreak = 0x0a;

/** What the events of a run's folder are kept with. */
export interface RunEventsOptions {
  readonly folder: string;
  readonly runtime: Runtime;
  /** Takes secrets out of a line. */
  readonly redact: (text: string) => string;
  /** Aborted once the run belongs to another process: from then on nothing is written. */
  readonly lost: AbortSignal;
  /** Hears of every event first, and of a notice where no more events can be kept. */
  readonly next: EventListener;
  readonly fileSystem?: StateFileSystem;
  /** Bytes of one file. Default: 4 MiB. */
  readonly mostBytes?: number;
}

/** The events of a run, kept in its folder. Disposing of it writes what still waits. */
export interface RunEvents extends AsyncDisposable {
  readonly listener: EventListener;
}

/**
 * Keeps the events of all starts of a run in `events.ndjson`, one {@link eventLine} each, private to this user.
 *
 * A file that is full becomes `events-before.ndjson`, in place of the one before it, so that a run of any length takes at most twice `mostBytes`.
 * Nothing depends on them: they are written together about once a second and not synced, a killed process leaves out the last ones, and a disk that takes no more ends the keeping with a notice, not the run.
 *
 * @throws DatamigratoError `DM_STATE_UNSAFE`, `DM_STATE_UNTRUSTED` for a file that is larger than any written here, `DM_STATE_UNWRITABLE`.
 */
export async function openRunEvents(options: RunEventsOptions): Promise<RunEvents> {
  const { fileSystem = diskFileSystem, folder } = options;
  const path = join(folder, 'events.ndjson');
  const limit = options.mostBytes ?? mostBytes;
  const bytes = await readWhole(fileSystem, path, 2 * limit + mostWaiting);
  const opened = await durably(path, async () => {
    if (bytes === undefined) return { file: await fileSystem.create(path), length: 0 };
    const file = await fileSystem.open(path);
    // A killed process may have left half a line.
    const length = bytes.lastIndexOf(lineBreak) + 1;
    if (length < bytes.length) await file.cut(length);
    return { file, length };
  });
  return new BufferedRunEvents({ ...options, fileSystem, mostBytes: limit }, path, opened);
}

class BufferedRunEvents implements RunEvents {
  readonly #options: Required<RunEventsOptions>;
  readonly #path: string;
  #file: StateFile;
  #length: number;
  #waiting = '';
  /** Whether a writing is on its way that will take what waits. */
  #planned = false;
  readonly #closing = new AbortController();
  #last: Promise<void> = Promise.resolve();
  #ended = false;

  constructor(
    options: Required<RunEventsOptions>,
    path: string,
    opened: { readonly file: StateFile; readonly length: number },
  ) {
    this.#options = options;
    this.#path = path;
    this.#file = opened.file;
    this.#length = opened.length;
  }

  readonly listener: EventListener = (event: MigrationEvent) => {
    const { next, redact, runtime } = this.#options;
    next(event);
    if (this.#ended) return;
    this.#waiting += eventLine(event, runtime.wallClock(), redact);
    if (this.#waiting.length >= mostWaiting) this.#flush();
    else if (!this.#planned) this.#flushLater();
  };

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    this.#flush();
    await this.#last;
    this.#ended = true;
    await this.#file.close();
  }

  #flushLater(): void {
    this.#planned = true;
    const { signal } = this.#closing;
    this.#options.runtime.sleep(longestWait, signal).then(
      () => {
        this.#planned = false;
        this.#flush();
      },
      (error: unknown) => {
        // Closing writes what waits by itself.
        if (!signal.aborted) throw error;
      },
    );
  }

  #flush(): void {
    this.#last = this.#last
      .then(() => this.#write())
      .catch((error: unknown) => {
        this.#ended = true;
        const { message } = asDatamigratoError(error, this.#path);
        this.#options.next({ type: 'notice', text: `The events of the run are not kept any more: ${message}` });
      });
  }

  async #write(): Promise<void> {
    const { fileSystem, lost } = this.#options;
    const bytes = Buffer.from(this.#waiting);
    this.#waiting = '';
    if (bytes.length === 0 || this.#ended || lost.aborted) return;
    await durably(this.#path, async () => {
      if (this.#length > 0 && this.#length + bytes.length > this.#options.mostBytes) {
        await this.#file.close();
        await fileSystem.rename(this.#path, join(this.#options.folder, 'events-before.ndjson'));
        this.#file = await fileSystem.create(this.#path);
        this.#length = 0;
      }
      await this.#file.append(bytes);
      this.#length += bytes.length;
    });
  }
}
