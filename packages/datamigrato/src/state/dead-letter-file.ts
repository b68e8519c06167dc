import { dirname, join } from 'node:path';
import type { Checkpoint, DeadLetter, DeadLetterStore } from '@datamigrato/core';
import { deadLetterSchema, readDeadLetterLines } from './dead-letter-lines.js';
import { errorCode } from './private-file.js';
import { durably } from './state-errors.js';
import { diskFileSystem, type StateFile, type StateFileSystem } from './state-file-system.js';

/** Where the dead letters of a run's start with this epoch lie, if it has any. */
export function deadLetterPath(folder: string, epoch: number): string {
  return join(folder, `dead-letters-${epoch}.ndjson`);
}

/**
 * Where the letters of changes lie that a run's start with this epoch could not apply while it caught up, if it has any.
 *
 * They are apart from those of the copy: a later change of the same record may have been applied since, so that they say what to look at and are not written again. `datamigrato repair` mends what they left behind.
 */
export function deadChangePath(folder: string, epoch: number): string {
  return join(folder, `dead-changes-${epoch}.ndjson`);
}

/** The epochs that a folder's names tell of. */
export function deadLetterEpochs(names: readonly string[]): readonly number[] {
  return names.flatMap((name) => {
    const match = /^dead-letters-([1-9][0-9]{0,14})\.ndjson$/.exec(name);
    return match === null ? [] : [Number(match[1])];
  });
}

/** Dead letters in a file, one line of JSON each. */
export interface DeadLetterFile extends DeadLetterStore, AsyncDisposable {
  readonly path: string;
  /** Letters in the file. */
  readonly count: number;
}

/** What a dead-letter file works with. */
export interface DeadLetterFileOptions {
  readonly fileSystem?: StateFileSystem;
  /** Called before and after every writing; throws where this process may not write any more. */
  readonly requireOwner?: () => Promise<void>;
}

/**
 * A dead-letter file that is made with the first letter, private to this user.
 *
 * Every line begins `{"schema":"datamigrato.dead-letter/1",…}` and holds a record whole and typed: such a file is as confidential as the data themselves.
 * After a failed append every other one fails too, so that nothing is ever written behind half a line.
 */
export function createDeadLetterFile(path: string, options: DeadLetterFileOptions = {}): DeadLetterFile {
  return new SyncedDeadLetterFile(path, options);
}

/**
 * The dead-letter file of a run that is taken up again: a new one that begins with the letters of the earlier file that checkpoints cover, of each partition the first so many as its newest checkpoint counts.
 *
 * The records of later letters are read again, and are rejected again or, since then, written: a letter that stayed would be there twice, or would put back what has been written anew.
 * It is a file of its own, so that a process that was taken over has no hold of it.
 *
 * @throws DatamigratoError `DM_STATE_UNTRUSTED` where a line is not what was written, `DM_STATE_UNWRITABLE`.
 */
export async function continueDeadLetterFile(
  path: string,
  earlier: { readonly path: string; readonly checkpoints: readonly Checkpoint[] },
  options: DeadLetterFileOptions = {},
): Promise<DeadLetterFile> {
  const { fileSystem = diskFileSystem } = options;
  const left = new Map(earlier.checkpoints.map((one) => [placeOf(one, one.partition.id), one.ledger.dead]));
  let count = 0;
  let file: StateFile | undefined;
  try {
    for await (const { letter, bytes } of readDeadLetterLines(fileSystem, earlier.path)) {
      const place = placeOf(letter, letter.partition);
      const covered = left.get(place) ?? 0;
      if (covered === 0) continue;
      left.set(place, covered - 1);
      count += 1;
      const kept = file ?? (await durably(path, () => fileSystem.create(path)));
      file = kept;
      await durably(path, () => kept.append(bytes));
    }
    const kept = file;
    if (kept !== undefined) {
      await durably(path, async () => {
        await kept.sync();
        await fileSystem.syncFolder(dirname(path));
      });
    }
  } catch (error) {
    await file?.close();
    if (errorCode(error) === 'ENOENT') return new SyncedDeadLetterFile(path, options);
    throw error;
  }
  return new SyncedDeadLetterFile(path, options, file && { file, count });
}

function placeOf({ source, target }: Pick<DeadLetter, 'source' | 'target'>, partition: string): string {
  return JSON.stringify([source, target, partition]);
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
    const lines = letters.map((letter) => `${JSON.stringify({ schema: deadLetterSchema, ...letter })}\n`);
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
