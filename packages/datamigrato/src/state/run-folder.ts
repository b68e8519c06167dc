import { mkdir, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { DatamigratoError, lockOf, type MappingLock, type MigrationPlan } from '@datamigrato/core';
import {
  createPrivateFolder,
  ensureOwnFolder,
  requireOwnFolder,
  unwritable,
  writePrivateFile,
} from './private-file.js';
import { newRunId } from './run-id.js';
import { type RunRecord, runRecordPath, runRecordSchema, runRecordText } from './run-record.js';

/** Where state is kept if nothing else is said, inside the working directory. */
export const defaultStateFolder = '.datamigrato';

/**
 * The folder of one run, `<state folder>/runs/<id>/`, closed to other users whatever the umask is.
 *
 * - `run.json`: how the run was begun and its stores are reached, without secrets.
 * - `plan.json`: what the run does.
 * - `mapping.lock.json`: what a migration in the other direction needs to bring kinds, names and keys back.
 * - `report.json`: what became of it.
 * - `events.ndjson`: what happened.
 * - `download/`: what was fetched to be read, until the run is finished.
 * - the files of its {@link RunStore}.
 *
 * A folder whose run never began is removed again.
 */
export interface RunFolder extends AsyncDisposable {
  readonly id: string;
  readonly path: string;
  /** Where files go that the run fetches to read them: there until it is finished. Not made yet. */
  readonly downloads: string;
  /** Where a file of this name lies. */
  file(name: string): string;
  /** Writes record, lock and plan: from then on there is a run. */
  begin(plan: MigrationPlan, record: Omit<RunRecord, 'schema' | 'run'>): Promise<MappingLock>;
  /** Writes the report. */
  end(report: object): Promise<void>;
  /** Removes what only a run that is not finished needs. */
  clear(): Promise<void>;
}

/** Makes the folder of a new run. Throws `DM_STATE_UNSAFE` or `DM_STATE_UNWRITABLE`. */
export async function createRunFolder(stateFolder: string, wallClock: () => number): Promise<RunFolder> {
  const state = resolve(stateFolder);
  const runs = join(state, 'runs');
  await mkdir(dirname(state), { recursive: true }).catch((error: unknown) => {
    throw unwritable(dirname(state), error);
  });
  // Dead letters hold records whole, and are not for anybody's repository.
  if (await createPrivateFolder(state)) await writePrivateFile(join(state, '.gitignore'), '*\n');
  else await requireOwnFolder(state);
  await ensureOwnFolder(runs);
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const id = newRunId(wallClock());
    if (await createPrivateFolder(join(runs, id))) return new PrivateRunFolder(id, join(runs, id), false);
  }
  throw new DatamigratoError({
    code: 'DM_STATE_UNWRITABLE',
    category: 'endpoint',
    message: `${runs} has no free name for another run`,
    nextStep: 'remove the folders of runs that are not needed any more',
  });
}

/** The folder of a run that has begun: nothing is removed where it ends. */
export function openRunFolder(path: string): RunFolder {
  return new PrivateRunFolder(basename(path), path, true);
}

class PrivateRunFolder implements RunFolder {
  readonly id: string;
  readonly path: string;
  #begun: boolean;

  constructor(id: string, path: string, begun: boolean) {
    this.id = id;
    this.path = path;
    this.#begun = begun;
  }

  get downloads(): string {
    return this.file('download');
  }

  file(name: string): string {
    return join(this.path, name);
  }

  async begin(plan: MigrationPlan, record: Omit<RunRecord, 'schema' | 'run'>): Promise<MappingLock> {
    const lock = lockOf(plan);
    await writePrivateFile(
      runRecordPath(this.path),
      runRecordText({ ...record, schema: runRecordSchema, run: this.id }),
    );
    await writePrivateFile(this.file('mapping.lock.json'), document(lock));
    // The last one: where it is there, the others are.
    await writePrivateFile(this.file('plan.json'), document(plan));
    this.#begun = true;
    return lock;
  }

  async end(report: object): Promise<void> {
    await writePrivateFile(this.file('report.json'), document(report));
  }

  async clear(): Promise<void> {
    await rm(this.downloads, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#begun) await rm(this.path, { recursive: true, force: true });
  }
}

function document(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
