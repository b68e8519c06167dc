import { compareStrings } from '@datamigrato/core';

const integerName = /^-?0*\d{1,10}$/;

/**
 * The order in which a server sorts the names of nodes: 32-bit integers by their value (of equal ones the shorter text), then all other names.
 *
 * Google's client libraries compare those by UTF-16 units, and a server may compare their UTF-8: that differs for names with characters beyond U+FFFF beside such between U+E000 and U+FFFF. Which it is shows in the first answer where it matters, as answers come in the server's order.
 */
export class NameOrder {
  #isByUtf8 = false;

  compare(left: string, right: string): number {
    return compareNames(left, right, this.#isByUtf8);
  }

  /** What an answer holds in the server's order, be it that the answer came in another one. `after` is the name after which it was asked for. */
  sorted<Item>(items: readonly Item[], nameOf: (item: Item) => string, after?: string): readonly Item[] {
    if (isAscending(items, nameOf, after, this.#isByUtf8)) return items;
    if (!this.#isByUtf8 && isAscending(items, nameOf, after, true)) {
      this.#isByUtf8 = true;
      return items;
    }
    return [...items].sort((left, right) => this.compare(nameOf(left), nameOf(right)));
  }
}

function isAscending<Item>(
  items: readonly Item[],
  nameOf: (item: Item) => string,
  after: string | undefined,
  byUtf8: boolean,
): boolean {
  let before = after;
  for (const item of items) {
    const name = nameOf(item);
    if (before !== undefined && compareNames(before, name, byUtf8) > 0) return false;
    before = name;
  }
  return true;
}

function compareNames(left: string, right: string, byUtf8: boolean): number {
  if (left === right) return 0;
  const leftInteger = integerOf(left);
  const rightInteger = integerOf(right);
  if (leftInteger !== undefined && rightInteger !== undefined)
    return leftInteger - rightInteger || left.length - right.length;
  if (leftInteger !== undefined) return -1;
  if (rightInteger !== undefined) return 1;
  if (byUtf8) return compareStrings(left, right);
  return left < right ? -1 : 1;
}

function integerOf(name: string): number | undefined {
  const code = name.charCodeAt(0);
  if (!((code >= 0x30 && code <= 0x39) || code === 0x2d) || !integerName.test(name)) return undefined;
  const value = Number(name);
  return value >= -2147483648 && value <= 2147483647 ? value : undefined;
}
