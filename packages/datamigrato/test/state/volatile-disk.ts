import { basename } from 'node:path';
import type { StateFile, StateFileSystem } from '../../src/state/state-file-system.js';

interface Contents {
  bytes: Buffer;
  /** What would be left of it without power: everything up to the last sync. */
  synced: Buffer;
}

type Names = Map<string, Contents>;

/**
 * One folder in memory that forgets what was not synced when its power is cut.
 *
 * Of bytes that were not synced any part may survive, with holes; of names that were not synced, the first few changes.
 */
export interface VolatileDisk extends StateFileSystem {
  /** Calls so far that change or sync something. */
  readonly calls: number;
  /** The same disk after a machine was shut down in order, its power to be cut at the given call. */
  restarted(cutAt?: number): VolatileDisk;
  /** What a machine finds there that is started anew after its power was cut. */
  afterPowerFailure(below: (limit: number) => number): VolatileDisk;
}

/** A disk whose power is cut at the given call: that one and all later ones fail. */
export function createVolatileDisk(cutAt = Number.POSITIVE_INFINITY, names: Names = new Map()): VolatileDisk {
  const durable: Names = new Map(names);
  let unsynced: ((target: Names) => void)[] = [];
  let calls = 0;

  const change = (): void => {
    if (calls >= cutAt) throw Object.assign(new Error('EIO: there is no power'), { code: 'EIO' });
    calls += 1;
  };
  const rename = (action: (target: Names) => void): void => {
    action(names);
    unsynced.push(action);
  };
  const found = (path: string): Contents => {
    const contents = names.get(basename(path));
    if (contents === undefined) throw Object.assign(new Error('ENOENT: no such file'), { code: 'ENOENT' });
    return contents;
  };
  const file = (contents: Contents): StateFile => ({
    async append(bytes) {
      change();
      contents.bytes = Buffer.concat([contents.bytes, bytes]);
    },
    async sync() {
      change();
      contents.synced = contents.bytes;
    },
    async cut(length) {
      change();
      contents.bytes = contents.bytes.subarray(0, length);
    },
    close: async () => undefined,
  });

  return {
    get calls() {
      return calls;
    },
    async create(path) {
      change();
      if (names.has(basename(path))) throw Object.assign(new Error('EEXIST: it is there'), { code: 'EEXIST' });
      const contents: Contents = { bytes: Buffer.alloc(0), synced: Buffer.alloc(0) };
      rename((target) => target.set(basename(path), contents));
      return file(contents);
    },
    open: async (path) => file(found(path)),
    async *read(path) {
      yield found(path).bytes;
    },
    list: async () => [...names.keys()],
    async rename(from, to) {
      change();
      const contents = found(from);
      rename((target) => {
        target.delete(basename(from));
        target.set(basename(to), contents);
      });
    },
    async link(from, to) {
      change();
      const contents = found(from);
      if (names.has(basename(to))) return false;
      rename((target) => target.set(basename(to), contents));
      return true;
    },
    async remove(path) {
      if (!names.has(basename(path))) return;
      change();
      rename((target) => target.delete(basename(path)));
    },
    async syncFolder() {
      change();
      for (const action of unsynced) action(durable);
      unsynced = [];
    },
    restarted(cutAt) {
      const all = [...names].map(([name, { bytes }]): [string, Contents] => [name, { bytes, synced: bytes }]);
      return createVolatileDisk(cutAt, new Map(all));
    },
    afterPowerFailure(below) {
      const left: Names = new Map(durable);
      for (const action of unsynced.slice(0, below(unsynced.length + 1))) action(left);
      const survivors = [...left].map(([name, contents]): [string, Contents] => {
        const bytes = torn(contents, below);
        return [name, { bytes, synced: bytes }];
      });
      return createVolatileDisk(Number.POSITIVE_INFINITY, new Map(survivors));
    },
  };
}

function torn({ bytes, synced }: Contents, below: (limit: number) => number): Buffer {
  // What was cut off after a sync may be back.
  if (bytes.length <= synced.length) return below(2) === 0 ? bytes : synced;
  const left = Buffer.from(bytes.subarray(0, synced.length + below(bytes.length - synced.length + 1)));
  const unsynced = left.length - synced.length;
  if (unsynced > 0 && below(2) === 0) {
    const start = synced.length + below(unsynced);
    left.fill(0, start, start + below(left.length - start));
  }
  return left;
}
