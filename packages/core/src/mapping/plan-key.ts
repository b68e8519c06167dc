import type { Manifest } from '../connector/manifest.js';
import { DatamigratoError } from '../error/datamigrato-error.js';
import type { EntitySchema, KeyField, Shape, ValueType } from '../schema/entity-schema.js';
import type { ValueKind } from '../value/kind.js';
import type { FlatField } from './flat-field.js';
import type { MappingOptions } from './mapping-options.js';
import type { KeyPartPlan, KeyPlan } from './mapping-plan.js';
import { kindsOf, typeOfField } from './shape-type.js';

interface WantedPart {
  readonly name: string;
  readonly role: 'partition' | 'clustering';
}

/** What planning a key looks at. */
export interface KeyPlanning {
  readonly schema: EntitySchema;
  /** The fields under their names in the target. */
  readonly fields: readonly FlatField[];
  readonly options: MappingOptions;
  readonly target: Manifest;
  /** What the target's table already declares. */
  readonly existing?: EntitySchema;
  /** Whether the records come from the target's kind of store, so that their keys are such already. */
  readonly sameStore: boolean;
}

/** Works out where the target's key comes from. Throws `DM_KEY_FIELD_UNKNOWN` for a name that is neither a field nor the key. */
export function planKey(planning: KeyPlanning): KeyPlan {
  const { schema, target } = planning;
  const grouped = toList(planning.options.groupBy);
  const wanted = wantedParts(planning.options);
  const parts: KeyPartPlan[] = [
    ...grouped.map((name) => namedPart(planning, { name, role: 'partition' })),
    ...(wanted === undefined
      ? defaultParts(planning, grouped.length > 0)
      : wanted.map((part) => namedPart(planning, grouped.length > 0 ? { ...part, role: 'clustering' } : part))),
  ];
  requireDistinctParts(parts);
  const used = new Set(parts.flatMap((part) => ('key' in part.from ? [part.from.key] : [])));
  const demoted = schema.key.flatMap((field, key) =>
    used.has(key) ? [] : [{ key, field: demotedName(field.name, planning) }],
  );
  const document = parts.length > 1 && !target.compositeKeys;
  return {
    parts,
    document,
    documentField: target.keyField ?? schema.key[0]?.name ?? 'id',
    chosen: demoted.length > 0 || schema.keysMayRepeat === true,
    demoted,
  };
}

function toList(names: string | readonly string[] | undefined): readonly string[] {
  if (names === undefined) return [];
  return typeof names === 'string' ? [names] : names;
}

function wantedParts(options: MappingOptions): readonly WantedPart[] | undefined {
  const chosen = options.primaryKey;
  if (chosen === undefined || (typeof chosen !== 'string' && 'length' in chosen && chosen.length === 0))
    return undefined;
  if (typeof chosen === 'string') return [{ name: chosen, role: 'partition' }];
  if ('partition' in chosen) {
    return [
      ...chosen.partition.map((name) => ({ name, role: 'partition' as const })),
      ...(chosen.clustering ?? []).map((name) => ({ name, role: 'clustering' as const })),
    ];
  }
  return chosen.map((name, index) => ({ name, role: index === 0 ? ('partition' as const) : ('clustering' as const) }));
}

/** The whole source key: under the names that the target's table has, else a single part under the name that the target's users expect and several under their own. */
function defaultParts(planning: KeyPlanning, clustering: boolean): readonly KeyPartPlan[] {
  const { schema, target, fields, existing } = planning;
  if (existing !== undefined && !clustering && existing.key.length === schema.key.length) {
    return schema.key.map((field, index) => {
      const there = existing.key.find((other) => other.name === field.name) ?? (existing.key[index] as KeyField);
      return keyPart(planning, { name: there.name, role: there.role }, { key: index }, field);
    });
  }
  const renames = new Map(Object.entries(planning.options.rename ?? {}));
  return schema.key.map((field, index) => {
    const expected = schema.key.length === 1 && target.keyField !== null ? target.keyField : field.name;
    const taken = expected !== field.name && fields.some((other) => other.name === expected);
    const name = renames.get(field.name) ?? (taken ? field.name : expected);
    return keyPart(planning, { name, role: clustering ? 'clustering' : field.role }, { key: index }, field);
  });
}

