import {
  CodeValue,
  documentEntries,
  isArray,
  isDocument,
  kindOf,
  MapValue,
  SetValue,
  TupleValue,
  type Value,
  type ValueKind,
} from '@datamigrato/core';

/** The kinds of a value and of everything inside it. */
export function kindsInside(value: Value): ReadonlySet<ValueKind> {
  const kinds = new Set<ValueKind>();
  const visit = (inner: Value): void => {
    kinds.add(kindOf(inner));
    for (const each of parts(inner)) visit(each);
  };
  visit(value);
  return kinds;
}

function parts(value: Value): readonly Value[] {
  if (isArray(value)) return value;
  if (isDocument(value)) return documentEntries(value).map(([, inner]) => inner);
  if (value instanceof SetValue || value instanceof TupleValue) return value.elements;
  if (value instanceof MapValue) return value.entries.flat();
  if (value instanceof CodeValue && value.scope !== null) return parts(value.scope);
  return [];
}
