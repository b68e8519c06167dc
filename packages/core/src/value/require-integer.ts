/** Throws a `RangeError` unless a number is an integer within bounds. `-0` is none: it would be read back as another value. */
export function requireInteger(what: string, value: number, minimum: number, maximum: number): void {
  if (!Number.isInteger(value) || value < minimum || value > maximum || Object.is(value, -0)) {
    throw new RangeError(`${what} is an integer from ${minimum} to ${maximum}`);
  }
}
