import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import { asDatamigratoError, type DatamigratoError, type Runtime } from '@datamigrato/core';
import { ownIdentity, type ProcessIdentity, processState } from './process-identity.js';
import {
  type HolderFile,
  holderBytes,
  holderEpochs,
  holderPath,
  holderSchema,
  newestHolder,
  type RunHolder,
} from './run-holder.js';
import { durably, runLocked } from './state-errors.js';
import { replaceFile, type StateFileSystem } from './state-file-system.js';

/**
 * The right to write a run's state, held by one process at a time.
 *
 * Every process that takes it has a higher epoch than all before. Who holds it says so again and again; a holder that is dead, or silent for longer than the lease, loses it to the next that asks.
 * A silent holder may wake up: it asks {@link RunLock.require} before it writes anything and after, and finds the higher epoch.
 */
export interface RunLock extends AsyncDisposable {
  readonly epoch: number;
  /** Aborted with the error once the lock is lost: `DM_RUN_LOCKED`, or `DM_STATE_UNWRITABLE` where it could not be renewed. */
  readonly lost: AbortSignal;
  /** Groups of journal entries that the last holder knew to be durable; 0 where that is not known. */
  readonly durable: number;
  /** Throws unless the lock is still held. */
  require(): Promise<void>;
  /** Tells with the next renewal that so many groups of journal entries are durable. */
  note(sequence: number): void;
}

/** Times of a lock, in milliseconds. */
export interface Lease {
  /** Silence after which a holder that cannot be looked at has lost the lock. Default: 15,000. */
  readonly length: number;
  /** Between two signs of life. Default: 1,000. A holder whose lease seems over is watched for one and a half of these, whatever the clocks say. */
  readonly renewal: number;
}

export const defaultLease: Lease = { length: 15_000, renewal: 1_000 };

/**
 * Takes the lock of a folder. Resolves or rejects within two seconds at the default lease.
 *
 * `above` is an epoch that was certainly used already, for a folder whose holder files are gone.
 *
 * @throws DatamigratoError `DM_RUN_LOCKED` where another process holds it, `DM_STATE_UNWRITABLE`.
 */
export async function acquireRunLock(options: {
  readonly folder: string;
  readonly fileSystem: StateFileSystem;
  readonly runtime: Runtime;
  readonly above?: number;
  readonly lease?: Lease;
}): Promise<RunLock> {
  const { folder, fileSystem, runtime, above = 0, lease = defaultLease } = options;
  const own = await ownIdentity();
  return await durably(folder, async () => {
    for (;;) {
      const newest = await newestHolder(fileSystem, folder);
      if (newest !== undefined && (await isHeld(newest, { folder, fileSystem, runtime, lease, own })))
        throw heldBy(folder, newest);
      const holder: RunHolder = {
        schema: holderSchema,
        ...own,
        epoch: Math.max(newest?.epoch ?? 0, above) + 1,
        renewal: 0,
        at: runtime.wallClock(),
        released: false,
        sequence: newest?.holder?.sequence ?? 0,
      };
      if (!(await claim(fileSystem, folder, holder))) continue;
      const lock = new HeldLock(holder, { folder, fileSystem, runtime, lease });
      try {
        await lock.begin();
        return lock;
      } catch (error) {
        await lock[Symbol.asyncDispose]();
        throw error;
      }
    }
  });
}

/** Whether the run is in the hands of a process that is there, as far as can be told at once. */
export async function isRunning(
  fileSystem: StateFileSystem,
  folder: string,
  wallClock: number,
  lease: Lease = defaultLease,
): Promise<boolean> {
  const holder = (await newestHolder(fileSystem, folder))?.holder;
  if (holder === undefined || holder.released) return false;
  const state = await processState(holder, await ownIdentity());
  return state === 'alive' || (state === 'unknown' && isFresh(holder, wallClock, lease));
}

interface LockPlace {
  readonly folder: string;
  readonly fileSystem: StateFileSystem;
  readonly runtime: Runtime;
  readonly lease: Lease;
}

async function isHeld(file: HolderFile, place: LockPlace & { readonly own: ProcessIdentity }): Promise<boolean> {
  const { holder } = file;
  if (holder?.released) return false;
  if (holder !== undefined) {
    if ((await processState(holder, place.own)) === 'dead') return false;
    if (isFresh(holder, place.runtime.wallClock(), place.lease)) return true;
  }
  // Either nobody renews it or a clock was set: what counts is whether it changes while it is looked at.
  await place.runtime.sleep(1.5 * place.lease.renewal, new AbortController().signal);
  const later = await newestHolder(place.fileSystem, place.folder);
  return later === undefined || (!later.bytes.equals(file.bytes) && later.holder?.released !== true);
}

