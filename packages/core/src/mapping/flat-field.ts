import { DatamigratoError } from '../error/datamigrato-error.js';
import type { EntityName, EntitySchema, FieldSchema, Shape, ValueType } from '../schema/entity-schema.js';
import { kindsOf, typeOfField } from './shape-type.js';

/** A field of a schema where mapping begins: a top-level one, or a nested one that flattening brings up. */
export interface FlatField {
  /** The joined name. */
  readonly name: string;
  readonly path: readonly string[];
  readonly type: ValueType | undefined;
  readonly shape: Shape | undefined;
  /** Whether every record of a sample had a value or null here. */
  readonly always: boolean;
  readonly static: boolean;
}

/**
 * The fields of a schema, nested ones brought up where `separator` says how their names are joined.
 *
 * @throws DatamigratoError `DM_NAME_COLLISION` where two fields would have one name.
 */
export function flatFields(schema: EntitySchema, separator: string | null): readonly FlatField[] {
  const fields: FlatField[] = [];
  const records = schema.sample?.records;
  const add = (
    path: readonly string[],
    type: ValueType | undefined,
    shape: Shape | undefined,
    isStatic: boolean,
  ): void => {
    const inner = separator === null ? undefined : innerFields(type, shape);
    if (inner !== undefined) for (const field of inner) add([...path, field.name], field.type, field.shape, isStatic);
    else {
      const always =
        path.length === 1 && shape !== undefined && records !== undefined && records > 0 && shape.count === records;
      fields.push({ name: path.join(separator ?? ''), path, type, shape, always, static: isStatic });
    }
  };
  for (const field of schema.fields) add([field.name], typeOfField(field), field.shape, field.static === true);
  requireDistinct(
    schema.entity,
    fields.map((field) => [field.name, field.path] as const),
  );
  return fields;
}

function innerFields(
  type: ValueType | undefined,
  shape: Shape | undefined,
): readonly { name: string; type: ValueType | undefined; shape: Shape | undefined }[] | undefined {
  if (shape !== undefined) {
    const kinds = kindsOf(shape);
    if (kinds.length !== 1 || kinds[0] !== 'document' || shape.dynamic !== undefined || !shape.fields?.length)
      return undefined;
    return shape.fields.map((field) => ({
      name: field.name,
      type: typeOfField({ name: field.name, shape: field.shape } satisfies FieldSchema),
      shape: field.shape,
    }));
  }
  if (type?.kind !== 'document' || !type.fields?.length) return undefined;
  return type.fields.map((field) => ({ name: field.name, type: field.type, shape: undefined }));
}

/** Throws `DM_NAME_COLLISION` where two different paths have one name. */
export function requireDistinct(
  entity: EntityName,
  named: readonly (readonly [name: string, path: readonly string[]])[],
): void {
  const seen = new Map<string, readonly string[]>();
  for (const [name, path] of named) {
    const earlier = seen.get(name);
    if (earlier !== undefined) {
      throw new DatamigratoError({
        code: 'DM_NAME_COLLISION',
        category: 'usage',
        message: `Two fields of ${entity} would both be named "${name}" in the target: ${pathText(earlier)} and ${pathText(path)}`,
        nextStep:
          'rename or drop one of them, name as the key with --primary-key what is to be the key, or choose another separator for flattening',
        context: { field: name },
      });
    }
    seen.set(name, path);
  }
}

/** A path as a person reads it. */
function pathText(path: readonly string[]): string {
  return path.map((name) => (/^[\p{L}\p{N}_ $-]+$/u.test(name) ? name : JSON.stringify(name))).join(' → ');
}
