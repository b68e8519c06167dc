import type { Manifest } from '../connector/manifest.js';
import { DatamigratoError } from '../error/datamigrato-error.js';
import {
  type EntityName,
  type EntitySchema,
  entityName,
  type FieldSchema,
  type KeyField,
  type ValueType,
} from '../schema/entity-schema.js';
import { columnType } from '../schema/widen.js';
import type { ValueKind } from '../value/kind.js';
import { valueToText } from '../value/text.js';
import { kindOf } from '../value/value.js';
import { planFilter } from './field-condition.js';
import { type FlatField, flatFields, requireDistinct } from './flat-field.js';
import type { MappingOptions } from './mapping-options.js';
import type { ColumnPlan, FieldPlan, KeyPlan, MappingPlan, TablePlan } from './mapping-plan.js';
import { holdsEveryValue, holdsType, naturalColumnType } from './natural-type.js';
import { planKey } from './plan-key.js';
import { planSplit, splitChoice } from './plan-split.js';
import { agreedType, kindsOf } from './shape-type.js';

/** What planning a mapping looks at. */
export interface MappingPlanning {
  /** What the source holds, after an earlier migration's kinds are restored. */
  readonly schema: EntitySchema;
  /** The store whose kinds the records have. */
  readonly source: Manifest;
  readonly target: Manifest;
  readonly entity: EntityName;
  readonly options: MappingOptions;
  /** What the target's table already declares. */
  readonly existing?: EntitySchema;
  /** Whether both sides are of one kind of store, so that the source's own extras mean something to the target. */
  readonly sameStore: boolean;
}

/** A mapping, what the target is to hold for it, and what a person should know. */
export interface PlannedMapping {
  readonly mapping: MappingPlan;
  readonly targetSchema: EntitySchema;
  /** The fields that take part, under their names in the target. */
  readonly fields: readonly FlatField[];
  readonly notices: readonly string[];
  readonly conflicts: readonly string[];
}

/** Decides how records of one entity become records of another. */
export function planMapping(planning: MappingPlanning): PlannedMapping {
  const { options, schema, target } = planning;
  const notices: string[] = [];
  const separator =
    options.flatten === undefined || options.flatten === false
      ? null
      : options.flatten === true
        ? '_'
        : options.flatten.separator;
  const flat = flatFields(schema, separator);
  noticeUnknownNames(options, flat, schema, notices);
  const filter = planFilter(options.filter ?? [], schema, notices);
  const renames = new Map(Object.entries(options.rename ?? {}));
  const renamed = (field: FlatField): FlatField => ({ ...field, name: renames.get(field.name) ?? field.name });
  const fields = flat.filter((field) => isKept(field, options)).map(renamed);
  const constants = Object.entries(options.constants ?? {});
  const key = planKey({
    schema,
    fields: flat.map(renamed),
    options,
    target,
    sameStore: planning.sameStore,
    ...(planning.existing && { existing: planning.existing }),
  });
  const others = fields.filter(
    (field) => !key.parts.some((part) => 'path' in part.from && samePath(part.from.path, field.path)),
  );
  requireDistinct(schema.entity, [
    ...(key.document
      ? [[key.documentField, ['key']] as const]
      : key.parts.map(
          (part) => [keyName(part, target), 'path' in part.from ? part.from.path : ['key', part.name]] as const,
        )),
    ...key.demoted.map((part) => [part.field, ['key', part.field]] as const),
    ...others.map((field) => [field.name, field.path] as const),
    ...constants.map(([name]) => [name, ['constant', name]] as const),
  ]);
  const conflicts: string[] = [];
  const splits = planSplit(options, target);
  const base = {
    flatten: separator,
    select: options.select ?? null,
    drop: options.drop ?? [],
    rename: [...renames],
    constants: constants.map(([name, value]) => [name, valueToText(value)] as const),
    key,
    fidelity: options.fidelity ?? 'natural',
    ...(filter.length > 0 && { filter }),
  } as const;
  if (target.shape === 'table') {
    const table = planTable(planning, others, key, notices, conflicts);
    const mapping: MappingPlan = { ...base, table, fields: [], converts: true };
    return { mapping, targetSchema: tableSchema(planning, mapping, table), fields: others, notices, conflicts };
  }
  const levels =
    options.onLimit?.depth === 'spill' && target.limits.depth !== null ? spilledAt(target.limits.depth) : {};
  const converts = base.fidelity === 'tagged' || 'levels' in levels || mayChangeKinds(planning, others);
  const mapping: MappingPlan = {
    ...base,
    ...levels,
    table: null,
    fields: planFields(planning, others, key, converts),
    converts,
  };
  const targetSchema = { ...documentSchema(planning, mapping, others), ...splits };
  return { mapping, targetSchema, fields: others, notices, conflicts };
}

