import type { Json } from '@datamigrato/core';
import type { RecordsPath } from './format/records-path.js';

/** How a file is cut into records. */
export type CutForm = 'lines' | 'array' | 'bson' | 'rows';

/**
 * How the values of a record are told.
 *
 * - `json`: plain JSON. `guessed-json`: the same, found out rather than named, so that a typed wrapper in it is refused instead of read as a field.
 * - `extended-json`: MongoDB Extended JSON, version 1 or 2.
 * - `bson`: BSON.
 * - `text`, `inferred-text`: cells of CSV, as strings or with kinds inferred.
 * - `typed`: a line of an archive.
 */
export type ValueForm = 'json' | 'guessed-json' | 'extended-json' | 'bson' | 'text' | 'inferred-text' | 'typed';

/** Where the key of a file's records comes from. */
export type KeyChoice =
  | { readonly from: 'fields'; readonly names: readonly string[] }
  | { readonly from: 'content' | 'position'; readonly name: string };

/** All that must be known to turn a file's bytes into records: found out from the file once, the same for the same file. */
export interface EntityReading {
  readonly path: string;
  readonly compressed: boolean;
  /** Bytes of the file as it lies on disk. */
  readonly size: number;
  readonly cut: CutForm;
  readonly values: ValueForm;
  /** First byte that may belong to a record, in the unpacked file. */
  readonly start: number;
  readonly key: KeyChoice;
  /** For arrays inside a document. */
  readonly recordsPath: RecordsPath;
  /** For CSV: the names of the columns. */
  readonly columns: readonly string[];
  /** For CSV: the character between cells. */
  readonly delimiter: string;
}

/** The part of a reading that decoding needs; it travels in the schema. */
export interface DecodingNotes {
  readonly values: ValueForm;
  readonly key: KeyChoice;
  readonly columns: readonly string[];
}

/** The notes as a schema's `native`. */
export function notesToNative(notes: DecodingNotes): { readonly [name: string]: Json } {
  const key =
    notes.key.from === 'fields'
      ? { from: notes.key.from, names: [...notes.key.names] }
      : { from: notes.key.from, name: notes.key.name };
  return { values: notes.values, key, columns: [...notes.columns] };
}

const valueForms: ReadonlySet<string> = new Set<ValueForm>([
  'json',
  'guessed-json',
  'extended-json',
  'bson',
  'text',
  'inferred-text',
  'typed',
]);

/** The notes in a schema's `native`; undefined where another connector wrote it, or none. */
export function notesFromNative(native: Json | undefined): DecodingNotes | undefined {
  if (!isObject(native)) return undefined;
  const { values, key, columns } = native;
  if (!isValueForm(values) || !isObject(key) || !isTextList(columns)) return undefined;
  const { from, names, name } = key;
  if (from === 'fields' && isTextList(names)) return { values, columns, key: { from, names } };
  if ((from === 'content' || from === 'position') && typeof name === 'string')
    return { values, columns, key: { from, name } };
  return undefined;
}

/** The names of the key's fields, whichever way the key comes. */
export function keyNames(key: KeyChoice): readonly string[] {
  return key.from === 'fields' ? key.names : [key.name];
}

function isValueForm(value: Json | undefined): value is ValueForm {
  return typeof value === 'string' && valueForms.has(value);
}

function isObject(value: Json | undefined): value is { readonly [name: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTextList(value: Json | undefined): value is readonly string[] {
  return Array.isArray(value) && value.every((element) => typeof element === 'string');
}
