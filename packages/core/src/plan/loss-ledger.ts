import type { Fidelity, Manifest } from '../connector/manifest.js';
import type { FlatField } from '../mapping/flat-field.js';
import type { ColumnPlan, KeyPartPlan, MappingPlan, ReferencePlan } from '../mapping/mapping-plan.js';
import { placeText } from '../mapping/reference-forms.js';
import { kindsOf } from '../mapping/shape-type.js';
import type { EntitySchema, Shape, ValueType } from '../schema/entity-schema.js';
import type { ValueKind } from '../value/kind.js';
import type { LossEntry } from './migration-plan.js';

/** Every kind at every path of a sample or declared schema, with what becomes of it in the target. */
export function lossLedger(
  mapping: MappingPlan,
  schema: EntitySchema,
  fields: readonly FlatField[],
  target: Manifest,
  followed: ReadonlySet<string> = new Set(),
): readonly LossEntry[] {
  const keys = mapping.key.parts.flatMap((part) => keyEntries(part, seenOfPart(part, schema, fields), target));
  const table = mapping.table;
  if (table === null) {
    const entries = fields.flatMap((field) =>
      field.shape !== undefined
        ? shapeEntries(field.path, field.shape, { target, mapping, followed })
        : field.type !== undefined
          ? typeEntries(field.path, field.type, target, mapping)
          : [],
    );
    return [...keys, ...entries];
  }
  const columns = new Map(table.columns.map((column) => [column.name, column]));
  return [...keys, ...fields.flatMap((field) => columnEntries(field, columns.get(field.name), table.overflow, target))];
}

/** Whether a person has to agree before a plan with this entry may run. */
export function needsConsent(entry: LossEntry): boolean {
  return entry.fidelity === 'lossy';
}

/** What is known of the values that a part of the key is made of. */
interface Seen {
  readonly type?: ValueType | undefined;
  readonly shape?: Shape | undefined;
}

function seenOfPart({ from }: KeyPartPlan, schema: EntitySchema, fields: readonly FlatField[]): Seen | undefined {
  if ('key' in from) return schema.key[from.key];
  return fields.find(
    ({ path }) => path.length === from.path.length && path.every((name, at) => name === from.path[at]),
  );
}

function keyEntries(part: KeyPartPlan, seen: Seen | undefined, target: Manifest): readonly LossEntry[] {
  const type = seen?.type ?? part.sourceType;
  const kinds: readonly (readonly [ValueKind, number | null])[] =
    seen?.shape !== undefined ? countsOf(seen.shape) : type !== undefined ? [[type.kind, null]] : [];
  return kinds.map(([kind, count]) => {
    const held = part.type?.encoding === 'key' || part.type?.kind !== kind;
    const natural = part.type === undefined ? target.values[kind] : undefined;
    const fidelity: Fidelity =
      part.type === undefined
        ? (natural?.fidelity ?? 'exact')
        : part.type.encoding === 'key' && kind === 'string'
          ? 'exact'
          : held
            ? 'widened'
            : 'exact';
    return {
      path: ['key', part.name],
      sourceKind: kind,
      targetKind: part.type === undefined ? (natural?.as ?? kind) : typeText(part.type),
      count,
      fidelity,
      action:
        fidelity === 'exact'
          ? part.type?.encoding === 'key'
            ? 'kept (one that the store refuses, or that looks like another kind of key, is escaped)'
            : 'kept'
          : part.type?.encoding === 'key'
            ? 'typed key text'
            : `becomes ${part.type?.kind ?? natural?.as ?? kind}`,
      restorable: true,
    };
  });
}

function countsOf(shape: Shape): readonly (readonly [ValueKind, number])[] {
  return Object.entries(shape.kinds) as [ValueKind, number][];
}

function columnEntries(
  field: FlatField,
  column: ColumnPlan | undefined,
  overflow: string | null,
  target: Manifest,
): readonly LossEntry[] {
  const kinds: readonly (readonly [ValueKind, number | null])[] =
    field.shape !== undefined ? countsOf(field.shape) : field.type !== undefined ? [[field.type.kind, null]] : [];
  return kinds.map(([kind, count]) => {
    const entry = {
      path: field.path,
      sourceKind: kind,
      count,
      ...(field.shape?.example !== undefined && { example: field.shape.example }),
    };
    if (column === undefined)
      return {
        ...entry,
        targetKind: 'json',
        fidelity: 'widened',
        action: `typed JSON text in "${overflow}"`,
        restorable: true,
      };
    if (kind === 'null') {
      const action = column.absentIsNull ? 'empty cell' : `empty cell, and named in "${overflow}"`;
      return { ...entry, targetKind: 'no cell', fidelity: 'widened', action, restorable: true };
    }
    return { ...entry, ...columnFate(kind, field, column, overflow, target) };
  });
}