function namedPart(planning: KeyPlanning, wanted: WantedPart): KeyPartPlan {
  const { schema, fields, target } = planning;
  const field = fields.find((other) => other.name === wanted.name);
  if (field !== undefined)
    return keyPart(
      planning,
      wanted,
      { path: field.path },
      { ...(field.type && { type: field.type }), ...(field.shape && { shape: field.shape }) },
    );
  const key = schema.key.findIndex((other) => other.name === wanted.name);
  if (key >= 0) return keyPart(planning, wanted, { key }, schema.key[key] as KeyField);
  if (schema.key.length === 1 && wanted.name === target.keyField)
    return keyPart(planning, wanted, { key: 0 }, schema.key[0] as KeyField);
  const known = fields.map((other) => other.name).slice(0, 20);
  throw new DatamigratoError({
    code: 'DM_KEY_FIELD_UNKNOWN',
    category: 'usage',
    message: `The key field "${wanted.name}" is not a field of ${schema.entity}`,
    nextStep: `choose from: ${known.join(', ')}${fields.length > known.length ? ', …' : ''}`,
    context: { field: wanted.name, entity: schema.entity },
  });
}

function keyPart(
  planning: KeyPlanning,
  wanted: WantedPart,
  from: KeyPartPlan['from'],
  seen: { readonly type?: ValueType; readonly shape?: Shape },
): KeyPartPlan {
  const sourceType = typeOfField({
    name: wanted.name,
    ...(seen.type && { type: seen.type }),
    ...(seen.shape && { shape: seen.shape }),
  });
  const there = planning.existing?.key.find((field) => field.name === wanted.name)?.type;
  const type =
    planning.target.shape === 'table'
      ? intoExistingKey(tableKeyType(seen, sourceType, planning.target), there)
      : documentKeyType(planning, from);
  return {
    name: wanted.name,
    role: wanted.role,
    from,
    ...(type && { type }),
    ...(sourceType && type?.encoding !== 'key' && { sourceType }),
  };
}

/** Kinds of which a table's key may refuse a value, or take two for one. */
const textKeyKinds: ReadonlySet<ValueKind> = new Set(['string', 'double', 'decimal', 'binary']);

/**
 * How a table holds a key part: as the one kind that it has, where the table may have that in a key, else as injective key text.
 * Texts of an undeclared source take that text too, since a record of another kind may follow; so do doubles, whose zeros have two forms, decimals, which may be NaN, and binaries, which may have a subtype.
 */
function tableKeyType(
  seen: { readonly shape?: Shape },
  sourceType: ValueType | undefined,
  target: Manifest,
): ValueType {
  const text: ValueType = { kind: 'string', encoding: 'key' };
  if (sourceType === undefined) return text;
  if (
    seen.shape !== undefined &&
    (kindsOf(seen.shape).length !== 1 || seen.shape.kinds.null || textKeyKinds.has(sourceType.kind))
  )
    return text;
  const support = target.values[sourceType.kind];
  return support.fidelity === 'exact' && target.keyKinds.includes(sourceType.kind) ? sourceType : text;
}

/** How a document store holds a key part: as key text where its keys are text, except for a key that comes from such a store; else as any kind. */
function documentKeyType({ target, sameStore }: KeyPlanning, from: KeyPartPlan['from']): ValueType | undefined {
  if (target.keyText === undefined || (sameStore && 'key' in from)) return undefined;
  return { kind: 'string', encoding: 'key' };
}

/** The planned type, or the injective key text where the table already has a text there. */
function intoExistingKey(planned: ValueType, there: ValueType | undefined): ValueType {
  return there?.kind === 'string' && planned.kind !== 'string' ? { kind: 'string', encoding: 'key' } : planned;
}

function requireDistinctParts(parts: readonly KeyPartPlan[]): void {
  const names = parts.map((part) => part.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice === undefined) return;
  throw new DatamigratoError({
    code: 'DM_NAME_COLLISION',
    category: 'usage',
    message: `Two parts of the key would both be named "${twice}"`,
    nextStep: 'name each key part once in --primary-key and --group-by',
    context: { field: twice },
  });
}

/** A free name for a part of the source's key that becomes a field; a document store keeps the name of its own key to itself. */
function demotedName(name: string, { fields, target }: KeyPlanning): string {
  const taken = new Set(fields.map((field) => field.name));
  if (target.shape === 'document' && target.keyField !== null) taken.add(target.keyField);
  if (!taken.has(name)) return name;
  for (let attempt = 1; ; attempt += 1) {
    const candidate = `${name}_${attempt}`;
    if (!taken.has(candidate)) return candidate;
  }
}
