import type { Value } from './value.js';

/** A value in another kind. */
export interface Conversion {
  readonly value: Value;
  /** Whether `restoreValue`, told the type that the value had, gives the same value back. */
  readonly exact: boolean;
}

/** A conversion that loses nothing. */
export function exactly(value: Value): Conversion {
  return { value, exact: true };
}