/** The levels that records may have where what is deeper becomes text. Stores count levels in ways that differ by one or two. */
function spilledAt(depth: number): Pick<MappingPlan, 'levels'> {
  return { levels: Math.max(2, depth - 2) };
}

/** What a part of the key is called where the target keeps it: a document store has one name for its key, whatever it comes from. */
function keyName(part: KeyPlan['parts'][number], target: Manifest): string {
  return target.shape === 'document' && target.keyField !== null && !target.compositeKeys ? target.keyField : part.name;
}

function isKept(field: FlatField, options: MappingOptions): boolean {
  if (options.select !== undefined && !options.select.includes(field.name)) return false;
  return options.drop?.includes(field.name) !== true;
}

function noticeUnknownNames(
  options: MappingOptions,
  fields: readonly FlatField[],
  schema: EntitySchema,
  notices: string[],
): void {
  const keyNames = schema.key.map((field) => field.name);
  const renamed = Object.keys(options.rename ?? {}).filter((name) => !keyNames.includes(name));
  const named = [...(options.select ?? []), ...(options.drop ?? []), ...renamed, ...splitChoice(options)];
  const unknown = named.filter((name) => !fields.some((field) => field.name === name));
  if (unknown.length === 0) return;
  if (schema.origin === 'declared' || schema.sample?.complete === true) {
    throw new DatamigratoError({
      code: 'DM_FIELD_UNKNOWN',
      category: 'usage',
      message: `${schema.entity} has no field ${unknown.map((name) => `"${name}"`).join(', ')}`,
      nextStep: 'run `datamigrato inspect` to see the names of its fields',
    });
  }
  notices.push(`not seen in the sample: ${unknown.map((name) => `"${name}"`).join(', ')}`);
}

function samePath(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((name, index) => name === right[index]);
}

function planTable(
  planning: MappingPlanning,
  fields: readonly FlatField[],
  key: KeyPlan,
  notices: string[],
  conflicts: string[],
): TablePlan {
  const { target, existing, options } = planning;
  const overflowName = target.table?.overflowField ?? null;
  const declared = new Map(existing?.fields.map((field) => [field.name, field]));
  // What a table of this program declares of its overflow column is no field of its records: these hold what was in it.
  const isOverflow = (field: FlatField): boolean =>
    planning.schema.origin === 'declared' && field.name === overflowName && field.type?.kind === 'string';
  const hasOverflow =
    existing === undefined
      ? planning.schema.origin !== 'declared' || fields.some(isOverflow)
      : overflowName !== null && declared.has(overflowName);
  const overflow = hasOverflow ? overflowName : null;
  const columns: ColumnPlan[] = [];
  const named = fields.filter((field) => {
    if (overflow === null || canBeColumn(field.name, overflow, target)) return true;
    if (!isOverflow(field))
      notices.push(`"${field.name}" goes into "${overflow}": no column for it can have that name`);
    return false;
  });
  for (const field of [...demotedFields(planning, key), ...named]) {
    const planned = planColumn(field, target, options.fidelity === 'tagged');
    if (existing === undefined) columns.push(planned);
    else {
      const there = declared.get(field.name)?.type;
      if (there === undefined) {
        if (overflow === null)
          conflicts.push(
            `the table has no column "${field.name}" and no column "${overflowName}" to put its values in`,
          );
        else notices.push(`"${field.name}" goes into "${overflow}": the table has no column of that name`);
      } else columns.push(intoExisting(planned, there, overflow, notices, conflicts));
    }
  }
  for (const [name, value] of Object.entries(options.constants ?? {})) {
    columns.push({ name, path: [], type: { kind: kindOf(value) }, absentIsNull: false });
  }
  if (existing === undefined && overflow !== null && columns.some((column) => column.name === overflow)) {
    conflicts.push(`"${overflow}" is the name of the overflow column, and cannot be that of another one: rename it`);
  }
  return { columns, overflow };
}