function isFresh(holder: RunHolder, wallClock: number, lease: Lease): boolean {
  const silence = wallClock - holder.at;
  return silence >= 0 && silence < lease.length;
}

/** Makes the holder's file with all its contents at once, unless another process has made one of that epoch. */
async function claim(fileSystem: StateFileSystem, folder: string, holder: RunHolder): Promise<boolean> {
  const path = holderPath(folder, holder.epoch);
  const part = `${path}.${randomUUID()}.part`;
  try {
    const file = await fileSystem.create(part);
    try {
      await file.append(holderBytes(holder));
      await file.sync();
    } finally {
      await file.close();
    }
    if (!(await fileSystem.link(part, path))) return false;
  } finally {
    await fileSystem.remove(part);
  }
  let highest = 0;
  try {
    await fileSystem.syncFolder(folder);
    highest = Math.max(...holderEpochs(await fileSystem.list(folder)));
  } finally {
    // A slow process can find its epoch free because a higher one has cleared it away.
    if (highest !== holder.epoch) await fileSystem.remove(path);
  }
  return highest === holder.epoch;
}

class HeldLock implements RunLock {
  readonly epoch: number;
  readonly durable: number;
  readonly #place: LockPlace;
  readonly #lost = new AbortController();
  readonly #ended = new AbortController();
  #holder: RunHolder;
  #sequence: number;
  #renewing: Promise<void> = Promise.resolve();

  constructor(holder: RunHolder, place: LockPlace) {
    this.epoch = holder.epoch;
    this.durable = holder.sequence;
    this.#holder = holder;
    this.#sequence = holder.sequence;
    this.#place = place;
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Clears the files of lower epochs away and starts to renew. */
  async begin(): Promise<void> {
    const { folder, fileSystem } = this.#place;
    for (const epoch of holderEpochs(await fileSystem.list(folder)))
      if (epoch < this.epoch) await fileSystem.remove(holderPath(folder, epoch));
    this.#renewing = this.#renew();
  }

  async require(): Promise<void> {
    this.#lost.signal.throwIfAborted();
    const { folder, fileSystem } = this.#place;
    const newest = Math.max(0, ...holderEpochs(await durably(folder, () => fileSystem.list(folder))));
    if (newest === this.epoch) return;
    throw this.#lose(
      runLocked(
        newest > this.epoch
          ? `Run ${basename(folder)} was taken over by another process while this one did not answer`
          : `Run ${basename(folder)} has lost its lock: ${holderPath(folder, this.epoch)} was removed`,
      ),
    );
  }

  note(sequence: number): void {
    this.#sequence = sequence;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#ended.signal.aborted) return;
    this.#ended.abort();
    await this.#renewing;
    if (this.#lost.signal.aborted) return;
    try {
      await this.require();
      await this.#write({ released: true });
    } catch (error) {
      this.#lose(asDatamigratoError(error, 'releasing a run'));
      await this.#withdraw();
    }
  }

  /** On a full disk there is no room for saying that the run is free, but for saying nothing. Where not even that can be done, the silence of this process frees the run. */
  async #withdraw(): Promise<void> {
    const { folder, fileSystem } = this.#place;
    await Promise.allSettled([fileSystem.remove(holderPath(folder, this.epoch))]);
  }

  async #renew(): Promise<void> {
    const { runtime, lease } = this.#place;
    try {
      for (;;) {
        await runtime.sleep(lease.renewal, this.#ended.signal);
        await this.require();
        await this.#write({ released: false });
      }
    } catch (error) {
      if (!this.#ended.signal.aborted || error !== this.#ended.signal.reason)
        this.#lose(asDatamigratoError(error, 'renewing the lock of a run'));
    }
  }

  async #write(change: { readonly released: boolean }): Promise<void> {
    const { folder, fileSystem, runtime } = this.#place;
    this.#holder = {
      ...this.#holder,
      ...change,
      renewal: this.#holder.renewal + 1,
      at: runtime.wallClock(),
      sequence: this.#sequence,
    };
    await replaceFile(fileSystem, holderPath(folder, this.epoch), holderBytes(this.#holder), { durable: false });
  }

  #lose(error: DatamigratoError): DatamigratoError {
    this.#lost.abort(error);
    return error;
  }
}

function heldBy(folder: string, { holder }: HolderFile): DatamigratoError {
  const who = holder === undefined ? 'another process' : `process ${holder.pid} on ${holder.host}`;
  return runLocked(`Run ${basename(folder)} is in the hands of ${who}`);
}
