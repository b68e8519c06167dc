import type { Manifest } from '../connector/manifest.js';
import type { ValueType } from '../schema/entity-schema.js';
import { kindsOfType } from './shape-type.js';

/** The column type that a table target gives to a declared type of its source: the same where it holds every kind in it, else the natural form, else typed JSON text. */
export function naturalColumnType(type: ValueType, target: Manifest): ValueType {
  const columnKinds = new Set(target.table?.columnKinds ?? []);
  const holds = [...kindsOfType(type)].every(
    (kind) => target.values[kind].fidelity === 'exact' && columnKinds.has(kind),
  );
  if (holds) return type;
  const support = target.values[type.kind];
  const scalar = kindsOfType(type).size === 1;
  if (scalar && support.fidelity !== 'unsupported' && columnKinds.has(support.as)) return { kind: support.as };
  return { kind: 'string', encoding: 'json' };
}

/** Whether a document target holds every kind of a declared type as it is. */
export function holdsType(type: ValueType, target: Manifest): boolean {
  return [...kindsOfType(type)].every((kind) => target.values[kind].fidelity === 'exact');
}

/** Whether a document target holds every value of a declared type as it is. */
export function holdsEveryValue(type: ValueType, target: Manifest): boolean {
  if (target.nestedArrays === false && mayNestArrays(type)) return false;
  return [...kindsOfType(type)].every((kind) => {
    const { fidelity, holds, readAs } = target.values[kind];
    return fidelity === 'exact' && holds === undefined && readAs === undefined;
  });
}

/** Whether an array may stand directly in another one in values of a type. */
function mayNestArrays(type: ValueType): boolean {
  const inside = [type.element, ...(type.elements ?? [])].filter((inner) => inner !== undefined);
  // What an array holds that does not say what it holds is anybody's guess.
  if (
    type.kind === 'array' &&
    (inside.length === 0 || inside.some(({ kind }) => kind === 'array' || kind === 'vector'))
  )
    return true;
  const others = [type.key, type.value, ...(type.fields ?? []).map((field) => field.type)];
  return [...inside, ...others].some((inner) => inner !== undefined && mayNestArrays(inner));
}