function columnFate(
  kind: ValueKind,
  field: FlatField,
  column: ColumnPlan,
  overflow: string | null,
  target: Manifest,
): Pick<LossEntry, 'targetKind' | 'fidelity' | 'action' | 'restorable'> {
  const targetKind = typeText(column.type);
  const kept = { targetKind, fidelity: 'exact', action: keptAction(column.type, target), restorable: true } as const;
  if (column.type.encoding === 'json')
    return { targetKind, fidelity: 'widened', action: 'typed JSON text', restorable: true };
  if (column.narrowTo !== undefined) {
    if (kind === column.type.kind) return kept;
    return { targetKind, fidelity: 'widened', action: `becomes ${column.type.kind}`, restorable: true };
  }
  if (kind === column.type.kind && (field.type === undefined || typeText(field.type) === targetKind)) return kept;
  if (column.sourceType !== undefined && column.sourceType.kind === kind)
    return { targetKind, fidelity: 'widened', action: `becomes ${targetKind}`, restorable: true };
  const fits = column.sourceType === undefined;
  return fits
    ? { targetKind, fidelity: 'widened', action: `becomes ${targetKind}; comes back as that kind`, restorable: false }
    : { targetKind: 'json', fidelity: 'widened', action: `typed JSON text in "${overflow}"`, restorable: true };
}

/** What the entries of shapes are told by. */
interface ShapeContext {
  readonly target: Manifest;
  readonly mapping: MappingPlan;
  /** Places where a sample shows what refers to records of this migration. */
  readonly followed: ReadonlySet<string>;
}

function shapeEntries(
  path: readonly string[],
  shape: Shape,
  context: ShapeContext,
  inArray = false,
): readonly LossEntry[] {
  const { target, mapping, followed } = context;
  const kinds = kindsOf(shape);
  const mixed = kinds.length > 1;
  // Counted for all kinds of numbers together: where there are several, those of one may be none.
  const vague = kinds.filter((kind) => looseKinds.has(kind)).length > 1;
  const references = isFollowed(path, followed) ? mapping.references : undefined;
  const own = countsOf(shape).map(([kind, count]) => ({
    path,
    count,
    ...(shape.example !== undefined && { example: shape.example }),
    ...withReferences(
      documentFate(kind, target, mapping, { mixed, loose: shape.loose ?? 0, vague, inArray }),
      references,
    ),
  }));
  const inner = [
    ...(shape.element === undefined ? [] : shapeEntries([...path, '[]'], shape.element, context, holdsArray(shape))),
    ...(shape.fields ?? []).flatMap((field) => shapeEntries([...path, field.name], field.shape, context)),
    ...(shape.dynamic === undefined ? [] : shapeEntries([...path, '*'], shape.dynamic, context)),
  ];
  return [...own, ...inner];
}

/** Whether a place of a shape, in which `*` is any name, is one of these. */
function isFollowed(path: readonly string[], places: ReadonlySet<string>): boolean {
  if (!path.includes('*')) return places.has(placeText(path));
  return [...places].some((text) => {
    const place = JSON.parse(text) as readonly string[];
    return place.length === path.length && path.every((name, index) => name === '*' || name === place[index]);
  });
}

/** What becomes of a value that may refer to a record of this migration; a sample does not tell whether each does. */
function withReferences(fate: DocumentFate, references: ReferencePlan | undefined): DocumentFate {
  if (references === undefined || fate.sourceKind !== (references.to === 'path' ? 'document' : 'reference'))
    return fate;
  const document = `\`${references.entityField}\` and \`${references.keyField}\``;
  return {
    ...fate,
    targetKind: references.to === 'path' ? 'reference' : 'document',
    fidelity: 'widened',
    action:
      references.to === 'path'
        ? `${document} of a record that is moved too become a reference; else ${fate.action}`
        : `becomes ${document} where that record is moved too; else ${fate.action}`,
    restorable: true,
  };
}

/** Whether what is inside at a place stands in an array once it is in a document store. */
function holdsArray({ kinds }: Shape): boolean {
  return (kinds.array ?? kinds.set ?? kinds.tuple ?? 0) > 0;
}

