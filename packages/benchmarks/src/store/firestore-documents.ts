import type { Cell, ColumnType, DataSet, Row } from '../data/data-set.js';

/** A value in the form of the wire. */
export type WireValue = Readonly<Record<string, unknown>>;

/** The fields of a record without its key, every kind told. */
export function firestoreFields(dataSet: DataSet, row: Row): Record<string, WireValue> {
  const fields: Record<string, WireValue> = {};
  for (const [index, { name, type }] of dataSet.columns.entries()) {
    if (index > 0) fields[name] = firestoreValue(type, row[index]);
  }
  return fields;
}

function firestoreValue(type: ColumnType, cell: Cell): WireValue {
  if (cell === null || cell === undefined) return { nullValue: 'NULL_VALUE' };
  switch (type) {
    case 'text':
    case 'decimal':
      return { stringValue: cell };
    case 'int':
      return { integerValue: cell };
    case 'bigint':
      return { integerValue: String(cell as bigint) };
    case 'double':
      return { doubleValue: cell };
    case 'boolean':
      return { booleanValue: cell };
    case 'timestamp':
      return { timestampValue: timestampOf(cell as number) };
    case 'uuid':
      return { stringValue: (cell as Buffer).toString('hex') };
    case 'binary':
      return { bytesValue: cell };
    case 'texts':
    case 'json':
      return plainValue(cell);
  }
}

/** Milliseconds as seconds and nanoseconds. */
export function timestampOf(milliseconds: number): { readonly seconds: number; readonly nanos: number } {
  const seconds = Math.floor(milliseconds / 1000);
  return { seconds, nanos: (milliseconds - seconds * 1000) * 1_000_000 };
}

/** Any JSON value. */
export function plainValue(value: unknown): WireValue {
  switch (typeof value) {
    case 'string':
      return { stringValue: value };
    case 'number':
      return Number.isInteger(value) ? { integerValue: value } : { doubleValue: value };
    case 'boolean':
      return { booleanValue: value };
    default:
  }
  if (typeof value !== 'object' || value === null) return { nullValue: 'NULL_VALUE' };
  if (Array.isArray(value)) return { arrayValue: { values: value.map(plainValue) } };
  return {
    mapValue: { fields: Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plainValue(inner)])) },
  };
}
