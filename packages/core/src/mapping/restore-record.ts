import type { Manifest } from '../connector/manifest.js';
import { DatamigratoError } from '../error/datamigrato-error.js';
import type { EntityPlan } from '../plan/migration-plan.js';
import type { DataRecord, RecordKey } from '../record/data-record.js';
import type { KeyField } from '../schema/entity-schema.js';
import { documentEntries, fieldOf } from '../value/collection.js';
import { convertValue } from '../value/convert.js';
import { restoreValue } from '../value/restore.js';
import { untagValue } from '../value/tag.js';
import { isDocument, type Value } from '../value/value.js';
import { narrowestOf } from './column-value.js';
import { type MutableFields, placeAt } from './field-tree.js';
import type { ColumnPlan, KeyPartPlan, LockedEntity, MappingPlan } from './mapping-plan.js';
import { documentFromMutable, overflowFromText } from './overflow.js';
import { compileReferencesBack } from './reference-forms.js';
import { keyTextFor, longKeyField, longKeyPart } from './stored-key-text.js';
import { valueFromStoredText } from './stored-text.js';

/** Gives back the record that an earlier migration mapped away. */
export interface RecordRestorer {
  readonly key: readonly KeyField[];
  restore(record: DataRecord): DataRecord;
}

/** Compiles the way back that a lock describes, for records read where the locked migration wrote them. */
function compileRestore(lock: LockedEntity, source: Manifest): RecordRestorer {
  const plan = lock.mapping;
  const restoreKeyParts = plan.key.parts.map((part) => restoreKeyPart(part, plan, source));
  const isLongKey = plan.table === null ? longKeyTest(plan, source) : undefined;
  const restoreFields =
    plan.table === null ? restoreDocumentFields(plan) : restoreTableFields(plan, lock.target.entity);
  const demoted = plan.key.demoted;
  const constants = new Set(plan.constants.map(([name]) => name));
  const referringAgain = plan.references && compileReferencesBack(plan.references, source);

  return {
    key: lock.source.key,
    restore(record) {
      const fields: MutableFields = new Map();
      const key: Value[] = lock.source.key.map(() => null);
      const demotedValues = new Map<string, Value>();
      // Beside a key that is no hash, a field of that name is the record's own.
      const keepsLongKey = isLongKey?.(record.key) ?? false;
      restoreFields(record, fields, (name, value) => {
        if (constants.has(name) || (keepsLongKey && name === longKeyField)) return true;
        if (!demoted.some((part) => part.field === name)) return false;
        demotedValues.set(name, value);
        return true;
      });
      for (const part of demoted) key[part.key] = demotedValues.get(part.field) ?? null;
      for (const [index, part] of plan.key.parts.entries()) {
        const restorePart = restoreKeyParts[index];
        const value = keyPartValue(record, plan, index, part);
        if (value === undefined || restorePart === undefined) continue;
        const restored = restorePart(value, record);
        if ('key' in part.from) key[part.from.key] = restored;
        else placeAt(fields, part.from.path, restored);
      }
      const restored = documentFromMutable(fields);
      return { key, fields: referringAgain?.(restored) ?? restored };
    },
  };
}

/** Tells whether a part of a key is a hash, for which the record keeps what it stands for. */
function longKeyTest(plan: MappingPlan, source: Manifest): ((key: RecordKey) => boolean) | undefined {
  const texts = plan.key.parts.flatMap(({ type }, index) => (type?.encoding === 'key' ? [index] : []));
  if (texts.length === 0) return undefined;
  const text = keyTextFor(source);
  return (key) => texts.some((index) => typeof key[index] === 'string' && text.isHash(key[index]));
}

/** Parses the overflow column of a table that an earlier migration made, for a migration without a lock. */
function mergeOverflow(record: DataRecord, column: string, entity: string): DataRecord {
  const text = fieldOf(record.fields, column);
  if (typeof text !== 'string') return record;
  const fields: MutableFields = new Map();
  for (const [name, value] of documentEntries(record.fields)) if (name !== column) fields.set(name, value);
  mergeOverflowFields(fields, text, entity);
  return { key: record.key, fields: documentFromMutable(fields) };
}

function keyPartValue(record: DataRecord, plan: MappingPlan, index: number, part: KeyPartPlan): Value | undefined {
  if (!plan.key.document) return record.key[index];
  const only = record.key[0];
  return only !== undefined && isDocument(only) ? fieldOf(only, part.name) : undefined;
}

function restoreKeyPart(
  part: KeyPartPlan,
  plan: MappingPlan,
  source: Manifest,
): (value: Value, record: DataRecord) => Value {
  if (part.type?.encoding === 'key') {
    const text = keyTextFor(source);
    return (value, record) => {
      if (typeof value !== 'string') return value;
      return plan.table === null && text.isHash(value) ? longKeyPart(record, part.name) : text.decode(value);
    };
  }
  const sourceType = part.sourceType;
  if (sourceType !== undefined) return (value) => restoreValue(value, sourceType) ?? untagged(value, plan);
  return (value) => untagged(value, plan);
}

