import { compareKeys, integerOfKey } from './key-order.js';

/**
 * The keys of a node in key order, kept up to date cheaply: changes are collected, and worked in when the order is next asked for.
 */
export class SortedKeys {
  #sorted: string[];
  #added = new Set<string>();
  #removed = new Set<string>();

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
    if (this.#added.size > 0 || this.#removed.size > 0) {
      const kept = this.#removed.size === 0 ? this.#sorted : this.#sorted.filter((key) => !this.#removed.has(key));
      this.#sorted = this.#added.size === 0 ? kept : mergeKeys(kept, sortKeys(this.#added));
      this.#added = new Set();
      this.#removed = new Set();
    }
    return this.#sorted;
  }
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
