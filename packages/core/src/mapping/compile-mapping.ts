import type { Manifest } from '../connector/manifest.js';
import { DatamigratoError } from '../error/datamigrato-error.js';
import type { DataRecord } from '../record/data-record.js';
import type { ValueType } from '../schema/entity-schema.js';
import { documentEntries, documentFrom, isIntegerName, setField } from '../value/collection.js';
import { tagValue } from '../value/tag.js';
import { valueFromText } from '../value/text.js';
import { type DocumentValue, isDocument, kindOf, type Value } from '../value/value.js';
import { type ColumnFit, compileColumnValue, narrowestOf } from './column-value.js';
import { compileDocumentValue, type DocumentConversion } from './document-value.js';
import { createFieldTree, type FieldTree, type FieldVisitor, type MutableFields, placeAt } from './field-tree.js';
import { compileKey } from './map-key.js';
import type { ColumnPlan, FieldPlan, MappingPlan, TablePlan } from './mapping-plan.js';
import { documentFromMutable, overflowText } from './overflow.js';
import { compileReferences } from './reference-forms.js';
import { keyTextFor, longKeyField, longKeyText } from './stored-key-text.js';

/** Gives the target's record for a source's record. Throws a `DatamigratoError` of category `record` for one that cannot be mapped. */
export type RecordMapper = (record: DataRecord) => DataRecord;

/** Compiles a mapping plan for a target. */
export function compileMapping(plan: MappingPlan, target: Manifest): RecordMapper {
  if (plan.references !== undefined) {
    const { references, ...others } = plan;
    const follow = compileReferences(references, target);
    const map = compileMapping(others, target);
    return (record) => map({ ...record, fields: follow(record.fields) });
  }
  if (isIdentity(plan)) return (record) => record;
  const makeKey = compileKey(plan.key, target, plan.converts);
  const constants = plan.constants.map(([name, text]) => [name, valueFromText(text)] as const);
  return plan.table === null
    ? compileForDocuments(plan, target, makeKey, constants)
    : compileForTable(plan, plan.table, target, makeKey, constants);
}

/** Whether records pass unchanged. */
function isIdentity(plan: MappingPlan): boolean {
  return (
    plan.table === null &&
    !plan.converts &&
    plan.flatten === null &&
    plan.select === null &&
    plan.drop.length === 0 &&
    plan.rename.length === 0 &&
    plan.constants.length === 0 &&
    !plan.key.document &&
    plan.key.demoted.length === 0 &&
    plan.key.parts.every(({ from, type }, index) => 'key' in from && from.key === index && type === undefined)
  );
}

type Constants = readonly (readonly [string, Value])[];

/** A place in the source's record with a meaning of its own. */
type Place =
  | { readonly role: 'column'; readonly index: number }
  | { readonly role: 'field'; readonly name: string; readonly convert: DocumentConversion }
  | { readonly role: 'key'; readonly part: number }
  | { readonly role: 'drop' };

function keyPlaces(plan: MappingPlan, tree: FieldTree<Place>): void {
  for (const [part, keyPart] of plan.key.parts.entries())
    if ('path' in keyPart.from) tree.add(keyPart.from.path, { role: 'key', part });
}

/** The values of the target's key parts that come from the source's key; the others are still to be found among the fields. */
function keyPartsFrom(plan: MappingPlan, record: DataRecord): (Value | undefined)[] {
  return plan.key.parts.map((part) => ('key' in part.from ? record.key[part.from.key] : undefined));
}

function collision(name: string): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_NAME_COLLISION',
    category: 'record',
    message: `Two fields of one record would both be named "${name}" in the target`,
    nextStep: 'rename or drop one of the fields, name a constant otherwise, or choose another separator for flattening',
    context: { field: name },
  });
}

