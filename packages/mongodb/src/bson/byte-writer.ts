import { documentTooLarge, unholdable } from './record-fault.js';

/** Memory is taken in pieces of this size; records share a piece, and it is freed with the last of them. */
const pieceBytes = 1 << 20;

/** Strings up to this length are measured as if every unit took three bytes. */
const unmeasuredText = 1024;

/** Appends the primitive parts of BSON documents to memory that grows as needed. */
export class ByteWriter {
  readonly #limit: number;
  #memory = Buffer.allocUnsafeSlow(pieceBytes);
  #view = viewOf(this.#memory);
  #start = 0;
  #offset = 0;

  /** @param limit - Most bytes that one document may take. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Starts a document, forgetting one that was not finished. */
  begin(): void {
    this.#offset = this.#start;
  }

  /** The bytes since {@link begin}, as memory of their own. */
  finish(): Buffer {
    const size = this.#offset - this.#start;
    if (size > this.#limit) throw documentTooLarge(size, this.#limit);
    const bytes = this.#memory.subarray(this.#start, this.#offset);
    this.#start = this.#offset;
    return bytes;
  }

  byte(value: number): void {
    if (this.#offset === this.#memory.length) this.#grow(1);
    this.#memory[this.#offset] = value;
    this.#offset += 1;
  }

  int32(value: number): void {
    const at = this.#take(4);
    this.#view.setInt32(at, value, true);
  }

  uint32(value: number): void {
    const at = this.#take(4);
    this.#view.setUint32(at, value, true);
  }

  int64(value: bigint): void {
    const at = this.#take(8);
    this.#view.setBigInt64(at, value, true);
  }

  /** A 64-bit integer that a `number` holds exactly. */
  safeInteger(value: number): void {
    const at = this.#take(8);
    this.#view.setUint32(at, value >>> 0, true);
    this.#view.setInt32(at + 4, Math.floor(value / 0x1_0000_0000), true);
  }

  double(value: number): void {
    const at = this.#take(8);
    this.#view.setFloat64(at, value, true);
  }

  bytes(bytes: Uint8Array): void {
    const length = bytes.length;
    const at = this.#take(length);
    if (length <= 16) {
      const memory = this.#memory;
      for (let index = 0; index < length; index += 1) memory[at + index] = bytes[index] as number;
    } else {
      this.#memory.set(bytes, at);
    }
  }

  /** A type byte and a field name with its terminating zero. */
  element(type: number, name: string): void {
    const length = name.length;
    if (this.#offset + length * 3 + 2 > this.#memory.length) this.#grow(length * 3 + 2);
    const memory = this.#memory;
    let at = this.#offset;
    memory[at] = type;
    at += 1;
    for (let index = 0; index < length; index += 1) {
      const code = name.charCodeAt(index);
      if (code >= 0x80 || code === 0) {
        this.#offset += 1;
        this.terminated(name, 'a field name');
        return;
      }
      memory[at] = code;
      at += 1;
    }
    memory[at] = 0;
    this.#offset = at + 1;
  }

  /** A text that ends with a zero byte and so cannot hold one. */
  terminated(text: string, what: string): void {
    if (text.includes('\0')) {
      throw unholdable(
        'DM_MONGODB_NUL',
        `A record holds ${what} with the character U+0000, where MongoDB takes none`,
        'rename the field or remove the character with the mapping of this entity',
      );
    }
    this.#text(text, what);
    this.byte(0);
  }

  /** A text with its length before it. */
  string(text: string): void {
    const at = this.#take(4);
    const start = at + 4 - this.#start;
    this.#text(text, 'a string');
    this.byte(0);
    this.#view.setInt32(this.#start + start - 4, this.#offset - this.#start - start, true);
  }

  /** Leaves room for a length and returns where, for {@link close}. */
  open(): number {
    return this.#take(4) - this.#start;
  }

  /** Ends a document or array, whose length then goes where {@link open} left room. */
  close(opened: number): void {
    this.byte(0);
    this.measure(opened);
  }

  /** Writes the number of bytes since {@link open} where it left room. */
  measure(opened: number): void {
    this.#view.setInt32(this.#start + opened, this.#offset - this.#start - opened, true);
  }

  #text(text: string, what: string): void {
    const length = text.length;
    const room = length <= unmeasuredText ? length * 3 : Buffer.byteLength(text);
    if (this.#offset + room > this.#memory.length) this.#grow(room);
    const memory = this.#memory;
    let at = this.#offset;
    if (length <= 24) {
      let index = 0;
      while (index < length) {
        const code = text.charCodeAt(index);
        if (code >= 0x80) break;
        memory[at] = code;
        at += 1;
        index += 1;
      }
      if (index === length) {
        this.#offset = at;
        return;
      }
    }
    const written = memory.write(text, this.#offset);
    if (written !== length && !text.isWellFormed()) {
      throw unholdable(
        'DM_MONGODB_LONE_SURROGATE',
        `A record holds ${what} with half of a surrogate pair, which UTF-8 cannot express`,
        'repair the text at the source; the other records are not affected',
      );
    }
    this.#offset += written;
  }

  #take(length: number): number {
    const at = this.#offset;
    if (at + length > this.#memory.length) {
      this.#grow(length);
      return this.#take(length);
    }
    this.#offset = at + length;
    return at;
  }

  /** Moves the unfinished document into memory that has room for `length` more bytes. */
  #grow(length: number): void {
    const used = this.#offset - this.#start;
    if (used > this.#limit) throw documentTooLarge(used, this.#limit);
    const needed = used + length;
    const memory = Buffer.allocUnsafeSlow(needed <= pieceBytes / 4 ? pieceBytes : needed * 2);
    this.#memory.copy(memory, 0, this.#start, this.#offset);
    this.#memory = memory;
    this.#view = viewOf(memory);
    this.#start = 0;
    this.#offset = used;
  }
}

function viewOf(memory: Buffer): DataView {
  return new DataView(memory.buffer, memory.byteOffset, memory.byteLength);
}
