import type { Json } from '../connector/call-options.js';
import type { ValueKind } from '../value/kind.js';

declare const entityNameBrand: unique symbol;

/** The name of an entity as its store has it. */
export type EntityName = string & { readonly [entityNameBrand]: true };

/** Marks a text as the name of an entity. */
export function entityName(text: string): EntityName {
  return text as EntityName;
}

/** What is known of an entity's records: declared by the store, inferred from a sample, or wanted by a plan. */
export interface EntitySchema {
  readonly entity: EntityName;
  /** The key's fields in order. Never empty. */
  readonly key: readonly KeyField[];
  /** The top-level fields that are not part of the key, in a stable order. */
  readonly fields: readonly FieldSchema[];
  /** What the top-level fields hold that a sample saw too rarely, or too many of, to list. */
  readonly dynamic?: Shape;
  /** `declared`: the store enforces it. `inferred`: seen in a sample, records may differ. `planned`: what a target is to hold. */
  readonly origin: 'declared' | 'inferred' | 'planned';
  /** The sample behind an inferred schema. */
  readonly sample?: SampleSize;
  /** Two records may have one key, since nothing where they lie forbids it, as in a file that anybody wrote. Core then watches that none overwrites another. */
  readonly keysMayRepeat?: boolean;
  /**
   * For a planned table that is there already: a record takes the place of an earlier one whole, so the encoder clears the columns that it has no value for.
   * Otherwise it leaves them untouched, which in a new table is the same and costs a store less.
   */
  readonly clearsMissing?: boolean;
  /** What whoever plans to copy these records should know and the plan does not say by itself, such as that they expire where they are. The plan says each beside the entity. */
  readonly notices?: readonly string[];
  /** For a planned entity of a target that can: the field that lies in native records of its own wherever a record is too large with it. Reading joins them. */
  readonly splits?: string;
  /** Whatever else the connector wants to find again when records of this schema are decoded or encoded: options, indexes. Core stores it and never reads it. */
  readonly native?: Json;
}

/** How many records were looked at, and whether those were all. */
export interface SampleSize {
  readonly records: number;
  readonly bytes: number;
  readonly complete: boolean;
}

/** One part of a key. */
export interface KeyField {
  readonly name: string;
  /** Where the store tells these apart: `partition` places the record, `clustering` orders it inside its partition. */
  readonly role: 'partition' | 'clustering';
  readonly type?: ValueType;
  /** What a sample saw. */
  readonly shape?: Shape;
}

/** One top-level field. */
export interface FieldSchema {
  readonly name: string;
  /** The declared or planned type; absent where any kind may stand. */
  readonly type?: ValueType;
  /** What a sample saw. */
  readonly shape?: Shape;
  /** Shared by all records of a partition rather than a record's own. */
  readonly static?: boolean;
}

/** A declared type: a kind, and the types inside it. */
export interface ValueType {
  readonly kind: ValueKind;
  /** For arrays, sets and vectors. */
  readonly element?: ValueType;
  /** For maps. */
  readonly key?: ValueType;
  /** For maps. */
  readonly value?: ValueType;
  /** For tuples. */
  readonly elements?: readonly ValueType[];
  /** For documents of a declared shape. */
  readonly fields?: readonly { readonly name: string; readonly type: ValueType }[];
  /** For vectors: how many elements. */
  readonly dimensions?: number;
  /**
   * How a value that the column itself cannot hold stands in a `string`:
   * - `json`: any value, as canonical typed JSON text;
   * - `key`: a key of any kind, in the injective key text.
   */
  readonly encoding?: 'json' | 'key';
  /** The store's own name of the type, such as a user-defined type's. */
  readonly native?: string;
}

/** What was seen at one place of a sample's records, mergeable with what was seen elsewhere. */
export interface Shape {
  /** Values seen here, nulls included; missing ones are the parent's documents less this. Beside a `dynamic` it is what was counted at least. */
  readonly count: number;
  /** How often each kind was seen. */
  readonly kinds: Readonly<Partial<Record<ValueKind, number>>>;
  /** Largest value in bytes of canonical form, roughly; strings and binaries count their own bytes. */
  readonly maximumBytes: number;
  /** Most elements seen in one array, set, tuple, vector or map. */
  readonly maximumElements?: number;
  /** What arrays, sets, tuples, vectors and maps hold; of maps, the values. */
  readonly element?: Shape;
  /** What maps have as keys. */
  readonly mapKey?: Shape;
  /** What documents hold by name, in the order of the names. Absent where no document was looked into. */
  readonly fields?: readonly { readonly name: string; readonly shape: Shape }[];
  /** What documents hold under names that are data rather than structure: too many to list, or each seen too rarely. */
  readonly dynamic?: Shape;
  /** For integers of any size: the smallest and largest seen, as decimal text. */
  readonly range?: { readonly minimum: string; readonly maximum: string };
  /**
   * Numbers seen that a narrower kind could hold, and so would come back as once they shared a column with it:
   * 64-bit integers and doubles such as 5 and 5.0, integers of any size that fit 64 bits, decimals written as integers.
   */
  readonly loose?: number;
  /** One value as a person may see it: shown only where the user asked for examples, else its kind and size. */
  readonly example?: string;
}
