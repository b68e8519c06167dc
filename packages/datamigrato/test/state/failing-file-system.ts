import type { StateFile, StateFileSystem } from '../../src/state/state-file-system.js';

/** When a disk starts to fail. From then on it fails for good. */
export interface DiskFault {
  /** Bytes that can still be written; the write that goes beyond stops in the middle with `ENOSPC`. */
  readonly bytes?: number;
  /** Calls that can still change something; the next one fails with `code`, an append after half of its bytes. */
  readonly calls?: number;
  /** Default: `EIO`. */
  readonly code?: 'EIO' | 'EROFS';
}

/** A real disk that begins to fail, and what was asked of it. */
export interface FailingFileSystem extends StateFileSystem {
  readonly written: number;
  readonly calls: number;
  readonly failed: boolean;
}

export function createFailingFileSystem(disk: StateFileSystem, fault: DiskFault): FailingFileSystem {
  return new FailingDisk(disk, fault);
}

class FailingDisk implements FailingFileSystem {
  written = 0;
  calls = 0;
  failed = false;
  readonly #disk: StateFileSystem;
  readonly #fault: DiskFault;

  constructor(disk: StateFileSystem, fault: DiskFault) {
    this.#disk = disk;
    this.#fault = fault;
  }

  async create(path: string): Promise<StateFile> {
    return this.#file(await this.#change(() => this.#disk.create(path)));
  }

  async open(path: string): Promise<StateFile> {
    return this.#file(await this.#disk.open(path));
  }

  read(path: string): AsyncIterable<Uint8Array> {
    return this.#disk.read(path);
  }

  list(folder: string): Promise<readonly string[]> {
    return this.#disk.list(folder);
  }

  rename(from: string, to: string): Promise<void> {
    return this.#change(() => this.#disk.rename(from, to));
  }

  link(from: string, to: string): Promise<boolean> {
    return this.#change(() => this.#disk.link(from, to));
  }

  remove(path: string): Promise<void> {
    // A full or failing disk still lets go of files, a read-only one does not.
    return this.#fault.code === 'EROFS' ? this.#change(() => this.#disk.remove(path)) : this.#disk.remove(path);
  }

  syncFolder(folder: string): Promise<void> {
    return this.#change(() => this.#disk.syncFolder(folder));
  }

  #file(file: StateFile): StateFile {
    return {
      append: (bytes) => this.#append(file, bytes),
      sync: () => this.#change(() => file.sync()),
      cut: (length) => this.#change(() => file.cut(length)),
      close: () => file.close(),
    };
  }

  async #append(file: StateFile, bytes: Uint8Array): Promise<void> {
    const { bytes: room = Number.POSITIVE_INFINITY } = this.#fault;
    const fitting = this.failed ? 0 : Math.min(bytes.length, room - this.written);
    if (fitting < bytes.length) {
      await file.append(bytes.subarray(0, fitting));
      this.written += fitting;
      this.#fail('ENOSPC');
    }
    if (this.#isLastCall()) {
      await file.append(bytes.subarray(0, bytes.length >> 1));
      this.#fail(this.#fault.code ?? 'EIO');
    }
    this.calls += 1;
    this.written += bytes.length;
    await file.append(bytes);
  }

  async #change<Result>(action: () => Promise<Result>): Promise<Result> {
    if (this.failed || this.#isLastCall()) this.#fail(this.#fault.code ?? 'EIO');
    this.calls += 1;
    return await action();
  }

  #isLastCall(): boolean {
    return this.calls >= (this.#fault.calls ?? Number.POSITIVE_INFINITY);
  }

  #fail(code: string): never {
    this.failed = true;
    throw Object.assign(new Error(`${code}: the disk of this test fails`), { code });
  }
}
