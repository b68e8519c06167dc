import { compareKeys, integerOfKey } from './key-order.js';

/** Up to this many changes it is cheaper to move keys than to make the order anew. */
const fewChanges = 16;

/**
 * The keys of a node in key order, kept up to date cheaply: changes are collected, and worked in when the order is next asked for.
 */
export class SortedKeys {
  #sorted: string[];
  readonly #added = new Set<string>();
  readonly #removed = new Set<string>();

  constructor(keys: Iterable<string>) {
    this.#sorted = sortKeys(keys);
  }

  /** Takes note of a key that was not there. */
  add(key: string): void {
    if (!this.#removed.delete(key)) this.#added.add(key);
  }

  /** Takes note that a key has gone. */
  remove(key: string): void {
    if (!this.#added.delete(key)) this.#removed.add(key);
  }

  /** All keys in order, valid until the next change. */
  list(): readonly string[] {
    const changes = this.#added.size + this.#removed.size;
    if (changes > 0) {
      if (changes <= fewChanges) this.#workInPlace();
      else this.#workInAnew();
      this.#added.clear();
      this.#removed.clear();
    }
    return this.#sorted;
  }

  #workInPlace(): void {
    for (const key of this.#removed) this.#sorted.splice(placeOf(this.#sorted, key), 1);
    for (const key of this.#added) this.#sorted.splice(placeOf(this.#sorted, key), 0, key);
  }

  #workInAnew(): void {
    const kept = this.#removed.size === 0 ? this.#sorted : this.#sorted.filter((key) => !this.#removed.has(key));
    this.#sorted = this.#added.size === 0 ? kept : mergeKeys(kept, sortKeys(this.#added));
  }
}

/** How many of the sorted keys come before a key. */
function placeOf(sorted: readonly string[], key: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareKeys(sorted[middle] ?? '', key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function sortKeys(keys: Iterable<string>): string[] {
  const integers: string[] = [];
  const others: string[] = [];
  for (const key of keys) (integerOfKey(key) === undefined ? others : integers).push(key);
  integers.sort(compareKeys);
  others.sort();
  return integers.length === 0 ? others : integers.concat(others);
}

function mergeKeys(left: readonly string[], right: readonly string[]): string[] {
  const lastLeft = left.at(-1);
  const firstRight = right[0];
  if (lastLeft === undefined || firstRight === undefined || compareKeys(lastLeft, firstRight) < 0) {
    return left.concat(right);
  }
  const merged: string[] = [];
  let at = 0;
  for (const key of right) {
    for (let next = left[at]; next !== undefined && compareKeys(next, key) < 0; next = left[at]) {
      merged.push(next);
      at += 1;
    }
    merged.push(key);
  }
  for (; at < left.length; at += 1) merged.push(left[at] ?? '');
  return merged;
}
