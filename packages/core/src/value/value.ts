import type { BinaryValue } from './binary.js';
import type { MapValue, OrderedDocument, SetValue, TupleValue } from './collection.js';
import type { ObjectIdValue, TimeuuidValue, UuidValue } from './identifier.js';
import { kindSymbol, type ValueKind } from './kind.js';
import type { GeoPointValue, InetValue, ReferenceValue, VectorValue } from './location.js';
import type {
  CounterValue,
  DecimalValue,
  DoubleValue,
  Float32Value,
  Int8Value,
  Int16Value,
  VarintValue,
} from './number.js';
import type {
  CodeValue,
  LogicalTimestampValue,
  MaxKeyValue,
  MinKeyValue,
  PointerValue,
  RegularExpressionValue,
  SymbolValue,
  UndefinedValue,
} from './special.js';
import type { DurationValue, InstantValue, LocalDateValue, LocalTimeValue } from './temporal.js';

/** A value that plain JavaScript cannot tell apart, boxed in a small immutable object that knows its kind. */
export type BoxedValue =
  | Int8Value
  | Int16Value
  | VarintValue
  | CounterValue
  | Float32Value
  | DoubleValue
  | DecimalValue
  | BinaryValue
  | InstantValue
  | LocalDateValue
  | LocalTimeValue
  | DurationValue
  | UuidValue
  | TimeuuidValue
  | ObjectIdValue
  | RegularExpressionValue
  | LogicalTimestampValue
  | CodeValue
  | SymbolValue
  | PointerValue
  | MinKeyValue
  | MaxKeyValue
  | UndefinedValue
  | GeoPointValue
  | ReferenceValue
  | VectorValue
  | InetValue
  | SetValue
  | MapValue
  | TupleValue
  | OrderedDocument;

/**
 * Fields by name, as a plain object.
 *
 * Fields are own properties, set by `setField` and read by `fieldOf`: `__proto__` and `constructor` are ordinary field names here.
 * Where JavaScript would not keep the order of the fields (names that look like integers move to the front), a codec hands out an {@link OrderedDocument} instead.
 */
export interface PlainDocument {
  readonly [field: string]: Value;
}

/** A document in either of its two forms. */
export type DocumentValue = PlainDocument | OrderedDocument;

/**
 * A canonical value: what any store's value becomes between decoding and encoding.
 *
 * - A `number` that is a 32-bit integer is an `int32`; any other `number` is a `double`. A double that happens to be such an integer, `-0`, `NaN` and the infinities are a {@link DoubleValue}.
 * - A `bigint` within 64 bits is an `int64`; beyond them it is a `varint` (a small varint is a {@link VarintValue}).
 * - Missing is not null: a missing field is absent from its document.
 */
export type Value = null | boolean | string | number | bigint | BoxedValue | readonly Value[] | PlainDocument;

const int64Minimum = -(2n ** 63n);
const int64Maximum = 2n ** 63n - 1n;

/** Whether a number is a 32-bit integer, and so an `int32` when it stands unboxed. `-0` is not. */
export function isInt32(value: number): boolean {
  return value === (value | 0) && !Object.is(value, -0);
}

/** Whether a bigint fits 64 signed bits, and so is an `int64` when it stands unboxed. */
export function isInt64(value: bigint): boolean {
  return value >= int64Minimum && value <= int64Maximum;
}

/** The kind of a value. */
export function kindOf(value: Value): ValueKind {
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'number':
      return isInt32(value) ? 'int32' : 'double';
    case 'boolean':
      return 'boolean';
    case 'bigint':
      return isInt64(value) ? 'int64' : 'varint';
    default:
      if (value === null) return 'null';
      if (isArray(value)) return 'array';
      return (value as { readonly [kindSymbol]?: ValueKind })[kindSymbol] ?? 'document';
  }
}

/** `Array.isArray` for values: a canonical array is never changed after it was decoded. */
export function isArray(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

/** Whether a value is a document, in either form. */
export function isDocument(value: Value): value is DocumentValue {
  return typeof value === 'object' && value !== null && kindOf(value) === 'document';
}

/** Whether a value is a boxed one (this includes {@link OrderedDocument}). */
export function isBoxed(value: Value): value is BoxedValue {
  return (
    typeof value === 'object' &&
    value !== null &&
    !isArray(value) &&
    (value as { readonly [kindSymbol]?: ValueKind })[kindSymbol] !== undefined
  );
}