function untagged(value: Value, plan: MappingPlan): Value {
  return plan.table === null && plan.converts ? untagValue(value) : value;
}

type FieldRestorer = (
  record: DataRecord,
  into: MutableFields,
  claimed: (name: string, value: Value) => boolean,
) => void;

function restoreTableFields(plan: MappingPlan, entity: string): FieldRestorer {
  const table = plan.table;
  if (table === null) throw new TypeError('a table plan is needed');
  const demoted = new Set(plan.key.demoted.map(({ field }) => field));
  const columns = new Map(table.columns.map((column) => [column.name, { column, restore: restoreColumn(column) }]));
  return (record, into, claimed) => {
    const absent = new Set(table.columns.filter((column) => column.absentIsNull));
    let overflow: string | undefined;
    for (const [name, cell] of documentEntries(record.fields)) {
      if (name === table.overflow) {
        if (typeof cell === 'string') overflow = cell;
        continue;
      }
      if (cell === null) continue;
      const known = columns.get(name);
      const value = known === undefined ? cell : known.restore(cell);
      if (known !== undefined) absent.delete(known.column);
      if (!claimed(name, value)) placeAt(into, known?.column.path ?? [name], value);
    }
    const parsed = overflow === undefined ? undefined : overflowFromText(overflow, entity);
    const missing = new Set(parsed?.missing.map((path) => JSON.stringify(path)));
    for (const column of absent) if (!missing.has(JSON.stringify(column.path))) placeAt(into, column.path, null);
    for (const [path, value] of parsed?.fields ?? []) {
      const [name = ''] = path;
      // A part of the source's key that fitted no column; any other field of the overflow is the record's own.
      if (path.length > 1 || !demoted.has(name) || !claimed(name, value)) mergeInto(into, path, value);
    }
  };
}

function mergeOverflowFields(into: MutableFields, text: string, entity: string): void {
  for (const [path, value] of overflowFromText(text, entity).fields) mergeInto(into, path, value);
}

/** Puts a value at a path, merging a document into fields that are already there. */
function mergeInto(into: MutableFields, path: readonly string[], value: Value): void {
  const [name = ''] = path;
  const there = into.get(name);
  if (there instanceof Map && isDocument(value) && documentEntries(value).length > 0) {
    for (const [inner, innerValue] of documentEntries(value)) mergeInto(there, [inner], innerValue);
  } else into.set(name, value);
}

function restoreColumn(column: ColumnPlan): (value: Value) => Value {
  const { type, sourceType, narrowTo } = column;
  if (type.encoding === 'json') {
    return (value) => {
      if (typeof value !== 'string') return value;
      const restored = valueFromStoredText(value);
      if (restored === undefined) throw storedTextInvalid(column.name);
      return restored;
    };
  }
  if (narrowTo !== undefined) {
    return (value) => {
      const kind = narrowestOf(value, narrowTo);
      return kind === undefined ? value : (convertValue(value, kind)?.value ?? value);
    };
  }
  if (sourceType === undefined) return (value) => value;
  return (value) => restoreValue(value, sourceType) ?? value;
}

function storedTextInvalid(column: string): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_STORED_TEXT_INVALID',
    category: 'record',
    message: `The column "${column}" of a record holds a text that is not the typed JSON which was written there`,
    nextStep: 'restore what was written there, or write typed JSON: a text in quotation marks, for instance',
    context: { field: column },
  });
}

function restoreDocumentFields(plan: MappingPlan): FieldRestorer {
  const known = new Map(plan.fields.map((field) => [field.name, field]));
  const originals = new Map(plan.rename.map(([from, to]) => [to, from]));
  return (record, into, claimed) => {
    for (const [name, stored] of documentEntries(record.fields)) {
      const field = known.get(name);
      // What was tagged tells its kind itself, and what was not is what it looks like.
      const sourceType = plan.fidelity === 'tagged' ? undefined : field?.sourceType;
      const value =
        (sourceType === undefined || stored === null ? undefined : restoreValue(stored, sourceType)) ??
        untagged(stored, plan);
      if (claimed(name, value)) continue;
      // A document that the plan did not know whole stands beside those of its fields that were brought up.
      if (field === undefined) mergeInto(into, [originals.get(name) ?? name], value);
      else placeAt(into, field.path, value);
    }
  };
}

/** The way back that a plan asks for: by its lock, else by parsing the overflow column that a table of this program has and that is not left out, else none. */
export function restorerFor(
  plan: Pick<EntityPlan, 'restore' | 'source' | 'sourceSchema'> & { readonly mapping: Pick<MappingPlan, 'drop'> },
  source: Manifest,
): RecordRestorer | undefined {
  if (plan.restore !== null) return compileRestore(plan.restore, source);
  const column = source.table?.overflowField;
  if (
    column === undefined ||
    plan.mapping.drop.includes(column) ||
    !plan.sourceSchema.fields.some((field) => field.name === column && field.type?.kind === 'string')
  )
    return undefined;
  return { key: plan.sourceSchema.key, restore: (record) => mergeOverflow(record, column, plan.source) };
}
