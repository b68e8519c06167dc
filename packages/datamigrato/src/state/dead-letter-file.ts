import type { FileHandle } from 'node:fs/promises';
import type { DeadLetter, DeadLetterStore } from '@datamigrato/core';
import { createPrivateFile, unwritable } from './private-file.js';

/** Dead letters in a file, one line of JSON each. */
export interface DeadLetterFile extends DeadLetterStore, AsyncDisposable {
  readonly path: string;
  /** Letters written so far. */
  readonly count: number;
}

/**
 * A dead-letter file that is made with the first letter, private to this user.
 *
 * Every line begins `{"schema":"datamigrato.dead-letter/1",…}` and holds a record whole and typed: such a file is as confidential as the data themselves.
 */
export function createDeadLetterFile(path: string): DeadLetterFile {
  return new SyncedDeadLetterFile(path);
}

class SyncedDeadLetterFile implements DeadLetterFile {
  readonly path: string;
  count = 0;
  #file: FileHandle | undefined;
  /** The end of the queue: appends are written one after the other, in the order of the calls. */
  #last: Promise<void> = Promise.resolve();

  constructor(path: string) {
    this.path = path;
  }

  append(letters: readonly DeadLetter[]): Promise<void> {
    const appended = this.#last.then(() => this.#write(letters));
    // The next append goes on after a failed one; whoever asked for that one has been told.
    this.#last = appended.catch(() => undefined);
    return appended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#last;
    await this.#file?.close();
    this.#file = undefined;
  }

  async #write(letters: readonly DeadLetter[]): Promise<void> {
    this.#file ??= await createPrivateFile(this.path);
    const lines = letters.map((letter) => `${JSON.stringify({ schema: 'datamigrato.dead-letter/1', ...letter })}\n`);
    try {
      await this.#file.appendFile(lines.join(''));
      await this.#file.datasync();
    } catch (error) {
      throw unwritable(this.path, error);
    }
    this.count += letters.length;
  }
}