/** Whether a table takes a column of this name besides its overflow column. */
function canBeColumn(name: string, overflow: string, { names }: Manifest): boolean {
  if (name === '' && !names.emptyField) return false;
  return name !== overflow && (names.fieldBytes === null || Buffer.byteLength(name) <= names.fieldBytes);
}

function demotedFields(planning: MappingPlanning, key: KeyPlan): readonly FlatField[] {
  return key.demoted.map(({ key: index, field }) => {
    const source = planning.schema.key[index];
    const type = source?.type ?? (source?.shape === undefined ? undefined : agreedType(source.shape));
    return { name: field, path: [], type, shape: source?.shape, always: false, static: false };
  });
}

/** A column of a new table. */
function planColumn(field: FlatField, target: Manifest, tagged: boolean): ColumnPlan {
  const json: ValueType = { kind: 'string', encoding: 'json' };
  const type =
    tagged && !isExact(field, target)
      ? json
      : field.shape !== undefined
        ? columnType(field.shape, target)
        : field.type !== undefined
          ? naturalColumnType(field.type, target)
          : json;
  const kinds = field.shape === undefined ? [] : kindsOf(field.shape);
  const narrowTo = type.encoding === undefined && kinds.length > 1 ? [...kinds].sort(byWidth) : undefined;
  return {
    name: field.name,
    path: field.path,
    type,
    ...(field.type !== undefined && type.encoding === undefined && { sourceType: field.type }),
    ...(narrowTo && { narrowTo }),
    absentIsNull: field.always && (field.shape?.kinds.null ?? 0) > 0,
    ...(field.static && { static: true }),
  };
}

function isExact(field: FlatField, target: Manifest): boolean {
  return field.type !== undefined && holdsType(field.type, target);
}

/** From the narrowest numeric kind to the widest. */
const widths: readonly ValueKind[] = ['int8', 'int16', 'int32', 'int64', 'float32', 'double', 'varint', 'decimal'];

function byWidth(left: ValueKind, right: ValueKind): number {
  return widths.indexOf(left) - widths.indexOf(right);
}

/** The planned column with the type that the table already gives it. */
function intoExisting(
  planned: ColumnPlan,
  there: ValueType,
  overflow: string | null,
  notices: string[],
  conflicts: string[],
): ColumnPlan {
  if (sameType(planned.type, there)) return planned;
  if (planned.type.encoding === 'json' && there.kind === 'string') return planned;
  if (overflow === null)
    conflicts.push(
      `the column "${planned.name}" has type ${there.native ?? there.kind}, which does not hold ${planned.type.native ?? planned.type.kind}`,
    );
  else
    notices.push(
      `values of "${planned.name}" that do not fit its type ${there.native ?? there.kind} go into "${overflow}"`,
    );
  const { narrowTo: _, ...column } = planned;
  return { ...column, type: there };
}

