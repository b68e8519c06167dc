/**
 * A value as the wire has it, decoded with 64-bit integers as decimal text:
 * <https://cloud.google.com/firestore/docs/reference/rpc/google.firestore.v1#value>. Exactly one member is set.
 */
export interface ProtoValue {
  readonly nullValue?: 'NULL_VALUE';
  readonly booleanValue?: boolean;
  /** Text where it was read or is beyond 2^53. */
  readonly integerValue?: string | number;
  readonly doubleValue?: number;
  readonly timestampValue?: ProtoTimestamp;
  readonly stringValue?: string;
  readonly bytesValue?: Uint8Array;
  /** The full name of a document. */
  readonly referenceValue?: string;
  readonly geoPointValue?: { readonly latitude: number; readonly longitude: number };
  readonly arrayValue?: { readonly values?: readonly ProtoValue[] };
  readonly mapValue?: { readonly fields?: ProtoFields };
  /** Which member is set, in what was read. */
  readonly valueType?: string;
}

/** Fields by name; none is named `__proto__`, which Firestore reserves. */
export type ProtoFields = Readonly<Record<string, ProtoValue>>;

/** Seconds since 1970 and nanoseconds, 0 to 999,999,999. */
export interface ProtoTimestamp {
  readonly seconds: string | number;
  readonly nanos: number;
}

/** A document as the wire has it. */
export interface ProtoDocument {
  /** `projects/…/databases/…/documents/…` */
  readonly name: string;
  readonly fields: ProtoFields;
}

/** The field by which the map of a vector is told from others, with its value. */
export const vectorMark = { field: '__type__', value: '__vector__' } as const;
