import {
  type DataRecord,
  documentEntries,
  type EntityPlan,
  fieldOf,
  isArray,
  isDocument,
  kindOf,
  type LossEntry,
  MapValue,
  SetValue,
  TupleValue,
  type Value,
  type ValueKind,
  valuesEqual,
} from '@datamigrato/core';

/** How a plan's loss ledger and what really became of the values agree. */
export interface LedgerComparison {
  /** Kinds at paths that were compared. */
  readonly compared: number;
  /** Lines of the ledger that were found to be true: a conversion that happened. */
  readonly conversions: number;
  /** Kinds at paths that changed although the plan does not say so. */
  readonly unlisted: readonly string[];
  /** Conversions that the plan lists, and that met values of the kind and changed none of them. */
  readonly idle: readonly string[];
}

/** What became of one kind at one path. */
interface Fate {
  kept: number;
  changed: number;
}

/** Compares each value as the source shows it with what the target alone shows in its place, and both with the ledger. */
export function compareWithLedger(
  plan: EntityPlan,
  source: ReadonlyMap<string, DataRecord>,
  target: ReadonlyMap<string, DataRecord>,
): LedgerComparison {
  const fates = new Map<string, Fate>();
  const note = (path: readonly string[], kind: ValueKind, changed: boolean): void => {
    const line = lineOf(path, kind);
    const fate = fates.get(line) ?? { kept: 0, changed: 0 };
    fates.set(line, fate);
    if (changed) fate.changed += 1;
    else fate.kept += 1;
  };
  const inside = plan.mapping.table === null;
  for (const [serial, record] of source) {
    const found = target.get(serial);
    if (found === undefined) throw new RangeError(`the target shows no record of the serial ${serial}`);
    compareKeys(plan, record, found, note);
    for (const [name, value] of documentEntries(record.fields))
      compareValue([name], value, fieldOf(found.fields, name), inside, note);
  }
  const listed = new Map(plan.losses.map((entry) => [lineOf(entry.path, entry.sourceKind), entry]));
  const unlisted: string[] = [];
  const idle: string[] = [];
  let conversions = 0;
  for (const [line, { changed, kept }] of fates) {
    const entry = listed.get(line);
    if (changed > 0 && !mayChange(entry)) unlisted.push(`${line}: ${changed} of ${changed + kept} changed`);
    if (entry === undefined || entry.fidelity === 'exact') continue;
    if (changed > 0) conversions += 1;
    else if (!isVague(entry)) idle.push(`${line}: ${entry.action}, ${kept} kept`);
  }
  return { compared: fates.size, conversions, unlisted, idle };
}

/** A kind that is kept but for some of its values says which, in brackets. */
function mayChange(entry: LossEntry | undefined): boolean {
  return entry !== undefined && (entry.fidelity !== 'exact' || entry.action !== 'kept');
}

/** Of numbers that only some values of are at stake, a sample of several kinds does not tell which kind those were. */
function isVague({ action }: LossEntry): boolean {
  return action.startsWith('some may ');
}

function lineOf(path: readonly string[], kind: ValueKind): string {
  return `${path.map((name) => JSON.stringify(name)).join('.')} ${kind}`;
}

type Note = (path: readonly string[], kind: ValueKind, changed: boolean) => void;

function compareKeys({ mapping }: EntityPlan, source: DataRecord, target: DataRecord, note: Note): void {
  mapping.key.parts.forEach((part, index) => {
    if (!('key' in part.from)) return;
    const value = source.key[part.from.key];
    const [only] = target.key;
    const found = mapping.key.document && isDocument(only ?? null) ? fieldIn(only, part.name) : target.key[index];
    if (value !== undefined) note(['key', part.name], kindOf(value), found === undefined || !isSame(value, found));
  });
}

function fieldIn(document: Value | undefined, name: string): Value | undefined {
  return document !== undefined && isDocument(document) ? fieldOf(document, name) : undefined;
}

/** `inside`: whether the ledger lists what containers hold; for a table it lists the columns alone. */
function compareValue(
  path: readonly string[],
  value: Value,
  found: Value | undefined,
  inside: boolean,
  note: Note,
): void {
  const kind = kindOf(value);
  const pairs = inside ? correspondingParts(value, found) : undefined;
  if (pairs === undefined) {
    note(path, kind, found === undefined || !isSame(value, found));
    return;
  }
  note(path, kind, found === undefined || kindOf(found) !== kind);
  for (const [name, part, other] of pairs) compareValue([...path, name], part, other, inside, note);
}

/** What a container holds, beside what stands in its place; undefined for scalars, and for containers that became something of another make. */
function correspondingParts(
  value: Value,
  found: Value | undefined,
): readonly (readonly [name: string, part: Value, found: Value | undefined])[] | undefined {
  if (found === undefined) return undefined;
  if (value instanceof MapValue) return mapParts(value, found);
  const elements = elementsOf(value);
  if (elements !== undefined) {
    const others = elementsOf(found);
    if (others?.length !== elements.length) return undefined;
    return elements.map((part, index) => [value instanceof TupleValue ? String(index) : '[]', part, others[index]]);
  }
  if (!isDocument(value) || !isDocument(found)) return undefined;
  const entries = documentEntries(value);
  if (documentEntries(found).length !== entries.length) return undefined;
  if (entries.some(([name]) => fieldOf(found, name) === undefined)) return undefined;
  return entries.map(([name, part]) => [name, part, fieldOf(found, name)]);
}

function mapParts(
  { entries }: MapValue,
  found: Value,
): readonly (readonly [name: string, part: Value, found: Value | undefined])[] | undefined {
  if (isArray(found))
    return entries.flatMap(([key, part], index) => {
      const [otherKey, other] = elementsOf(found[index] ?? null) ?? [];
      return [['key', key, otherKey] as const, ['value', part, other] as const];
    });
  if (!isDocument(found) || entries.some(([key]) => typeof key !== 'string')) return undefined;
  return entries.flatMap(([key, part]) =>
    typeof key === 'string' ? [['key', key, key] as const, ['value', part, fieldOf(found, key)] as const] : [],
  );
}

function elementsOf(value: Value): readonly Value[] | undefined {
  if (isArray(value)) return value;
  return value instanceof SetValue || value instanceof TupleValue ? value.elements : undefined;
}

/** Whether value and kind are the same. */
function isSame(left: Value, right: Value): boolean {
  return kindOf(left) === kindOf(right) && valuesEqual(left, right);
}
