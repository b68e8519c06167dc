import type { Manifest } from '../connector/manifest.js';
import type { ValueType } from '../schema/entity-schema.js';
import { documentEntries, documentFrom, MapValue, SetValue, TupleValue } from '../value/collection.js';
import { convertValue } from '../value/convert.js';
import type { ValueKind } from '../value/kind.js';
import { valueToText } from '../value/text.js';
import { isArray, isDocument, kindOf, type Value } from '../value/value.js';

/** What a column holds, as far as fitting a value into it goes. */
export interface ColumnTypes {
  readonly type: ValueType;
  readonly sourceType?: ValueType;
  readonly narrowTo?: readonly ValueKind[];
}

/** The value as the column holds it, or undefined where the column does not hold it. What narrows on the way back is judged by {@link narrowestOf}. */
export type ColumnFit = (value: Value) => Value | undefined;

/** Compiles how values are fitted into a column. Never given null. */
export function compileColumnValue(column: ColumnTypes, supports: Manifest['values']): ColumnFit {
  const { type, sourceType, narrowTo } = column;
  if (type.encoding === 'json') return (value) => valueToText(value);
  if (narrowTo === undefined) {
    switch (type.kind) {
      case 'array':
      case 'set':
      case 'tuple':
        return compileElements(type, sourceType, supports);
      case 'map':
        return compileMap(type, sourceType, supports);
      case 'document':
        return compileFields(type, sourceType, supports);
      default:
    }
  }
  const fit = compileScalar(type.kind, narrowTo === undefined ? sourceType?.kind : undefined);
  const { holds } = supports[type.kind];
  if (holds === undefined) return fit;
  return (value) => {
    const fitted = fit(value);
    return fitted !== undefined && holds(fitted) ? fitted : undefined;
  };
}

function compileScalar(kind: ValueKind, expected: ValueKind | undefined): ColumnFit {
  if (expected === undefined) return (value) => exactly(value, kind);
  if (expected === kind) return (value) => (kindOf(value) === kind ? value : undefined);
  return (value) => (kindOf(value) === expected ? exactly(value, kind) : undefined);
}

/** The first of some kinds, from narrow to wide, that holds a value exactly. */
export function narrowestOf(value: Value, kinds: readonly ValueKind[]): ValueKind | undefined {
  return kinds.find((kind) => exactly(value, kind) !== undefined);
}

function exactly(value: Value, kind: ValueKind): Value | undefined {
  if (kindOf(value) === kind) return value;
  const conversion = convertValue(value, kind);
  return conversion?.exact ? conversion.value : undefined;
}

function compileElements(type: ValueType, sourceType: ValueType | undefined, supports: Manifest['values']): ColumnFit {
  const fixed = type.elements?.map((element, index) =>
    compileColumnValue(withSource(element, sourceType?.elements?.[index]), supports),
  );
  const fitElement =
    type.element === undefined
      ? undefined
      : compileColumnValue(withSource(type.element, sourceType?.element), supports);
  const expected = sourceType?.kind ?? type.kind;
  return (value) => {
    if (kindOf(value) !== expected) return undefined;
    const elements = isArray(value)
      ? value
      : value instanceof SetValue || value instanceof TupleValue
        ? value.elements
        : undefined;
    if (elements === undefined) return undefined;
    const fitted: Value[] = [];
    for (const [index, element] of elements.entries()) {
      const fit = fixed?.[index] ?? fitElement;
      // A tuple's absent element is null; nothing else in a column's collections may be.
      const inner =
        element === null ? (type.kind === 'tuple' ? null : undefined) : fit === undefined ? element : fit(element);
      if (inner === undefined) return undefined;
      fitted.push(inner);
    }
    if (type.kind === 'array') return fitted;
    return type.kind === 'set' ? new SetValue(fitted) : new TupleValue(fitted);
  };
}

function compileMap(type: ValueType, sourceType: ValueType | undefined, supports: Manifest['values']): ColumnFit {
  const fitKey =
    type.key === undefined ? undefined : compileColumnValue(withSource(type.key, sourceType?.key), supports);
  const fitValue =
    type.value === undefined ? undefined : compileColumnValue(withSource(type.value, sourceType?.value), supports);
  return (value) => {
    if (!(value instanceof MapValue)) return undefined;
    const entries: [Value, Value][] = [];
    for (const [key, inner] of value.entries) {
      if (key === null || inner === null) return undefined;
      const fittedKey = fitKey === undefined ? key : fitKey(key);
      const fittedValue = fitValue === undefined ? inner : fitValue(inner);
      if (fittedKey === undefined || fittedValue === undefined) return undefined;
      entries.push([fittedKey, fittedValue]);
    }
    return new MapValue(entries);
  };
}

function compileFields(type: ValueType, sourceType: ValueType | undefined, supports: Manifest['values']): ColumnFit {
  const fits = new Map(
    (type.fields ?? []).map((field) => [
      field.name,
      compileColumnValue(
        withSource(field.type, sourceType?.fields?.find((other) => other.name === field.name)?.type),
        supports,
      ),
    ]),
  );
  return (value) => {
    if (!isDocument(value)) return undefined;
    const entries: [string, Value][] = [];
    for (const [name, inner] of documentEntries(value)) {
      const fit = fits.get(name);
      const fitted = inner === null ? null : fit?.(inner);
      if (fit === undefined || fitted === undefined) return undefined;
      entries.push([name, fitted]);
    }
    return documentFrom(entries);
  };
}

function withSource(type: ValueType, sourceType: ValueType | undefined): ColumnTypes {
  return sourceType === undefined ? { type } : { type, sourceType };
}
