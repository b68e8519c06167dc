import type { Value } from '../value/value.js';
import type { FieldCondition } from './field-condition.js';
import type { LimitChoices } from './limit-choices.js';

/** What a user asks of the way from one entity's records to another's. Names of fields are top-level names, after flattening where that is asked. */
export interface MappingOptions {
  /** Moves the records for which all of these hold, and counts the others that were read as `filtered`. Fields are those of the source. */
  readonly filter?: readonly FieldCondition[];
  /** Keeps these fields and no other. Key fields stay. */
  readonly select?: readonly string[];
  /** Leaves these fields out. */
  readonly drop?: readonly string[];
  /** New names by old ones. */
  readonly rename?: Readonly<Record<string, string>>;
  /** Fields that every record gets, with their values. */
  readonly constants?: Readonly<Record<string, Value>>;
  /** Makes top-level fields of nested documents, their names joined. `true` joins with `_`. In a document store, what the sample has not seen stays nested, so that the way back finds its place. */
  readonly flatten?: boolean | { readonly separator: string };
  /** Which fields are the target's key. Default: the source's key, under the name that the target's users expect. */
  readonly primaryKey?: string | readonly string[] | PrimaryKeyParts;
  /** Fields whose values become leading parts of the key, so that the target nests records under them; the way back makes them fields again. */
  readonly groupBy?: string | readonly string[];
  /**
   * - `natural` (default): a kind that the target lacks takes the form that a user of that store would expect.
   * - `tagged`: it is written in a wrapper that tells its kind, so that whoever reads the target sees it. The way back takes the wrapper off with the lock file, as ever.
   */
  readonly fidelity?: 'natural' | 'tagged';
  /** What happens where records are beyond a limit of the target. Default: each becomes a dead letter. */
  readonly onLimit?: LimitChoices;
}

/** A key whose parts a target tells apart. */
export interface PrimaryKeyParts {
  readonly partition: readonly string[];
  readonly clustering?: readonly string[];
}
