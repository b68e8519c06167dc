/** Random numbers that are the same for the same seed, for data that every run and every process can make anew. */
export interface Random {
  /** An integer from 0 up to but not including `limit`, which is at most 2^32. */
  below(limit: number): number;
  /** 32 random bits, 0 to 2^32 - 1. */
  bits(): number;
}

/** The generator mulberry32, which passes through all 2^32 states. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const bits = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  return { bits, below: (limit) => Math.floor((bits() / 2 ** 32) * limit) };
}
