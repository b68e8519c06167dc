import { appendFile, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { hasSystemCode } from '../errors.js';

/** A line of an entity: the place of its chunk in the manifest's list, and its number in the chunk from 0. */
interface LinePlace {
  readonly chunk: number;
  readonly line: number;
}

/** Lines that no longer count, chunk by chunk, as one bit a line. */
type SupersededLines = ReadonlyMap<number, Uint8Array>;

/** What a look at all keys found. */
export interface KeyRepeats {
  /** Lines with a key that a later line has too, and all deletions. */
  readonly superseded: SupersededLines;
  /** Deletions of a key that was there. */
  readonly deleted: number;
}

/**
 * The keys of an entity's lines, to find those that stand more than once.
 *
 * Memory is bounded: 24 bytes a line, up to 6 MiB; beyond that the entries go to 256 files by the first byte of the key's digest, which are looked through one by one.
 */
export interface KeyIndex {
  /** Notes a line; `digest` is 32 hexadecimal digits. */
  add(digest: string, place: LinePlace, isDeletion: boolean): void;
  /** To be awaited between batches: moves entries to files when many have come together. */
  relieve(): Promise<void>;
  /** Finds the repeats among all lines noted so far. */
  findRepeats(): Promise<KeyRepeats>;
  /** Forgets everything and removes its files. */
  clear(): Promise<void>;
}

const entryBytes = 24;
const digestBytes = 16;
const deletionBit = 0x8000_0000;
const partitions = 256;

/** Names of the files, so that what a crash left behind can be told from data. */
export const keyFilePattern = /^keys-[0-9a-f]{2}\.tmp$/;

/** Makes an index with its files in `folder`; `capacity` is how many entries stay in memory. */
export function createKeyIndex(folder: string, capacity: number = 1 << 18): KeyIndex {
  let entries = Buffer.alloc(entryBytes * 1024);
  let count = 0;
  let isSpilled = false;

  const partitionPath = (partition: number): string =>
    join(folder, `keys-${partition.toString(16).padStart(2, '0')}.tmp`);

  const spill = async (): Promise<void> => {
    for (const [partition, part] of partitioned(entries.subarray(0, count * entryBytes)).entries()) {
      if (part.length > 0) await appendFile(partitionPath(partition), part, { mode: 0o600 });
    }
    count = 0;
    isSpilled = true;
  };

  return {
    add(digest, place, isDeletion) {
      if ((count + 1) * entryBytes > entries.length) {
        const larger = Buffer.alloc(entries.length * 2);
        entries.copy(larger);
        entries = larger;
      }
      const offset = count * entryBytes;
      entries.write(digest, offset, digestBytes, 'hex');
      entries.writeUInt32LE(place.chunk, offset + 16);
      entries.writeUInt32LE(isDeletion ? (place.line | deletionBit) >>> 0 : place.line, offset + 20);
      count += 1;
    },
    async relieve() {
      if (count >= capacity) await spill();
    },
    async findRepeats() {
      const finding = new RepeatFinding();
      if (!isSpilled) {
        finding.look(entries.subarray(0, count * entryBytes));
        return finding;
      }
      await spill();
      for (let partition = 0; partition < partitions; partition += 1) {
        finding.look(await bytesOf(partitionPath(partition)));
      }
      return finding;
    },
    async clear() {
      entries = Buffer.alloc(entryBytes * 1024);
      count = 0;
      if (!isSpilled) return;
      isSpilled = false;
      for (let partition = 0; partition < partitions; partition += 1)
        await rm(partitionPath(partition), { force: true });
    },
  };
}

/** Entries by the first byte of their digest. */
function partitioned(entries: Buffer): readonly Buffer[] {
  const sizes = new Uint32Array(partitions);
  for (let offset = 0; offset < entries.length; offset += entryBytes) {
    const partition = entries[offset] ?? 0;
    sizes[partition] = (sizes[partition] ?? 0) + entryBytes;
  }
  const parts = Array.from(sizes, (size) => Buffer.alloc(size));
  const filled = new Uint32Array(partitions);
  for (let offset = 0; offset < entries.length; offset += entryBytes) {
    const partition = entries[offset] ?? 0;
    const at = filled[partition] ?? 0;
    const part = parts[partition];
    if (part !== undefined) entries.copy(part, at, offset, offset + entryBytes);
    filled[partition] = at + entryBytes;
  }
  return parts;
}

async function bytesOf(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (thrown) {
    if (hasSystemCode(thrown, 'ENOENT')) return Buffer.alloc(0);
    throw thrown;
  }
}

/** Collects repeats from one part of the entries after the other; equal keys are always in one part. */
class RepeatFinding implements KeyRepeats {
  readonly superseded = new Map<number, Uint8Array>();
  deleted = 0;

  look(entries: Buffer): void {
    const order = sortedEntries(entries);
    for (let from = 0; from < order.length; ) {
      let to = from + 1;
      while (to < order.length && hasSameDigest(entries, order[from] ?? 0, order[to] ?? 0)) to += 1;
      this.#settleGroup(entries, order.subarray(from, to));
      from = to;
    }
  }

  /** All lines with one key: the last one holds, and not even that one if it is a deletion. */
  #settleGroup(entries: Buffer, group: Uint32Array): void {
    let last = group[0] ?? 0;
    let live = 0;
    for (const entry of group) {
      if (!isDeletion(entries, entry)) live += 1;
      if (isLater(entries, entry, last)) last = entry;
    }
    const endsDeleted = isDeletion(entries, last);
    if (endsDeleted && live > 0) this.deleted += 1;
    if (group.length === 1 && !endsDeleted) return;
    for (const entry of group) {
      if (entry !== last || endsDeleted) this.#supersede(chunkOf(entries, entry), lineOf(entries, entry));
    }
  }

  #supersede(chunk: number, line: number): void {
    const byte = line >>> 3;
    let bits = this.superseded.get(chunk);
    if (bits === undefined || bits.length <= byte) {
      const larger = new Uint8Array(Math.max(byte + 1, 1024, (bits?.length ?? 0) * 2));
      if (bits !== undefined) larger.set(bits);
      bits = larger;
      this.superseded.set(chunk, bits);
    }
    bits[byte] = (bits[byte] ?? 0) | (1 << (line & 7));
  }
}

