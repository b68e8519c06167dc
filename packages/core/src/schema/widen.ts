import type { Manifest } from '../connector/manifest.js';
import type { ValueKind } from '../value/kind.js';
import type { Shape, ValueType } from './entity-schema.js';

/** For each kind that others fit into exactly: those others. A `null` fits anywhere. */
const narrowerKinds: Readonly<Partial<Record<ValueKind, readonly ValueKind[]>>> = {
  int16: ['int8'],
  int32: ['int8', 'int16'],
  int64: ['int8', 'int16', 'int32'],
  varint: ['int8', 'int16', 'int32', 'int64'],
  double: ['int8', 'int16', 'int32', 'float32'],
  decimal: ['int8', 'int16', 'int32', 'int64', 'varint'],
};

/** Kinds that hold other values, and so make no column by themselves. */
const compoundKinds: ReadonlySet<ValueKind> = new Set(['array', 'set', 'map', 'tuple', 'vector', 'document']);

/**
 * The narrowest kind that holds every value of all these kinds exactly, nulls left out; undefined where there is none, or nothing but null.
 *
 * Integers widen as far as `decimal`, integers of up to 32 bits and `float32` also to `double`. A 64-bit integer and a double have no kind in common.
 */
export function narrowestKind(kinds: Iterable<ValueKind>): ValueKind | undefined {
  const wanted = new Set(kinds);
  wanted.delete('null');
  for (const kind of wanted) {
    const narrower = narrowerKinds[kind] ?? [];
    if ([...wanted].every((other) => other === kind || narrower.includes(other))) return kind;
  }
  // A common kind that is not among them: small integers beside `float32`.
  const fitsDouble = [...wanted].every((kind) => narrowerKinds.double?.includes(kind));
  return wanted.size > 0 && fitsDouble ? 'double' : undefined;
}

/**
 * The type of the column that a table target gives to what a sample saw at one place.
 *
 * - Scalars of one kind, or of kinds that widen into one: that kind, as the target holds it.
 * - Arrays, sets and maps of non-null scalars of one kind: the same, where the target has such columns.
 * - Everything else, and what was never seen to hold anything: typed JSON text.
 *
 * Kinds that the target changes never share a column with other kinds, since nothing could tell them apart on the way back.
 */
export function columnType(shape: Shape, target: Manifest): ValueType {
  return scalarType(shape, target) ?? collectionType(shape, target) ?? { kind: 'string', encoding: 'json' };
}

function scalarType(shape: Shape, target: Manifest): ValueType | undefined {
  const kinds = kindsBesideNull(shape);
  if (kinds.some((kind) => compoundKinds.has(kind)) || narrowestKind(kinds) === undefined) return undefined;
  const held = kinds.map((kind) => heldKind(kind, target));
  if (held.includes(undefined)) return undefined;
  const kind = narrowestKind(held.filter((one) => one !== undefined));
  return kind !== undefined && isColumnKind(kind, target) && !compoundKinds.has(kind) ? { kind } : undefined;
}

function collectionType(shape: Shape, target: Manifest): ValueType | undefined {
  const [kind, ...others] = kindsBesideNull(shape);
  if (kind === undefined || others.length > 0 || !collectionKinds.has(kind)) return undefined;
  const held = heldKind(kind, target);
  const element = shape.element && elementType(shape.element, target);
  if (held === undefined || !isColumnKind(held, target) || element === undefined) return undefined;
  if (kind === 'map') {
    const key = shape.mapKey && elementType(shape.mapKey, target);
    return held === 'map' && key ? { kind: held, key, value: element } : undefined;
  }
  return held === 'array' || held === 'set' ? { kind: held, element } : undefined;
}

const collectionKinds: ReadonlySet<ValueKind> = new Set(['array', 'set', 'map']);

/** The one scalar kind that all elements have, as the target holds it. */
function elementType(shape: Shape, target: Manifest): ValueType | undefined {
  const isUniform = kindsBesideNull(shape).length === 1 && !shape.kinds.null;
  return isUniform ? scalarType(shape, target) : undefined;
}

/** The kind as which the target holds values of a kind, or undefined where it does not hold them. */
function heldKind(kind: ValueKind, target: Manifest): ValueKind | undefined {
  const support = target.values[kind];
  return support.fidelity === 'unsupported' ? undefined : support.as;
}

function isColumnKind(kind: ValueKind, target: Manifest): boolean {
  return target.table?.columnKinds.includes(kind) ?? false;
}

function kindsBesideNull(shape: Shape): readonly ValueKind[] {
  const kinds = Object.keys(shape.kinds) as ValueKind[];
  return kinds.filter((kind) => kind !== 'null' && (shape.kinds[kind] ?? 0) > 0);
}
