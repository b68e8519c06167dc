import { dirname } from 'node:path';
import type { DeadLetter, DeadLetterStore } from '@datamigrato/core';
import { errorCode } from './private-file.js';
import { durably } from './state-errors.js';
import { diskFileSystem, type StateFile, type StateFileSystem } from './state-file-system.js';

/** Dead letters in a file, one line of JSON each. */
export interface DeadLetterFile extends DeadLetterStore, AsyncDisposable {
  readonly path: string;
  /** Letters in the file. A crash between writing letters and saving the checkpoint that covers them leaves some twice. */
  readonly count: number;
}

/** What a dead-letter file works with. */
export interface DeadLetterFileOptions {
  readonly fileSystem?: StateFileSystem;
  /** Called before and after every writing; throws where this process may not write any more. */
  readonly requireOwner?: () => Promise<void>;
}

const lineFeed = 0x0a;

/**
 * A dead-letter file that is made with the first letter, private to this user.
 *
 * Every line begins `{"schema":"datamigrato.dead-letter/1",…}` and holds a record whole and typed: such a file is as confidential as the data themselves.
 * After a failed append every other one fails too, so that nothing is ever written behind half a line.
 */
export function createDeadLetterFile(path: string, options: DeadLetterFileOptions = {}): DeadLetterFile {
  return new SyncedDeadLetterFile(path, options);
}

/** The dead-letter file of a run that is taken up again, without the half line that a crash may have left; one that is not there yet is made with the first letter. */
export async function openDeadLetterFile(path: string, options: DeadLetterFileOptions = {}): Promise<DeadLetterFile> {
  const { fileSystem = diskFileSystem } = options;
  let count = 0;
  let length = 0;
  let whole = 0;
  try {
    for await (const piece of fileSystem.read(path)) {
      for (let feed = piece.indexOf(lineFeed); feed !== -1; feed = piece.indexOf(lineFeed, feed + 1)) {
        count += 1;
        whole = length + feed + 1;
      }
      length += piece.length;
    }
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return new SyncedDeadLetterFile(path, options);
    throw error;
  }
  const file = await durably(path, async () => {
    const opened = await fileSystem.open(path);
    if (whole < length) await opened.cut(whole);
    return opened;
  });
  return new SyncedDeadLetterFile(path, options, { file, count });
}

class SyncedDeadLetterFile implements DeadLetterFile {
  readonly path: string;
  count: number;
  readonly #fileSystem: StateFileSystem;
  readonly #requireOwner: (() => Promise<void>) | undefined;
  #file: StateFile | undefined;
  /** The end of the queue: appends are written one after the other, in the order of the calls. */
  #last: Promise<void> = Promise.resolve();
  #failure: { readonly error: unknown } | undefined;

  constructor(
    path: string,
    options: DeadLetterFileOptions,
    opened?: { readonly file: StateFile; readonly count: number },
  ) {
    this.path = path;
    this.count = opened?.count ?? 0;
    this.#fileSystem = options.fileSystem ?? diskFileSystem;
    this.#requireOwner = options.requireOwner;
    this.#file = opened?.file;
  }

  append(letters: readonly DeadLetter[]): Promise<void> {
    const appended = this.#last.then(() => this.#write(letters));
    this.#last = appended.catch((error: unknown) => {
      this.#failure ??= { error };
    });
    return appended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#last;
    await this.#file?.close();
    this.#file = undefined;
  }

  async #write(letters: readonly DeadLetter[]): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure.error;
    const lines = letters.map((letter) => `${JSON.stringify({ schema: 'datamigrato.dead-letter/1', ...letter })}\n`);
    await this.#requireOwner?.();
    await durably(this.path, async () => {
      const file = this.#file ?? (await this.#create());
      await file.append(Buffer.from(lines.join('')));
      await file.sync();
    });
    await this.#requireOwner?.();
    this.count += letters.length;
  }

  async #create(): Promise<StateFile> {
    this.#file = await this.#fileSystem.create(this.path);
    await this.#fileSystem.syncFolder(dirname(this.path));
    return this.#file;
  }
}
