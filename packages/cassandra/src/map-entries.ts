/**
 * What the driver fills when it reads a map: every entry as it came, in order.
 *
 * A JavaScript `Map` is not enough: it takes the double keys `0` and `-0` for one, and would drop an entry.
 */
export class MapEntries {
  readonly entries: (readonly [unknown, unknown])[] = [];

  set(key: unknown, value: unknown): this {
    this.entries.push([key, value]);
    return this;
  }

  forEach(visit: (value: unknown, key: unknown) => void): void {
    for (const [key, value] of this.entries) visit(value, key);
  }
}
