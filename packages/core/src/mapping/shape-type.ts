import type { FieldSchema, KeyField, Shape, ValueType } from '../schema/entity-schema.js';
import type { ValueKind } from '../value/kind.js';

/** The kinds seen at a place, nulls left out, in the order of their frequency. */
export function kindsOf(shape: Shape): readonly ValueKind[] {
  return (Object.entries(shape.kinds) as [ValueKind, number][])
    .filter(([kind, count]) => kind !== 'null' && count > 0)
    .sort((left, right) => right[1] - left[1] || (left[0] < right[0] ? -1 : 1))
    .map(([kind]) => kind);
}

/** The type that all values seen at a place agree on, nulls left out, or undefined where they do not. */
export function agreedType(shape: Shape): ValueType | undefined {
  const [kind, ...others] = kindsOf(shape);
  if (kind === undefined || others.length > 0) return undefined;
  switch (kind) {
    case 'array':
    case 'set':
    case 'vector': {
      const element = agreedInside(shape.element);
      return element === undefined ? { kind } : { kind, element };
    }
    case 'map': {
      const key = agreedInside(shape.mapKey);
      const value = agreedInside(shape.element);
      return { kind, ...(key && { key }), ...(value && { value }) };
    }
    case 'document': {
      // Names that are data have no types of their own, nor have the few beside them that happened to be frequent.
      if (shape.dynamic !== undefined) return { kind };
      const fields = (shape.fields ?? []).flatMap((field) => {
        const type = agreedType(field.shape);
        return type === undefined ? [] : [{ name: field.name, type }];
      });
      return fields.length === 0 ? { kind } : { kind, fields };
    }
    default:
      return { kind };
  }
}

/** The type that all values inside others agree on, where none of them is null. */
function agreedInside(shape: Shape | undefined): ValueType | undefined {
  return shape === undefined || shape.kinds.null ? undefined : agreedType(shape);
}

/** The declared type of a field, or the one that a sample agrees on. */
export function typeOfField(field: FieldSchema | KeyField): ValueType | undefined {
  return field.type ?? (field.shape === undefined ? undefined : agreedType(field.shape));
}

/** Every kind that a type mentions, itself and inside. */
export function kindsOfType(type: ValueType): ReadonlySet<ValueKind> {
  const kinds = new Set<ValueKind>();
  const visit = (inner: ValueType | undefined): void => {
    if (inner === undefined) return;
    kinds.add(inner.kind);
    visit(inner.element);
    visit(inner.key);
    visit(inner.value);
    for (const element of inner.elements ?? []) visit(element);
    for (const field of inner.fields ?? []) visit(field.type);
  };
  visit(type);
  return kinds;
}
