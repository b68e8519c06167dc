import { hash } from 'node:crypto';
import { canonicalBytes, type DocumentValue } from '@datamigrato/core';
import { fileError } from './errors.js';

/** Gives records keys that are made of their content. */
export interface ContentKeys {
  /**
   * 32 hexadecimal digits of the SHA-256 of the canonical bytes; the second record with the same content gets `-1` behind them, the third `-2`.
   * So that exact duplicates all survive, and a second reading of the same file gives the same keys. Throws `DM_FILE_TOO_MANY_KEYLESS`.
   */
  keyOf(fields: DocumentValue): string;
}

/** Records with different content whose occurrences are counted: 48 MiB of table. */
const maximumDistinctRecords = 3_500_000;

/** Makes keys for the records of one file, which must all come by in their order. */
export function createContentKeys(limit: number = maximumDistinctRecords): ContentKeys {
  const occurrences = new OccurrenceTable(limit);
  return {
    keyOf(fields) {
      const digits = hash('sha256', canonicalBytes(fields), 'hex').slice(0, 32);
      const high = Number.parseInt(digits.slice(0, 8), 16);
      const low = Number.parseInt(digits.slice(8, 16), 16);
      const before = occurrences.count(high, low);
      return before === 0 ? digits : `${digits}-${before}`;
    },
  };
}

const slotsAtFirst = 1 << 12;

/**
 * How often each fingerprint of 64 bits came by: an open-addressing table of 12 bytes a slot.
 *
 * Two contents with one fingerprint would share a count; their keys would still differ, since a key holds 128 bits.
 */
class OccurrenceTable {
  #slots = slotsAtFirst;
  /** Triples of high half, low half, count; a count of 0 marks a free slot. */
  #table = new Uint32Array(slotsAtFirst * 3);
  #used = 0;
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Counts one more, and gives how many there were before. */
  count(high: number, low: number): number {
    const slot = this.#find(high, low);
    const before = this.#table[slot + 2] ?? 0;
    if (before === 0) {
      if (this.#used === this.#limit) throw tooMany(this.#limit);
      this.#table[slot] = high;
      this.#table[slot + 1] = low;
      this.#used += 1;
    }
    this.#table[slot + 2] = before + 1;
    if (this.#used > this.#slots * 0.85) this.#grow();
    return before;
  }

  #find(high: number, low: number): number {
    const mask = this.#slots - 1;
    for (let index = low & mask; ; index = (index + 1) & mask) {
      const slot = index * 3;
      if (this.#table[slot + 2] === 0 || (this.#table[slot] === high && this.#table[slot + 1] === low)) return slot;
    }
  }

  #grow(): void {
    const old = this.#table;
    this.#slots *= 2;
    this.#table = new Uint32Array(this.#slots * 3);
    for (let slot = 0; slot < old.length; slot += 3) {
      const count = old[slot + 2] ?? 0;
      if (count === 0) continue;
      const place = this.#find(old[slot] ?? 0, old[slot + 1] ?? 0);
      this.#table.set(old.subarray(slot, slot + 3), place);
    }
  }
}

function tooMany(limit: number): Error {
  return fileError(
    'DM_FILE_TOO_MANY_KEYLESS',
    `The file has no key field and more than ${limit} different records, which is as many as content keys are counted for`,
    { context: { limit } },
  );
}
