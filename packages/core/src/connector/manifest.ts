import type { ErrorCode } from '../error/datamigrato-error.js';
import type { EntitySchema } from '../schema/entity-schema.js';
import type { ValueKind } from '../value/kind.js';
import type { Value } from '../value/value.js';
import type { WriteMode } from './call-options.js';
import type { FilterOperator, SourceCondition } from './source-filter.js';

/** What a store can hold and how it behaves: plain JSON, true before anything is opened and unchanged after. */
export interface Manifest {
  /**
   * - `document`: any field may hold any kind, record by record.
   * - `table`: fields are columns, each with one declared type.
   */
  readonly shape: 'document' | 'table';
  /** What becomes of each kind of value. Complete by type: a new kind does not compile until every connector has decided. */
  readonly values: Readonly<Record<ValueKind, KindSupport>>;
  /** Kinds that may stand as a key field by themselves. */
  readonly keyKinds: readonly ValueKind[];
  /** Name that the store's users expect of a record's single key field, such as `id`; null where a record keeps the key names that it came with. */
  readonly keyField: string | null;
  /** Whether a key may have several parts; where not, core makes one document of them. */
  readonly compositeKeys: boolean;
  /** Where keys are text and nothing else: which texts the store takes. A key of another kind, or one that it refuses, becomes key text. Absent where keys have kinds of their own. */
  readonly keyText?: KeyTextRules;
  readonly limits: Limits;
  /** The codes with which the encoder refuses a record for a limit, so that a check before a run can tell limits apart. A limit without codes is measured by core, roughly. */
  readonly refusals?: LimitRefusals;
  readonly names: NameRules;
  readonly writeModes: readonly WriteMode[];
  /** Whether a whole scan sees one moment of the store, or a store that may move under it. */
  readonly readConsistency: 'snapshot' | 'moving';
  /** Comparisons by which the store may leave out records while they are read. Absent where it cannot: then core alone does. */
  readonly filters?: readonly FilterOperator[];
  /**
   * Of conditions with these operators, those by which records of a schema are left out; the others core alone looks at. Absent where it is all of them.
   *
   * It decides what a source is given, and what a plan says of it; where the store turns out unable after all, the source may still ignore them.
   */
  readonly selects?: (schema: EntitySchema, conditions: readonly SourceCondition[]) => readonly SourceCondition[];
  /** Whether writing one record twice leaves the same as writing it once. */
  readonly idempotentWrites: boolean;
  /** Whether a record that is too large can be stored in parts, as a planned schema's `splits` asks. Absent where it cannot. */
  readonly splitsRecords?: true;
  /** Whether the order of fields inside a document is kept. */
  readonly keepsFieldOrder: boolean;
  /** What its users write to refer to one record from another. Absent where they have no common form. */
  readonly references?: RecordReferences;
  /** `false` where an entity is nothing but its records: it comes into being with the first one, and is gone with the last. */
  readonly emptyEntities?: boolean;
  /** `false` where neither an array nor a vector may stand directly in an array: the inner one is kept as typed text. */
  readonly nestedArrays?: boolean;
  /** For tables: whether a column can hold a document, a set and so on of declared inner types, and how. */
  readonly table?: TableRules;
}

/**
 * The fidelity of one kind in one store.
 *
 * - `exact`: held as it is; nothing is listed.
 * - `widened`: held as kind `as`, with every value of it, but read back as that kind unless a lock file says otherwise.
 * - `lossy`: held as kind `as`, and some values change on the way.
 * - `unsupported`: not held; written as typed text.
 */
export interface KindSupport {
  readonly fidelity: Fidelity;
  /** The kind that the value becomes. The same kind where it is exact. */
  readonly as: ValueKind;
  /** What a person should know about the conversion, in a few words. */
  readonly note?: string;
  /** Whether the store holds one value of a kind that is `exact`, such as a decimal of that many digits. One that it does not hold is kept as typed text. Absent where it holds all. */
  readonly holds?: (value: Value) => boolean;
  /**
   * Where some values of a kind that is `exact` are read back as another one, such as the double 5.0 as an integer: that kind, and which values it concerns.
   * They take it where a lock file can tell what they were, and are kept as typed text elsewhere.
   */
  readonly readAs?: { readonly kind: ValueKind; readonly of: (value: Value) => boolean };
}

/**
 * How a value refers to a record of the same store.
 *
 * - `path`: as a `reference`, whose path is the entity's name with the key's parts in the place of each `*` and at its end.
 * - `document`: as a document of two fields, the entity's name first, then the key. Such a store has no kind `reference` of its own.
 */
export type RecordReferences =
  | { readonly form: 'path' }
  | { readonly form: 'document'; readonly entityField: string; readonly keyField: string };

/** Regular expressions as text, for a store whose keys are text. */
export interface KeyTextRules {
  /** Matches one character that no key may hold; never `%`, a digit or a letter from `A` to `F`. */
  readonly forbidden: string;
  /** Matches a whole text that is no key, or would be taken for something else. */
  readonly reserved: string;
}

/** What becomes of a value on its way, from best to worst. */
export type Fidelity = 'exact' | 'widened' | 'lossy' | 'unsupported';

/** Sizes that the store refuses to exceed. Bytes unless the name says otherwise; `Infinity` is written as null. */
export interface Limits {
  readonly batchRecords: number;
  readonly batchBytes: number;
  readonly recordBytes: number | null;
  readonly fieldBytes: number | null;
  readonly keyBytes: number | null;
  /** Levels of documents and arrays inside one another. */
  readonly depth: number | null;
  /** Write requests that may be under way at once. */
  readonly concurrentWrites: number;
}

/** Codes of the encoder's errors by what a record is beyond. Any other error of a record has no limit as its reason. */
export interface LimitRefusals {
  readonly recordBytes?: readonly ErrorCode[];
  readonly fieldBytes?: readonly ErrorCode[];
  readonly keyBytes?: readonly ErrorCode[];
  readonly depth?: readonly ErrorCode[];
  /** A value of a kind that is held, and not this one: a number that is too large, a date too far out. */
  readonly valueRange?: readonly ErrorCode[];
}

/** Which names a store takes for its fields and entities. */
export interface NameRules {
  /** Longest name of a field, in bytes of UTF-8, or null. */
  readonly fieldBytes: number | null;
  /** Longest name of an entity, in bytes of UTF-8, or null. */
  readonly entityBytes: number | null;
  /** A regular expression, as text, that an entity's name must match, or null. */
  readonly entityPattern: string | null;
  /** Whether a field may have an empty name. */
  readonly emptyField: boolean;
  /** The name under which records lie whose key has so many parts, where a name tells how deep that is. Absent where it says nothing of keys. */
  readonly entityForKey?: (entity: string, parts: number) => string;
}

/** What a table's columns can hold besides scalars. */
export interface TableRules {
  /** Kinds that a column can be declared as, collections included. */
  readonly columnKinds: readonly ValueKind[];
  /** Column that keeps, as typed JSON text, what no column can hold; a store's own name for it. */
  readonly overflowField: string;
}
