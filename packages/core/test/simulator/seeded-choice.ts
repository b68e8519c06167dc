import { createVirtualRuntime } from '../virtual-runtime.js';

/** Everything that chance decides in a simulation, all of it from one seed. */
export interface SeededChoice {
  /** From 0 up to but not including 1. */
  next(): number;
  /** A whole number, both ends included. */
  integer(from: number, to: number): number;
  chance(probability: number): boolean;
  oneOf<Item>(items: readonly Item[]): Item;
  /** The items in another order. */
  shuffled<Item>(items: readonly Item[]): Item[];
}

/** Choices that are the same for the same seed. */
export function createSeededChoice(seed: number): SeededChoice {
  const { random: next } = createVirtualRuntime(seed);
  // Neighbouring seeds begin alike; a few numbers later they do not.
  for (let skipped = 0; skipped < 4; skipped += 1) next();
  const integer = (from: number, to: number): number => from + Math.floor(next() * (to - from + 1));
  return {
    next,
    integer,
    chance: (probability) => next() < probability,
    oneOf(items) {
      const item = items[integer(0, items.length - 1)];
      if (item === undefined) throw new RangeError('there is nothing to choose from');
      return item;
    },
    shuffled(items) {
      const left = [...items];
      for (let index = left.length - 1; index > 0; index -= 1) {
        const other = integer(0, index);
        [left[index], left[other]] = [left[other] as never, left[index] as never];
      }
      return left;
    },
  };
}