/** Whether a line is marked in what {@link KeyIndex.findRepeats} found for its chunk. */
export function isSuperseded(bits: Uint8Array | undefined, line: number): boolean {
  return bits !== undefined && ((bits[line >>> 3] ?? 0) & (1 << (line & 7))) !== 0;
}

/**
 * Indexes of entries in the order of their digests.
 *
 * Sorted as numbers of 64 bits, the beginning of the digest above and the index below, which is far faster than by comparison; entries that share
 * that beginning and differ after it are put in order afterwards.
 */
function sortedEntries(entries: Buffer): Uint32Array {
  const count = entries.length / entryBytes;
  const indexBits = Math.max(1, Math.ceil(Math.log2(Math.max(count, 2))));
  const keys = new BigUint64Array(count);
  const halves = new DataView(keys.buffer);
  for (let index = 0; index < count; index += 1) {
    const offset = index * entryBytes;
    const middle = (entries.readUInt32BE(offset + 4) >>> indexBits) * 2 ** indexBits;
    setUint64(halves, index, entries.readUInt32BE(offset), middle + index);
  }
  keys.sort();
  const order = new Uint32Array(count);
  const mask = 2 ** indexBits;
  for (let index = 0; index < count; index += 1) order[index] = lowHalf(halves, index) % mask;
  sortWithinPrefixes(entries, order, indexBits);
  return order;
}

const isLittleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

function setUint64(halves: DataView, index: number, high: number, low: number): void {
  halves.setUint32(index * 8 + (isLittleEndian ? 4 : 0), high, isLittleEndian);
  halves.setUint32(index * 8 + (isLittleEndian ? 0 : 4), low, isLittleEndian);
}

function lowHalf(halves: DataView, index: number): number {
  return halves.getUint32(index * 8 + (isLittleEndian ? 0 : 4), isLittleEndian);
}

function sortWithinPrefixes(entries: Buffer, order: Uint32Array, indexBits: number): void {
  const samePrefix = (left: number, right: number): boolean =>
    entries.readUInt32BE(left * entryBytes) === entries.readUInt32BE(right * entryBytes) &&
    entries.readUInt32BE(left * entryBytes + 4) >>> indexBits ===
      entries.readUInt32BE(right * entryBytes + 4) >>> indexBits;
  for (let from = 0; from < order.length; ) {
    let to = from + 1;
    let isMixed = false;
    while (to < order.length && samePrefix(order[from] ?? 0, order[to] ?? 0)) {
      isMixed ||= !hasSameDigest(entries, order[from] ?? 0, order[to] ?? 0);
      to += 1;
    }
    if (isMixed) order.subarray(from, to).sort((left, right) => compareDigests(entries, left, right));
    from = to;
  }
}

function compareDigests(entries: Buffer, left: number, right: number): number {
  const leftStart = left * entryBytes;
  const rightStart = right * entryBytes;
  return entries.compare(entries, rightStart, rightStart + digestBytes, leftStart, leftStart + digestBytes);
}

function hasSameDigest(entries: Buffer, left: number, right: number): boolean {
  return compareDigests(entries, left, right) === 0;
}

function isLater(entries: Buffer, left: number, right: number): boolean {
  const chunks = chunkOf(entries, left) - chunkOf(entries, right);
  return chunks === 0 ? lineOf(entries, left) > lineOf(entries, right) : chunks > 0;
}

function chunkOf(entries: Buffer, entry: number): number {
  return entries.readUInt32LE(entry * entryBytes + 16);
}

function lineOf(entries: Buffer, entry: number): number {
  return (entries.readUInt32LE(entry * entryBytes + 20) & ~deletionBit) >>> 0;
}

function isDeletion(entries: Buffer, entry: number): boolean {
  return (entries.readUInt32LE(entry * entryBytes + 20) & deletionBit) !== 0;
}
