import { mkdir, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import {
  type CheckpointStore,
  createMemoryCheckpointStore,
  DatamigratoError,
  lockOf,
  type MappingLock,
  type MigrationPlan,
} from '@datamigrato/core';
import { createDeadLetterFile, type DeadLetterFile } from './dead-letter-file.js';
import { createPrivateFolder, ensureOwnFolder, unwritable, writePrivateFile } from './private-file.js';
import { newRunId } from './run-id.js';

/** Where state is kept if nothing else is said, inside the working directory. */
export const defaultStateFolder = '.datamigrato';

/**
 * The folder of one run, `<state folder>/runs/<id>/`, closed to other users whatever the umask is.
 *
 * - `plan.json`: what the run does.
 * - `mapping.lock.json`: what a migration in the other direction needs to bring kinds, names and keys back.
 * - `dead-letters.ndjson`: records that could not be written; absent where there are none.
 * - `report.json`: what became of it.
 *
 * A folder whose run never began is removed again.
 */
export interface RunFolder extends AsyncDisposable {
  readonly id: string;
  readonly path: string;
  readonly deadLetters: DeadLetterFile;
  /** Lasts as long as the process. */
  readonly checkpoints: CheckpointStore;
  /** Where a file of this name lies. */
  file(name: string): string;
  /** Where a file lies that is removed at the end of the run. */
  temporaryFile(name: string): string;
  /** Writes plan and lock. */
  begin(plan: MigrationPlan): Promise<MappingLock>;
  /** Writes the report. */
  end(report: object): Promise<void>;
}

/** Makes the folder of a new run. Throws `DM_STATE_UNSAFE` or `DM_STATE_UNWRITABLE`. */
export async function createRunFolder(stateFolder: string, wallClock: () => number): Promise<RunFolder> {
  const state = resolve(stateFolder);
  const runs = join(state, 'runs');
  await mkdir(dirname(state), { recursive: true }).catch((error: unknown) => {
    throw unwritable(dirname(state), error);
  });
  await ensureOwnFolder(state);
  await ensureOwnFolder(runs);
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const id = newRunId(wallClock());
    if (await createPrivateFolder(join(runs, id))) return new PrivateRunFolder(id, join(runs, id));
  }
  throw new DatamigratoError({
    code: 'DM_STATE_UNWRITABLE',
    category: 'endpoint',
    message: `${runs} has no free name for another run`,
    nextStep: 'remove the folders of runs that are not needed any more',
  });
}

class PrivateRunFolder implements RunFolder {
  readonly id: string;
  readonly path: string;
  readonly deadLetters: DeadLetterFile;
  readonly checkpoints = createMemoryCheckpointStore();
  readonly #temporaryFiles: string[] = [];
  #begun = false;

  constructor(id: string, path: string) {
    this.id = id;
    this.path = path;
    this.deadLetters = createDeadLetterFile(this.file('dead-letters.ndjson'));
  }

  file(name: string): string {
    return join(this.path, name);
  }

  temporaryFile(name: string): string {
    const path = this.file(name);
    this.#temporaryFiles.push(path);
    return path;
  }

  async begin(plan: MigrationPlan): Promise<MappingLock> {
    this.#begun = true;
    const lock = lockOf(plan);
    await writePrivateFile(this.file('plan.json'), document(plan));
    await writePrivateFile(this.file('mapping.lock.json'), document(lock));
    return lock;
  }

  async end(report: object): Promise<void> {
    await writePrivateFile(this.file('report.json'), document(report));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.deadLetters[Symbol.asyncDispose]();
    const done = this.#begun ? this.#temporaryFiles : [this.path];
    await Promise.all(done.map((path) => rm(path, { recursive: true, force: true })));
  }
}

function document(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
