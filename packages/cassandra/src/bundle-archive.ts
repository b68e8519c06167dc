import { crc32 } from 'node:zlib';
import { Inflate } from 'fflate';

/** Why an archive is refused, as the end of a sentence that begins with its name. */
export class ArchiveRefusal extends Error {}

/** Largest archive, most entries, and most bytes that all entries may inflate to. */
export const archiveLimits = { bytes: 1024 * 1024, entries: 32, inflatedBytes: 4 * 1024 * 1024 } as const;

/** Names that Astra DB puts into its bundles; some older ones are in it too. */
const allowedNames: ReadonlySet<string> = new Set([
  'ca.crt',
  'cert',
  'cert.pfx',
  'config.json',
  'cqlshrc',
  'identity.jks',
  'key',
  'trustStore.jks',
]);

interface ArchiveEntry {
  readonly name: string;
  readonly method: number;
  readonly checksum: number;
  readonly compressedSize: number;
  readonly size: number;
  readonly headerOffset: number;
}

/**
 * The files of a small zip archive whose every byte is accounted for.
 *
 * Nothing that the archive says of itself is believed: names are matched with a list, sizes and checksums with what comes out, and inflating stops at the limit whatever size was declared.
 *
 * @throws ArchiveRefusal for anything else than such an archive.
 */
export function readArchive(bytes: Buffer): ReadonlyMap<string, Buffer> {
  if (bytes.length > archiveLimits.bytes)
    throw new ArchiveRefusal(`has ${bytes.length} bytes; at most ${archiveLimits.bytes} are allowed`);
  try {
    return entriesOf(bytes);
  } catch (thrown) {
    if (thrown instanceof ArchiveRefusal) throw thrown;
    // What is left are reads beyond the end and broken compressed data.
    throw new ArchiveRefusal('is damaged');
  }
}

function entriesOf(bytes: Buffer): ReadonlyMap<string, Buffer> {
  const directory = findDirectory(bytes);
  const entries = listEntries(bytes, directory);
  refuseOverlaps(bytes, entries, directory.offset);
  const files = new Map<string, Buffer>();
  let room: number = archiveLimits.inflatedBytes;
  for (const entry of entries) {
    const content = contentOf(bytes, entry, room);
    room -= content.length;
    files.set(entry.name, content);
  }
  return files;
}

interface Directory {
  readonly offset: number;
  readonly end: number;
  readonly count: number;
}

const endSignature = 0x06054b50;
const endSize = 22;

function findDirectory(bytes: Buffer): Directory {
  for (let at = bytes.length - endSize; at >= 0 && at >= bytes.length - endSize - 0xffff; at -= 1) {
    if (bytes.readUInt32LE(at) !== endSignature || at + endSize + bytes.readUInt16LE(at + 20) !== bytes.length)
      continue;
    const count = bytes.readUInt16LE(at + 10);
    const size = bytes.readUInt32LE(at + 12);
    const offset = bytes.readUInt32LE(at + 16);
    if (count === 0xffff || size === 0xffff_ffff || offset === 0xffff_ffff) throw new ArchiveRefusal('uses zip64');
    if (bytes.readUInt16LE(at + 4) !== 0 || bytes.readUInt16LE(at + 6) !== 0 || bytes.readUInt16LE(at + 8) !== count) {
      throw new ArchiveRefusal('is a part of a split archive');
    }
    if (count > archiveLimits.entries)
      throw new ArchiveRefusal(`has ${count} entries; at most ${archiveLimits.entries} are allowed`);
    if (offset + size !== at) throw new ArchiveRefusal('has bytes that belong to no entry');
    return { offset, end: at, count };
  }
  throw new ArchiveRefusal('is not a zip archive');
}

