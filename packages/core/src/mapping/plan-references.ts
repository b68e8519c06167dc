import type { Manifest, RecordReferences } from '../connector/manifest.js';
import type { EntitySchema, Shape } from '../schema/entity-schema.js';
import type { MappingPlan, ReferencedEntity, ReferencePlan } from './mapping-plan.js';
import { kindsOf } from './shape-type.js';

/** An entity of a migration, as far as it is planned. */
export interface PlannedRecords {
  readonly source: string;
  readonly target: string;
  readonly schema: EntitySchema;
  readonly mapping: MappingPlan;
  /** Whether an earlier migration's records are restored: what refers to others there means those of another store. */
  readonly restored: boolean;
}

/**
 * How what refers to records follows them, for each of a migration's entities; undefined for one whose references stay what they are.
 *
 * It needs stores of which one has references by path and the other documents, a sample that shows any, and entities that are moved whole, with their keys:
 * a path that leads nowhere would be worse than what stood there. With `flatten`, `tagged`, or a field as key, a document cannot change its form.
 */
export function planReferences(
  source: Manifest,
  target: Manifest,
  entities: readonly PlannedRecords[],
): readonly (ReferencePlan | undefined)[] {
  const plan = planBetween(source.references, target.references, entities);
  if (plan === undefined || plan.entities.length === 0) return entities.map(() => undefined);
  return entities.map(({ schema, mapping, restored }) => {
    const free = mapping.flatten === null && mapping.fidelity === 'natural' && mapping.table === null && !restored;
    return free && keepsKey(mapping) && hasReferences(schema, plan) ? plan : undefined;
  });
}

function planBetween(
  source: RecordReferences | undefined,
  target: RecordReferences | undefined,
  entities: readonly PlannedRecords[],
): ReferencePlan | undefined {
  if (source?.form === 'document' && target?.form === 'path') {
    const { entityField, keyField } = source;
    return { to: 'path', entityField, keyField, entities: entities.flatMap(asPath) };
  }
  if (source?.form === 'path' && target?.form === 'document') {
    const { entityField, keyField } = target;
    return { to: 'document', entityField, keyField, entities: entities.flatMap(asDocument) };
  }
  return undefined;
}

/** Whether the key is the source's, part by part, so that no field is taken for it. */
function keepsKey({ key }: MappingPlan): boolean {
  return key.demoted.length === 0 && key.parts.every(({ from }, index) => 'key' in from && from.key === index);
}

/** Whether the key of every record that there is leads to it in the target, by a path that has a place for each part. */
function leads({ mapping, restored }: PlannedRecords, path: string): boolean {
  const places = path.split('/').filter((segment) => segment === '*').length + 1;
  return !restored && mapping.filter === undefined && keepsKey(mapping) && mapping.key.parts.length === places;
}

function asPath(entity: PlannedRecords): readonly ReferencedEntity[] {
  const { source, target, schema, mapping } = entity;
  const [part, ...others] = mapping.key.parts;
  if (!leads(entity, target) || others.length > 0 || part?.type?.encoding !== 'key') return [];
  const shape = schema.key[0]?.shape;
  const numbers = shape === undefined ? [] : kindsOf(shape).filter((kind) => numberKinds.has(kind));
  const integers = numbers.length === 1 && (numbers[0] === 'int32' || numbers[0] === 'int64') ? numbers[0] : undefined;
  return [{ source, target, ...(integers && { integers }) }];
}

const numberKinds: ReadonlySet<string> = new Set(['int32', 'int64', 'double', 'decimal']);

function asDocument(entity: PlannedRecords): readonly ReferencedEntity[] {
  const { source, target, mapping } = entity;
  const { parts, document } = mapping.key;
  if (!leads(entity, source) || parts.some(({ type }) => type !== undefined)) return [];
  return [{ source, target, ...(document && { parts: parts.map(({ name }) => name) }) }];
}

function hasReferences({ fields, dynamic }: EntitySchema, plan: ReferencePlan): boolean {
  return shapeRefers(dynamic, plan) || fields.some(({ shape }) => shapeRefers(shape, plan));
}

/** Whether values that refer to records were seen at a place itself. */
function isReferring(shape: Shape, { to, entityField, keyField }: ReferencePlan): boolean {
  if (to === 'document') return (shape.kinds.reference ?? 0) > 0;
  const names = new Set(shape.fields?.map(({ name }) => name));
  return names.has(entityField) && names.has(keyField);
}

function shapeRefers(shape: Shape | undefined, plan: ReferencePlan): boolean {
  return (
    shape !== undefined &&
    (isReferring(shape, plan) ||
      shapeRefers(shape.element, plan) ||
      shapeRefers(shape.dynamic, plan) ||
      (shape.fields ?? []).some((field) => shapeRefers(field.shape, plan)))
  );
}