function compileForTable(
  plan: MappingPlan,
  table: TablePlan,
  target: Manifest,
  makeKey: (parts: readonly (Value | undefined)[]) => readonly Value[],
  constants: Constants,
): RecordMapper {
  const tree = createFieldTree<Place>();
  const columns: readonly ColumnPlan[] = table.columns;
  const fits: readonly ColumnFit[] = columns.map((column) => compileColumnValue(column, target.values));
  const dropped = new Set(plan.drop);
  const selected = plan.select === null ? null : new Set(plan.select);
  for (const [index, column] of columns.entries())
    if (column.path.length > 0) tree.add(column.path, { role: 'column', index });
  keyPlaces(plan, tree);
  const demoted = plan.key.demoted.map(
    ({ key, field }) => [key, columns.findIndex((column) => column.name === field)] as const,
  );
  const alwaysThere = columns.flatMap((column, index) => (column.absentIsNull ? [index] : []));
  const separator = plan.flatten ?? '';
  // State of the record being mapped; the visitor is made once, so that mapping a record makes no closures.
  const seenIn = new Array<number>(columns.length).fill(0);
  let serial = 0;
  let parts: (Value | undefined)[] = [];
  let cells: Record<string, Value> = {};
  let overflow: [readonly string[], Value][] | undefined;

  const spill = (path: readonly string[], value: Value): void => {
    if (table.overflow === null) throw noColumn(path.join(separator), plan);
    overflow ??= [];
    overflow.push([path, value]);
  };
  const place = (index: number, path: readonly string[], value: Value): void => {
    const column = columns[index] as ColumnPlan;
    seenIn[index] = serial;
    if (value === null) {
      if (!column.absentIsNull) spill(path, value);
      return;
    }
    const fitted = (fits[index] as ColumnFit)(value);
    if (fitted === undefined) spill(path, value);
    else {
      setField(cells, column.name, fitted);
      // The column shows the number; that its kind is not the narrowest to hold it is told beside it.
      if (
        column.narrowTo !== undefined &&
        table.overflow !== null &&
        narrowestOf(value, column.narrowTo) !== kindOf(value)
      )
        spill(path, value);
    }
  };
  const visitor: FieldVisitor<Place> = {
    known(leaf, value) {
      if (leaf.role === 'column') place(leaf.index, (columns[leaf.index] as ColumnPlan).path, value);
      else if (leaf.role === 'key') parts[leaf.part] = value;
    },
    unknown(parents, last, value) {
      const path = [...parents, last];
      const name = path.join(separator);
      if (selected?.has(name) !== false && !dropped.has(name)) spill(path, value);
    },
  };

  return (record) => {
    serial += 1;
    parts = keyPartsFrom(plan, record);
    cells = {};
    overflow = undefined;
    tree.visit(record.fields, plan.flatten !== null, visitor);
    for (const [key, index] of demoted) {
      const value = record.key[key];
      if (value !== undefined && index >= 0) place(index, [(columns[index] as ColumnPlan).name], value);
    }
    for (const [name, value] of constants) setField(cells, name, value);
    let missing: (readonly string[])[] | undefined;
    for (const index of alwaysThere) {
      if (seenIn[index] === serial) continue;
      missing ??= [];
      missing.push((columns[index] as ColumnPlan).path);
    }
    if (table.overflow !== null && (overflow !== undefined || missing !== undefined)) {
      setField(cells, table.overflow, overflowText({ fields: overflow ?? [], missing: missing ?? [] }));
    }
    return { key: makeKey(parts), fields: cells };
  };
}

function noColumn(name: string, plan: MappingPlan): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_NO_COLUMN',
    category: 'record',
    message: `A record has a value that no column of the target can hold, in the field "${name}"`,
    nextStep: `add an overflow column to the table, or drop the field${plan.select === null ? ' from the mapping' : ''}`,
    context: { field: name },
  });
}

