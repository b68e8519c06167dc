import { fileError } from '../errors.js';

/** The keys that an entity holds, to tell at once whether one is there. */
export interface KnownKeys {
  has(digest: string): boolean;
  add(digest: string): void;
}

/** Keys that are held in memory at most: 64 MiB. */
const maximumKnownKeys = 3_000_000;

const wordsPerKey = 4;

/**
 * A flat open-addressing table of key digests, 32 hexadecimal digits each.
 *
 * Throws `DM_FILE_TOO_MANY_KEYS` beyond {@link maximumKnownKeys}.
 */
export function createKnownKeys(limit: number = maximumKnownKeys): KnownKeys {
  let slots = 1 << 12;
  let table = new Uint32Array(slots * wordsPerKey);
  let count = 0;

  /** Slot of the digest, or the free one where it would go; four zero words mark a free slot. */
  const find = (words: Uint32Array): number => {
    const mask = slots - 1;
    for (let index = (words[3] ?? 0) & mask; ; index = (index + 1) & mask) {
      const at = index * wordsPerKey;
      if (isFree(table, at) || isSame(table, at, words)) return at;
    }
  };

  const grow = (): void => {
    const old = table;
    slots *= 2;
    table = new Uint32Array(slots * wordsPerKey);
    for (let at = 0; at < old.length; at += wordsPerKey) {
      if (isFree(old, at)) continue;
      const words = old.subarray(at, at + wordsPerKey);
      table.set(words, find(words));
    }
  };

  return {
    has: (digest) => !isFree(table, find(wordsOf(digest))),
    add(digest) {
      const words = wordsOf(digest);
      const at = find(words);
      if (!isFree(table, at)) return;
      if (count === limit) {
        throw fileError(
          'DM_FILE_TOO_MANY_KEYS',
          `The entity holds more than ${limit} records, too many to tell before each write whether its key is there`,
          { context: { limit } },
        );
      }
      table.set(words, at);
      count += 1;
      if (count > slots * 0.75) grow();
    },
  };
}

function wordsOf(digest: string): Uint32Array {
  const words = new Uint32Array(wordsPerKey);
  for (let index = 0; index < wordsPerKey; index += 1) {
    words[index] = Number.parseInt(digest.slice(index * 8, index * 8 + 8), 16);
  }
  return words;
}

function isFree(table: Uint32Array, at: number): boolean {
  return table[at] === 0 && table[at + 1] === 0 && table[at + 2] === 0 && table[at + 3] === 0;
}

function isSame(table: Uint32Array, at: number, words: Uint32Array): boolean {
  return (
    table[at] === words[0] && table[at + 1] === words[1] && table[at + 2] === words[2] && table[at + 3] === words[3]
  );
}
