import type { FileRecord } from '../file-record.js';

/**
 * Cuts a file, handed over block by block, into its records.
 *
 * The receiver feeds a block, takes records until there is none, feeds the next block; after the last block it takes what `finish` gives.
 */
export interface RecordCutter {
  /** The byte of the unpacked file right after the record that was taken last: where a later reading goes on. */
  readonly offset: number;
  /** Whether the end of the part to be read is reached; further blocks are not wanted. */
  readonly isDone: boolean;
  feed(block: Buffer): void;
  /** The next record that ends inside the blocks fed so far. */
  next(): FileRecord | undefined;
  /** What is left at the end of the file. Throws where the file ends inside a record. */
  finish(): FileRecord | undefined;
}

/** What every cutter is told. */
export interface CutterOptions {
  /** For messages. */
  readonly path: string;
  /** Where the first block begins. */
  readonly start: number;
  /** A record that begins at or after this byte belongs to another part. */
  readonly end?: number;
  /** Largest record in bytes; a larger one is passed over and handed out as failed. */
  readonly maximumBytes: number;
}

/** The bytes of one record that did not end in the block where it began. */
export class CarriedBytes {
  readonly #pieces: Buffer[] = [];
  length = 0;

  add(piece: Buffer): void {
    this.#pieces.push(piece);
    this.length += piece.length;
  }

  /** All bytes so far, which are forgotten here. */
  take(): Buffer {
    const bytes = this.#pieces.length === 1 ? (this.#pieces[0] ?? Buffer.alloc(0)) : Buffer.concat(this.#pieces);
    this.clear();
    return bytes;
  }

  clear(): void {
    this.#pieces.length = 0;
    this.length = 0;
  }
}