/** Whether two types hold the same values; a store's own names for them do not matter. */
export function sameType(left: ValueType | undefined, right: ValueType | undefined): boolean {
  if (left === undefined || right === undefined) return left === right;
  return (
    left.kind === right.kind &&
    (left.dimensions ?? null) === (right.dimensions ?? null) &&
    sameType(left.element, right.element) &&
    sameType(left.key, right.key) &&
    sameType(left.value, right.value) &&
    (left.elements?.length ?? 0) === (right.elements?.length ?? 0) &&
    (left.elements ?? []).every((element, index) => sameType(element, right.elements?.[index])) &&
    (left.fields?.length ?? 0) === (right.fields?.length ?? 0) &&
    (left.fields ?? []).every((field) =>
      sameType(field.type, right.fields?.find((other) => other.name === field.name)?.type),
    )
  );
}

/** Whether records may hold kinds that a document target does not hold as they are. */
function mayChangeKinds(planning: MappingPlanning, fields: readonly FlatField[]): boolean {
  const { schema, source, target } = planning;
  if (schema.origin === 'declared') {
    const keys = schema.key.map((field) => field.type);
    return [...keys, ...fields.map((field) => field.type)].some(
      (type) => type === undefined || !holdsEveryValue(type, target),
    );
  }
  return (Object.keys(source.values) as ValueKind[]).some((kind) => {
    const { fidelity, holds, readAs } = target.values[kind];
    const held = source.values[kind];
    return (
      held.fidelity === 'exact' &&
      (fidelity !== 'exact' ||
        (holds !== undefined && holds !== held.holds) ||
        (readAs !== undefined && readAs !== held.readAs))
    );
  });
}

function planFields(
  planning: MappingPlanning,
  fields: readonly FlatField[],
  key: KeyPlan,
  converts: boolean,
): readonly FieldPlan[] {
  const { target } = planning;
  const demoted = demotedFields(planning, key).map((field) => ({ ...field, path: [field.name] }));
  return [...demoted, ...fields].flatMap((field) => {
    const changes = converts && field.type !== undefined && !holdsEveryValue(field.type, target);
    const moves = field.path.length > 1 || field.path[0] !== field.name;
    if (!changes && !moves) return [];
    return [{ name: field.name, path: field.path, ...(changes && field.type && { sourceType: field.type }) }];
  });
}

function tableSchema(planning: MappingPlanning, mapping: MappingPlan, table: TablePlan): EntitySchema {
  const fields: FieldSchema[] = table.columns.map((column) => ({
    name: column.name,
    type: column.type,
    ...(column.static && { static: true }),
  }));
  if (table.overflow !== null) fields.push({ name: table.overflow, type: { kind: 'string' } });
  return {
    entity: entityOf(planning, mapping.key),
    key: keySchema(mapping.key),
    fields,
    origin: 'planned',
    ...(planning.existing && { clearsMissing: true }),
    ...nativeOf(planning),
  };
}

function documentSchema(planning: MappingPlanning, mapping: MappingPlan, fields: readonly FlatField[]): EntitySchema {
  return {
    entity: entityOf(planning, mapping.key),
    key: keySchema(mapping.key),
    fields: fields.map((field) => ({ name: field.name, ...(field.type && { type: field.type }) })),
    origin: 'planned',
    ...nativeOf(planning),
  };
}

/** The target's name for the entity, which may tell how many parts a key has. */
function entityOf({ entity, target }: MappingPlanning, { parts, document }: KeyPlan): EntityName {
  const named = target.names.entityForKey?.(entity, document ? 1 : parts.length);
  return named === undefined ? entity : entityName(named);
}

function keySchema(key: KeyPlan): readonly KeyField[] {
  if (key.document) return [{ name: key.documentField, role: 'partition', type: { kind: 'document' } }];
  return key.parts.map((part) => {
    const type = part.type ?? part.sourceType;
    return { name: part.name, role: part.role, ...(type && { type }) };
  });
}

function nativeOf(planning: MappingPlanning): Pick<EntitySchema, 'native'> {
  return planning.sameStore && planning.schema.native !== undefined ? { native: planning.schema.native } : {};
}
