import type { Value } from '../value/value.js';

/**
 * How a value of a record is compared.
 *
 * Numbers of all kinds are compared by what they amount to; other values are larger or smaller than those of their own kind alone, strings by code point.
 * A value that is missing fulfils `!=` and `missing`, and nothing else; `NaN` is smaller or larger than nothing.
 */
export type FilterOperator = '=' | '!=' | '<' | '<=' | '>' | '>=' | 'in' | 'exists' | 'missing';

/** One condition on the records of a source. */
export interface SourceCondition {
  /** Names from the record's root on, the first one that of a field or of a part of the key. */
  readonly path: readonly string[];
  /** Whether the path begins with a part of the key, which in some stores is no field. */
  readonly inKey: boolean;
  readonly operator: FilterOperator;
  /** One value; any number for `in`; none for `exists` and `missing`. */
  readonly values: readonly Value[];
}
