import type { Json } from '../connector/call-options.js';
import type { FilterOperator } from '../connector/source-filter.js';
import type { EntitySchema, KeyField, ValueType } from '../schema/entity-schema.js';
import type { ValueKind } from '../value/kind.js';

/** How records of one entity become records of another: plain JSON, complete, so that running it twice maps alike. */
export interface MappingPlan {
  /** Text between the names of nested fields, or null where documents stay nested. */
  readonly flatten: string | null;
  readonly select: readonly string[] | null;
  readonly drop: readonly string[];
  readonly rename: readonly (readonly [from: string, to: string])[];
  /** Names with values as canonical text. */
  readonly constants: readonly (readonly [name: string, text: string])[];
  readonly key: KeyPlan;
  /** For a table as target: its columns. Null where the target takes any field. */
  readonly table: TablePlan | null;
  /** For a document store as target: the fields whose place or kind changes on the way. */
  readonly fields: readonly FieldPlan[];
  /** Whether some kinds change on the way, so that values are converted and may stand in typed wrappers. */
  readonly converts: boolean;
  readonly fidelity: 'natural' | 'tagged';
  /** For a document store as target: levels below which what lies deeper is written as typed text, the record being the first. Absent where nothing is. */
  readonly levels?: number;
  /** Conditions that all have to hold for a record to be moved. Absent where every record is. */
  readonly filter?: readonly ConditionPlan[];
  /** How what refers to other records of the same migration follows them. Absent where nothing does. */
  readonly references?: ReferencePlan;
}

/** Between a store that refers to a record by its path, as a `reference`, and one that does by a document of two fields. */
export interface ReferencePlan {
  /** What they become in the target. */
  readonly to: 'path' | 'document';
  /** The field of the document that names the entity. */
  readonly entityField: string;
  /** The field of the document that holds the record's key. */
  readonly keyField: string;
  /** Whose records are followed. What refers to others stays, and a `reference` becomes what the target makes of that kind. */
  readonly entities: readonly ReferencedEntity[];
}

/** An entity that a migration moves with its keys. */
export interface ReferencedEntity {
  readonly source: string;
  readonly target: string;
  /** Towards documents: the names of the key's parts where they stand in one document. Absent where the key is one text. */
  readonly parts?: readonly string[];
  /** Towards paths: the one kind of number that the keys of the sample have, where it is an integer. */
  readonly integers?: 'int32' | 'int64';
}

/** One condition on a record of the source. */
export interface ConditionPlan {
  /** The part of the source's key that is looked at, by position, or null for a field. */
  readonly key: number | null;
  /** Names from the record's fields on, or inside the key's part. */
  readonly path: readonly string[];
  readonly operator: FilterOperator;
  /** Values as canonical text. */
  readonly values: readonly string[];
}

/** How the target's key is made. */
export interface KeyPlan {
  readonly parts: readonly KeyPartPlan[];
  /** Whether several parts stand in one document that is the target's single key value. */
  readonly document: boolean;
  /** The name of the target's single key field where `document` is set. */
  readonly documentField: string;
  /** Whether two records might meet under one target key: it comes from anywhere but the whole source key, or the source's own keys may repeat. */
  readonly chosen: boolean;
  /** Parts of the source's key that are not in the target's key and became ordinary fields. */
  readonly demoted: readonly { readonly key: number; readonly field: string }[];
}

/** One part of the target's key. */
export interface KeyPartPlan {
  readonly name: string;
  readonly role: 'partition' | 'clustering';
  /** A part of the source's key by position, or a field by its path in the source's record. */
  readonly from: { readonly key: number } | { readonly path: readonly string[] };
  /** How the target holds it; absent where any kind may stand. */
  readonly type?: ValueType;
  /** How the source held it, where all records of the sample agree. */
  readonly sourceType?: ValueType;
}

/** The columns of a table as target. */
export interface TablePlan {
  readonly columns: readonly ColumnPlan[];
  /** Column for what fits no other, as typed JSON text of an object by source path; null where the table has none. */
  readonly overflow: string | null;
}

/** One column. */
export interface ColumnPlan {
  readonly name: string;
  /** Where its value stands in a source record: one name, or several under flattening. */
  readonly path: readonly string[];
  readonly type: ValueType;
  /** How the source held it, where all records of the sample agree. */
  readonly sourceType?: ValueType;
  /** Numeric kinds that share the column: on the way back a value takes the first of them that can hold it. */
  readonly narrowTo?: readonly ValueKind[];
  /** Whether an empty cell stands for null: every record of the sample had this field. A record without it says so in the overflow column. */
  readonly absentIsNull: boolean;
  readonly static?: boolean;
}

/** A field of a document target whose place or kind changes on the way. */
export interface FieldPlan {
  readonly name: string;
  /** Where its value stands in a source record: one name, or several under flattening. */
  readonly path: readonly string[];
  /** How the source held it, where all records of the sample agree and the target holds it otherwise. */
  readonly sourceType?: ValueType;
}

/** What a migration in the other direction needs to bring back the kinds, names and keys that this one changed. */
export interface MappingLock {
  readonly schema: 'datamigrato.lock/1';
  readonly plan: string;
  readonly entities: readonly LockedEntity[];
}

/** The lock of one entity. */
export interface LockedEntity {
  readonly source: {
    readonly connector: string;
    readonly entity: string;
    readonly key: readonly KeyField[];
    /** What the source declared, so that records go back into the same types; absent where it declares nothing. */
    readonly declared?: Pick<EntitySchema, 'fields' | 'native'>;
    /** What the source's connector wanted to find again in records that came from it, where the source declares nothing. */
    readonly native?: Json;
  };
  readonly target: { readonly connector: string; readonly entity: string };
  readonly mapping: MappingPlan;
}