function compileForDocuments(
  plan: MappingPlan,
  target: Manifest,
  makeKey: (parts: readonly (Value | undefined)[]) => readonly Value[],
  constants: Constants,
): RecordMapper {
  /** For values in so many documents inside one another; with no limit of levels, that makes no difference. */
  const compileAt = (depth: number, sourceType?: ValueType): DocumentConversion =>
    plan.converts
      ? compileDocumentValue(sourceType, target, plan.fidelity, plan.levels && plan.levels - depth)
      : (value) => value;
  const unknownAt: DocumentConversion[] = [];
  const convertUnknown = (value: Value, depth: number): Value => {
    const place = plan.levels === undefined ? 1 : depth;
    unknownAt[place] ??= compileAt(place);
    return unknownAt[place](value);
  };
  const fieldConversion = (field: FieldPlan): DocumentConversion => compileAt(1, field.sourceType);
  const renamed = new Map(plan.rename);
  const dropped = new Set(plan.drop);
  const selected = plan.select === null ? null : new Set(plan.select);
  const separator = plan.flatten ?? '';
  const tree = createFieldTree<Place>();
  for (const field of plan.fields)
    tree.add(field.path, { role: 'field', name: field.name, convert: fieldConversion(field) });
  for (const name of plan.drop) if (plan.flatten === null) tree.add([name], { role: 'drop' });
  keyPlaces(plan, tree);
  const demoted = plan.key.demoted.map(
    ({ key, field }) =>
      [
        key,
        field,
        inOrder(
          fieldConversion(plan.fields.find((other) => other.name === field) ?? { name: field, path: [field] }),
          target,
        ),
      ] as const,
  );
  const keyText = plan.key.parts.some((part) => part.type?.encoding === 'key') ? keyTextFor(target) : undefined;
  // State of the record being mapped; the visitor is made once, so that mapping a record makes no closures.
  let parts: (Value | undefined)[] = [];
  let fields = new DocumentFields();
  const visitor: FieldVisitor<Place> = {
    known(leaf, value) {
      if (leaf.role === 'key') parts[leaf.part] = value;
      else if (leaf.role === 'field') fields.put(leaf.name, leaf.convert(value));
    },
    unknown(parents, last, value) {
      const name = parents.length === 0 ? last : [...parents, last].join(separator);
      if (dropped.has(name) || selected?.has(name) === false) return;
      // What the plan does not know stays where it is inside its documents: nothing could tell its joined name from another one on the way back.
      if (parents.length > 0) fields.putInside(parents, last, convertUnknown(value, parents.length + 1));
      else fields.put(renamed.get(name) ?? name, convertUnknown(value, 1));
    },
  };

  return (record) => {
    parts = keyPartsFrom(plan, record);
    fields = new DocumentFields();
    for (const [key, name, convert] of demoted) {
      const value = record.key[key];
      if (value !== undefined) fields.put(name, convert(value));
    }
    tree.visit(record.fields, false, visitor);
    for (const [name, value] of constants) fields.put(name, value);
    const key = makeKey(parts);
    const longKey = keyText && longKeyText(plan.key, parts, key, keyText);
    if (longKey !== undefined) fields.put(longKeyField, longKey);
    return { key, fields: fields.document() };
  };
}

/** A conversion for parts of the source's key, in which the order of a document's fields may tell two records apart: where the target forgets it, such a document goes into a wrapper. */
function inOrder(convert: DocumentConversion, target: Manifest): DocumentConversion {
  return target.keepsFieldOrder ? convert : (value) => (isDocument(value) ? tagValue(value) : convert(value));
}

/** The fields of a document under construction: one plain object for as long as that keeps the order in which they came. */
class DocumentFields {
  readonly #plain: Record<string, Value> = {};
  #entries: [string, Value][] | undefined;
  #inside: MutableFields | undefined;

  /** @throws DatamigratoError `DM_NAME_COLLISION` for a name that is taken. */
  put(name: string, value: Value): void {
    if (Object.hasOwn(this.#plain, name)) throw collision(name);
    if (this.#entries === undefined && isIntegerName(name)) this.#entries = Object.entries(this.#plain);
    this.#entries?.push([name, value]);
    setField(this.#plain, name, value);
  }

  /** Puts a value into a document that is itself a field, and that other values may be put into. */
  putInside(parents: readonly string[], name: string, value: Value): void {
    this.#inside ??= new Map();
    placeAt(this.#inside, [...parents, name], value);
  }

  document(): DocumentValue {
    if (this.#inside !== undefined) {
      for (const [name, value] of documentEntries(documentFromMutable(this.#inside))) this.put(name, value);
    }
    return this.#entries === undefined ? this.#plain : documentFrom(this.#entries);
  }
}