function typeEntries(
  path: readonly string[],
  type: ValueType,
  target: Manifest,
  mapping: MappingPlan,
  inArray = false,
): readonly LossEntry[] {
  const isArray = type.kind !== 'map' && type.kind !== 'document';
  return [
    {
      path,
      count: null,
      ...documentFate(type.kind, target, mapping, { mixed: false, loose: undefined, vague: true, inArray }),
    },
    ...(type.element === undefined ? [] : typeEntries([...path, '[]'], type.element, target, mapping, isArray)),
    ...(type.key === undefined ? [] : typeEntries([...path, 'key'], type.key, target, mapping)),
    ...(type.value === undefined ? [] : typeEntries([...path, 'value'], type.value, target, mapping)),
    ...(type.elements ?? []).flatMap((element, index) => [
      ...typeEntries([...path, String(index)], element, target, mapping, isArray),
      ...absentElement([...path, String(index)], target, mapping),
    ]),
    ...(type.fields ?? []).flatMap((field) => typeEntries([...path, field.name], field.type, target, mapping)),
  ];
}

/** An absent element of a tuple is null, which no declared type tells. */
function absentElement(path: readonly string[], target: Manifest, mapping: MappingPlan): readonly LossEntry[] {
  if (target.values.null.fidelity === 'exact') return [];
  const fate = documentFate('null', target, mapping, { mixed: false, loose: undefined, vague: true, inArray: true });
  return [{ path, count: null, ...fate }];
}

/** A sample does not tell whether it has a value of the few that the store does not hold, or a column's list one inside: the notes do. */
function keptAction(type: ValueType, target: Manifest): string {
  const notes = new Set<string>();
  const collect = (inner: ValueType): void => {
    const { holds, note } = target.values[inner.kind];
    if (holds !== undefined && note !== undefined) notes.add(note);
    for (const part of [inner.element, inner.key, inner.value, ...(inner.elements ?? [])]) if (part) collect(part);
    for (const field of inner.fields ?? []) collect(field.type);
  };
  collect(type);
  return notes.size === 0 ? 'kept' : `kept (${[...notes].join('; ')})`;
}

/** Kinds of numbers of which some may be loose, as {@link Shape} says. */
const looseKinds: ReadonlySet<ValueKind> = new Set(['int64', 'varint', 'double', 'decimal']);

/** What becomes of a kind in a document store. */
type DocumentFate = Pick<LossEntry, 'sourceKind' | 'targetKind' | 'fidelity' | 'action' | 'restorable'>;

/** What is known of the place where a value stands. */
interface PlaceInDocument {
  readonly mixed: boolean;
  /** Loose numbers there; undefined where no record was looked at. */
  readonly loose: number | undefined;
  /** Whether they may all be of another kind than the one asked about. */
  readonly vague: boolean;
  readonly inArray: boolean;
}

function documentFate(
  kind: ValueKind,
  target: Manifest,
  mapping: MappingPlan,
  { mixed, loose, vague, inArray }: PlaceInDocument,
): DocumentFate {
  const support = target.values[kind];
  const note = support.note === undefined ? '' : ` (${support.note})`;
  if (inArray && target.nestedArrays === false && (support.as === 'array' || support.as === 'vector'))
    return { sourceKind: kind, targetKind: 'document', fidelity: 'widened', action: 'typed wrapper', restorable: true };
  if (support.fidelity === 'exact') {
    const { readAs } = support;
    if (readAs === undefined || loose === 0)
      return {
        sourceKind: kind,
        targetKind: kind,
        fidelity: 'exact',
        action: keptAction({ kind }, target),
        restorable: true,
      };
    const tagged = mapping.fidelity === 'tagged' || mixed;
    return {
      sourceKind: kind,
      targetKind: tagged ? 'document' : readAs.kind,
      fidelity: 'widened',
      action: `${vague ? 'some may become' : tagged ? 'some become' : 'becomes'} ${tagged ? 'typed wrappers' : readAs.kind}${note}`,
      restorable: true,
    };
  }
  if (mapping.fidelity === 'tagged' || support.fidelity === 'unsupported' || mixed) {
    return { sourceKind: kind, targetKind: 'document', fidelity: 'widened', action: 'typed wrapper', restorable: true };
  }
  return {
    sourceKind: kind,
    targetKind: support.as,
    fidelity: support.fidelity,
    action: `becomes ${support.as}${note}`,
    restorable: support.fidelity === 'widened',
  };
}

/** A type in a few words. */
export function typeText(type: ValueType): string {
  if (type.encoding === 'json') return 'typed JSON text';
  if (type.encoding === 'key') return 'key text';
  if (type.element !== undefined) return `${type.kind} of ${typeText(type.element)}`;
  if (type.key !== undefined && type.value !== undefined)
    return `${type.kind} of ${typeText(type.key)} to ${typeText(type.value)}`;
  return type.native ?? type.kind;
}
