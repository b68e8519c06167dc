import { DatamigratoError } from '../error/datamigrato-error.js';
import { documentEntries, documentFrom } from '../value/collection.js';
import { valueToText } from '../value/text.js';
import { isArray, isDocument, type Value } from '../value/value.js';
import { type MutableFields, placeAt } from './field-tree.js';
import { valueFromStoredText } from './stored-text.js';

/** What a table's columns could not hold of one record. */
export interface Overflow {
  /** Values by their path in the source record. */
  readonly fields: readonly (readonly [path: readonly string[], value: Value])[];
  /** Places that an empty cell would claim to be null although the record has nothing there. */
  readonly missing: readonly (readonly string[])[];
}

/**
 * The text of an overflow column: the typed JSON object of the fields, nested as in the source record.
 *
 * Where something is missing that an empty cell would show as null, the text is an array instead: that object, then the list of missing paths.
 */
export function overflowText(overflow: Overflow): string {
  const fields: MutableFields = new Map();
  for (const [path, value] of overflow.fields) placeAt(fields, path, value);
  const document = documentFromMutable(fields);
  return valueToText(overflow.missing.length === 0 ? document : [document, overflow.missing]);
}

/** The overflow that a column's text tells. Throws `DM_OVERFLOW_INVALID` where the text is not one. */
export function overflowFromText(text: string, entity: string): Overflow {
  const value = valueFromStoredText(text) ?? null;
  const [document, missing] = isArray(value) ? [value[0] ?? null, value[1] ?? []] : [value, []];
  if (!isDocument(document) || !isArray(missing)) {
    throw new DatamigratoError({
      code: 'DM_OVERFLOW_INVALID',
      category: 'record',
      message: `The overflow column of a record of ${entity} does not hold what this program writes there`,
      nextStep: 'restore what was written there, or leave the column out with --drop',
    });
  }
  return {
    fields: documentEntries(document).map(([name, inner]) => [[name], inner]),
    missing: missing.map((path) => (isArray(path) ? path.map(String) : [])),
  };
}

/** A document from fields under construction. */
export function documentFromMutable(fields: MutableFields): ReturnType<typeof documentFrom> {
  return documentFrom(
    [...fields].map(([name, value]) => [name, value instanceof Map ? documentFromMutable(value) : value]),
  );
}
