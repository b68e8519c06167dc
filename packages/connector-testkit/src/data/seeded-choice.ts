/** Choices that a seed determines, so that a failure can be had again. */
export interface SeededChoice {
  /** An integer from 0 to below the limit. */
  below(limit: number): number;
  /** One of the items. */
  of<Item>(items: readonly Item[]): Item;
}

/** Mulberry32, by Tommy Ettinger: 32 bits of state, good enough to choose test data. */
export function seededChoice(seed: number): SeededChoice {
  let state = seed >>> 0;
  const below = (limit: number): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
  return {
    below,
    of: (items) => items[below(items.length)] as (typeof items)[number],
  };
}
