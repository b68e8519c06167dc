/** How the fields of documents with the same names in the same order are written. */
export interface FieldOrder {
  /** In the order of the document. */
  readonly names: readonly string[];
  /** Places in {@link names}, in the order of writing. */
  readonly places: readonly number[];
  /** The bytes before the values. */
  readonly header: Uint8Array;
}

const longestRemembered = 128;
const mostFirstNames = 500;
const mostPerFirstName = 8;

/** Remembers the orders of the documents that were written lately, within fixed bounds: records of one entity have few shapes. */
export class FieldOrders {
  readonly #byFirstName = new Map<string, FieldOrder[]>();
  #next = 0;

  /** The order of the names from `start` to `end`, one at least, where it is remembered. */
  find(names: readonly string[], start: number, end: number): FieldOrder | undefined {
    const candidates = this.#byFirstName.get(names[start] as string);
    if (candidates === undefined) return undefined;
    for (let index = 0; index < candidates.length; index += 1) {
      const order = candidates[index] as FieldOrder;
      if (order.names.length === end - start && sameNames(order.names, names, start)) return order;
    }
    return undefined;
  }

  remember(order: FieldOrder): FieldOrder {
    if (order.names.length > longestRemembered) return order;
    const first = order.names[0] as string;
    const candidates = this.#byFirstName.get(first);
    if (candidates === undefined) {
      if (this.#byFirstName.size >= mostFirstNames) this.#byFirstName.clear();
      this.#byFirstName.set(first, [order]);
    } else if (candidates.length < mostPerFirstName) candidates.push(order);
    else {
      this.#next = (this.#next + 1) % mostPerFirstName;
      candidates[this.#next] = order;
    }
    return order;
  }
}

function sameNames(known: readonly string[], names: readonly string[], start: number): boolean {
  for (let index = 0; index < known.length; index += 1) {
    if (known[index] !== names[start + index]) return false;
  }
  return true;
}