function listEntries(bytes: Buffer, directory: Directory): readonly ArchiveEntry[] {
  const entries: ArchiveEntry[] = [];
  const names = new Set<string>();
  let at = directory.offset;
  for (let index = 0; index < directory.count; index += 1) {
    if (bytes.readUInt32LE(at) !== 0x02014b50) throw new ArchiveRefusal('is damaged');
    const nameLength = bytes.readUInt16LE(at + 28);
    const next = at + 46 + nameLength + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
    if (next > directory.end) throw new ArchiveRefusal('is damaged');
    const name = bytes.toString('utf8', at + 46, at + 46 + nameLength);
    refuseName(name, names);
    names.add(name);
    const flags = bytes.readUInt16LE(at + 8);
    if ((flags & 0x2041) !== 0) throw new ArchiveRefusal('is encrypted');
    const isUnix = bytes.readUInt8(at + 5) === 3;
    const fileType = bytes.readUInt16LE(at + 40) & 0o170000;
    if (isUnix && fileType !== 0 && fileType !== 0o100000)
      throw new ArchiveRefusal('holds a link or something else that is not a file');
    entries.push({
      name,
      method: bytes.readUInt16LE(at + 10),
      checksum: bytes.readUInt32LE(at + 16),
      compressedSize: bytes.readUInt32LE(at + 20),
      size: bytes.readUInt32LE(at + 24),
      headerOffset: bytes.readUInt32LE(at + 42),
    });
    at = next;
  }
  if (at !== directory.end) throw new ArchiveRefusal('has bytes that belong to no entry');
  return entries;
}

function refuseName(name: string, taken: ReadonlySet<string>): void {
  if (taken.has(name)) throw new ArchiveRefusal('has two entries of one name');
  if (allowedNames.has(name)) return;
  if (/(?:^|[/\\])\.\.(?:[/\\]|$)/.test(name)) throw new ArchiveRefusal('has a name that leads out of its folder');
  if (/^(?:[/\\]|[A-Za-z]:)/.test(name)) throw new ArchiveRefusal('has an absolute name');
  if (name.includes('\\')) throw new ArchiveRefusal('has a name with a backslash');
  throw new ArchiveRefusal('holds a file that no secure connect bundle has');
}

/** Refuses entries that share bytes, by which a small archive inflates to a large one. */
function refuseOverlaps(bytes: Buffer, entries: readonly ArchiveEntry[], directoryOffset: number): void {
  const ranges = entries
    .map((entry) => ({ start: entry.headerOffset, end: dataOffset(bytes, entry) + entry.compressedSize }))
    .sort((left, right) => left.start - right.start);
  let free = 0;
  for (const { start, end } of ranges) {
    if (start < free || end > directoryOffset) throw new ArchiveRefusal('has entries that overlap');
    free = end;
  }
}

function dataOffset(bytes: Buffer, entry: ArchiveEntry): number {
  const at = entry.headerOffset;
  if (bytes.readUInt32LE(at) !== 0x04034b50) throw new ArchiveRefusal('is damaged');
  if ((bytes.readUInt16LE(at + 6) & 0x2041) !== 0) throw new ArchiveRefusal('is encrypted');
  const nameLength = bytes.readUInt16LE(at + 26);
  if (bytes.toString('utf8', at + 30, at + 30 + nameLength) !== entry.name)
    throw new ArchiveRefusal('names an entry in two ways');
  return at + 30 + nameLength + bytes.readUInt16LE(at + 28);
}

function contentOf(bytes: Buffer, entry: ArchiveEntry, room: number): Buffer {
  const start = dataOffset(bytes, entry);
  const compressed = bytes.subarray(start, start + entry.compressedSize);
  let content: Buffer;
  if (entry.method === 0) content = compressed;
  else if (entry.method === 8) content = inflate(compressed, room);
  else throw new ArchiveRefusal('is compressed in an unusual way');
  if (content.length > room) throw tooLarge();
  if (content.length !== entry.size) throw new ArchiveRefusal('lies about the size of an entry');
  if (crc32(content) !== entry.checksum) throw new ArchiveRefusal('is damaged');
  return content;
}

/** Compressed bytes given to the inflater at once: they can become about a thousand times as many before it can be stopped. */
const inflateStep = 1024;

function inflate(compressed: Buffer, room: number): Buffer {
  const chunks: Uint8Array[] = [];
  let total = 0;
  const inflater = new Inflate((chunk) => {
    total += chunk.length;
    if (total > room) throw tooLarge();
    // The inflater goes on using the chunk's memory.
    chunks.push(Uint8Array.from(chunk));
  });
  for (let at = 0; at < compressed.length; at += inflateStep) {
    inflater.push(compressed.subarray(at, at + inflateStep), at + inflateStep >= compressed.length);
  }
  return Buffer.concat(chunks, total);
}

function tooLarge(): ArchiveRefusal {
  return new ArchiveRefusal(`inflates to more than ${archiveLimits.inflatedBytes} bytes`);
}
