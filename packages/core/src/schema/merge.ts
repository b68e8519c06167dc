import type { EntitySchema, FieldSchema, KeyField, SampleSize, Shape } from './entity-schema.js';
import { ShapeAccumulator, type ShapeContext } from './shape-accumulator.js';

/**
 * What two samples saw at one place, as one. The order of merging does not matter.
 *
 * Where both list all names, so does the result, however many these are; where one has a `dynamic` shape, only names that it lists stay listed.
 */
export function mergeShapes(left: Shape, right: Shape): Shape {
  const context: ShapeContext = {
    limits: { names: Number.POSITIVE_INFINITY, places: Number.POSITIVE_INFINITY, depth: Number.POSITIVE_INFINITY },
    examples: false,
    places: 0,
  };
  const merged = ShapeAccumulator.from(left, context);
  merged.absorb(ShapeAccumulator.from(right, context));
  return merged.toShape();
}

/**
 * What two samples of one entity saw, as one inferred schema. The order of merging does not matter.
 *
 * @throws RangeError where the schemas are not inferred ones of one entity and key.
 */
export function mergeSchemas(left: EntitySchema, right: EntitySchema): EntitySchema {
  if (left.origin !== 'inferred' || right.origin !== 'inferred') throw new RangeError('only inferred schemas merge');
  if (left.entity !== right.entity || keyText(left) !== keyText(right)) {
    throw new RangeError('only schemas of one entity and key merge');
  }
  const fields = mergeShapes(fieldsShape(left), fieldsShape(right));
  const sample = mergeSamples(left.sample, right.sample);
  const sameNative = left.native !== undefined && JSON.stringify(left.native) === JSON.stringify(right.native);
  return {
    entity: left.entity,
    key: left.key.map((field, index) => mergeKeyFields(field, right.key[index]?.shape)),
    fields: fields.fields ?? [],
    ...(fields.dynamic && { dynamic: fields.dynamic }),
    origin: 'inferred',
    ...(sample && { sample }),
    ...(sameNative && { native: left.native }),
  };
}

function keyText(schema: EntitySchema): string {
  return JSON.stringify(schema.key.map((field) => [field.name, field.role]));
}

function mergeKeyFields({ name, role, shape }: KeyField, other: Shape | undefined): KeyField {
  const merged = shape && other ? mergeShapes(shape, other) : (shape ?? other);
  return { name, role, ...(merged && { shape: merged }) };
}

/** The top-level fields as the shape of a document that holds them. */
function fieldsShape(schema: EntitySchema): Shape {
  const documents = schema.sample?.records ?? 0;
  return {
    count: documents,
    kinds: { document: documents },
    maximumBytes: 0,
    fields: schema.fields.map((field) => ({ name: field.name, shape: fieldShape(field) })),
    ...(schema.dynamic && { dynamic: schema.dynamic }),
  };
}

function fieldShape(field: FieldSchema): Shape {
  return field.shape ?? { count: 0, kinds: {}, maximumBytes: 0 };
}

function mergeSamples(left: SampleSize | undefined, right: SampleSize | undefined): SampleSize | undefined {
  if (!left || !right) return undefined;
  return {
    records: left.records + right.records,
    bytes: left.bytes + right.bytes,
    complete: left.complete && right.complete,
  };
}
