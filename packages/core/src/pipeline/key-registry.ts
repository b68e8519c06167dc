import { createHash } from 'node:crypto';
import { DatamigratoError } from '../error/datamigrato-error.js';
import type { RecordKey } from '../record/data-record.js';
import { canonicalBytes } from '../value/bytes.js';

/**
 * Remembers target keys that were made from chosen fields, so that two source records never become one target record.
 *
 * Holds 64 bits of a hash for each key in a flat table. A hash that was there before says only "perhaps": whoever asks then looks at the records themselves.
 */
export interface KeyRegistry {
  /** Whether this key may have been given before; remembers it. Throws `DM_KEYS_UNPROVEN` when the table is full. */
  add(key: RecordKey): boolean;
  /** Different hashes remembered. */
  readonly size: number;
}

/** A registry of at most so many bytes; 64 MiB hold about 6 million keys. */
export function createKeyRegistry(maximumBytes: number = 64 * 1024 * 1024): KeyRegistry {
  return new HashKeyRegistry(maximumBytes);
}

class HashKeyRegistry implements KeyRegistry {
  size = 0;
  readonly #maximumSlots: number;
  #table = new Uint32Array(2 * 1024);

  constructor(maximumBytes: number) {
    this.#maximumSlots = 2 ** Math.floor(Math.log2(maximumBytes / 8));
  }

  add(key: RecordKey): boolean {
    const hash = createHash('sha256').update(canonicalBytes(key)).digest();
    const high = hash.readUInt32LE(0);
    // All zero marks a free slot; a hash of all zeros would be one in 2^64 and shares the slot of its neighbour.
    const low = hash.readUInt32LE(4) | (high === 0 ? 1 : 0);
    if (this.#insert(high, low >>> 0)) return true;
    this.size += 1;
    if (this.size * 4 > (this.#table.length / 2) * 3) this.#grow();
    return false;
  }

  #insert(high: number, low: number): boolean {
    const table = this.#table;
    const mask = table.length / 2 - 1;
    for (let slot = low & mask; ; slot = (slot + 1) & mask) {
      const there = table[2 * slot];
      const thereLow = table[2 * slot + 1];
      if (there === high && thereLow === low) return true;
      if (there === 0 && thereLow === 0) {
        table[2 * slot] = high;
        table[2 * slot + 1] = low;
        return false;
      }
    }
  }

  #grow(): void {
    const slots = this.#table.length / 2;
    if (slots * 2 > this.#maximumSlots) {
      throw new DatamigratoError({
        code: 'DM_KEYS_UNPROVEN',
        category: 'usage',
        message: `More than ${this.size} records have a chosen key, and that no two of them share one can no longer be watched in memory`,
        nextStep:
          'keep the source key as part of the key (--primary-key with the source key as its last part), which needs no watching',
      });
    }
    const old = this.#table;
    this.#table = new Uint32Array(4 * slots);
    for (let slot = 0; slot < slots; slot += 1) {
      const high = old[2 * slot] as number;
      const low = old[2 * slot + 1] as number;
      if (high !== 0 || low !== 0) this.#insert(high, low);
    }
  }
}
