import { crc32, deflateRawSync } from 'node:zlib';

/** One entry of a zip under construction; what is left out is told truly. */
export interface ZipEntry {
  readonly name: string;
  readonly content: Buffer;
  /** 8: deflate (default), 0: stored. */
  readonly method?: number;
  readonly flags?: number;
  readonly declaredSize?: number;
  readonly checksum?: number;
  /** Name in the entry's own header where it differs from the one in the directory. */
  readonly localName?: string;
  /** Unix file type and permissions. */
  readonly unixMode?: number;
  /** Offset of another entry's header that this one claims as its own. */
  readonly headerOffset?: number;
}

/** How the end of the archive differs from the truth. */
export interface ZipEnd {
  readonly comment?: Buffer;
  readonly before?: Buffer;
  readonly directoryOffset?: number;
  readonly disk?: number;
}

/** The bytes of a zip, as truthful as its entries are. */
export function buildZip(entries: readonly ZipEntry[], end: ZipEnd = {}): Buffer {
  const parts: Buffer[] = end.before === undefined ? [] : [end.before];
  let offset = end.before?.length ?? 0;
  const directory: Buffer[] = [];
  for (const entry of entries) {
    const method = entry.method ?? 8;
    const data = method === 8 ? deflateRawSync(entry.content) : entry.content;
    const facts = Buffer.alloc(22);
    facts.writeUInt16LE(entry.flags ?? 0, 0);
    facts.writeUInt16LE(method, 2);
    facts.writeUInt32LE(entry.checksum ?? crc32(entry.content), 8);
    facts.writeUInt32LE(data.length, 12);
    facts.writeUInt32LE(entry.declaredSize ?? entry.content.length, 16);
    const localName = Buffer.from(entry.localName ?? entry.name);
    facts.writeUInt16LE(localName.length, 20);
    const header = Buffer.concat([Buffer.from('PK\u0003\u0004\u0014\0', 'latin1'), facts, Buffer.alloc(2), localName]);
    const name = Buffer.from(entry.name);
    facts.writeUInt16LE(name.length, 20);
    const rest = Buffer.alloc(16);
    rest.writeUInt32LE(((entry.unixMode ?? 0o100600) << 16) >>> 0, 8);
    rest.writeUInt32LE(entry.headerOffset ?? offset, 12);
    directory.push(Buffer.from('PK\u0001\u0002\u0014\u0003\u0014\0', 'latin1'), Buffer.from(facts), rest, name);
    parts.push(header, data);
    offset += header.length + data.length;
  }
  const directoryBytes = Buffer.concat(directory);
  const tail = Buffer.alloc(18);
  tail.writeUInt16LE(end.disk ?? 0, 0);
  tail.writeUInt16LE(entries.length, 4);
  tail.writeUInt16LE(entries.length, 6);
  tail.writeUInt32LE(directoryBytes.length, 8);
  tail.writeUInt32LE(end.directoryOffset ?? offset, 12);
  tail.writeUInt16LE(end.comment?.length ?? 0, 16);
  return Buffer.concat([
    ...parts,
    directoryBytes,
    Buffer.from('PK\u0005\u0006', 'latin1'),
    tail,
    end.comment ?? Buffer.alloc(0),
  ]);
}
