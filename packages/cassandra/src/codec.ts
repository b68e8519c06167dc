import {
  DatamigratoError,
  type DataRecord,
  type DocumentValue,
  documentEntries,
  documentFrom,
  type EntitySchema,
  fieldOf,
  isIntegerName,
  isOrdered,
  type RecordCodec,
  type RecordDecoder,
  type RecordEncoder,
  setField,
  type Value,
} from '@datamigrato/core';
import { types } from 'cassandra-driver';
import { compileDecode, type DecodeValue } from './decode-value.js';
import { compileEncode, type EncodeValue } from './encode-value.js';
import { keyBytesLimit } from './partition-key.js';
import { type CassandraRow, columnsOf, type LayoutColumn, type RowLayout } from './row.js';

/** Rows to records and back, compiled column by column. */
export const cassandraCodec: RecordCodec<CassandraRow> = { createDecoder, createEncoder };

function createDecoder(schema: EntitySchema): RecordDecoder<CassandraRow> {
  const columns = columnsOf(schema);
  const keyLength = schema.key.length;
  const decoders = columns.map((column) => compileDecode(column.type, column.name));
  const ordered = columns.some(
    (column) => column.role !== 'partition' && column.role !== 'clustering' && isIntegerName(column.name),
  );
  let knownLayout: RowLayout | undefined;
  let places: readonly number[] = [];
  const locate = (layout: RowLayout): void => {
    places = placesOf(columns, layout, schema);
    knownLayout = layout;
  };
  return {
    decode(row): DataRecord {
      if (row.layout !== knownLayout) locate(row.layout);
      const { values } = row;
      const key = new Array<Value>(keyLength);
      for (let index = 0; index < keyLength; index += 1) {
        const native = values[places[index] as number];
        // Clustering columns of a partition that has static columns alone.
        key[index] = native === null || native === undefined ? null : (decoders[index] as DecodeValue)(native);
      }
      if (ordered) {
        const entries: (readonly [string, Value])[] = [];
        for (let index = keyLength; index < columns.length; index += 1) {
          const native = values[places[index] as number];
          if (native !== null && native !== undefined)
            entries.push([(columns[index] as LayoutColumn).name, (decoders[index] as DecodeValue)(native)]);
        }
        return { key, fields: documentFrom(entries) };
      }
      const fields: Record<string, Value> = {};
      for (let index = keyLength; index < columns.length; index += 1) {
        const native = values[places[index] as number];
        if (native !== null && native !== undefined)
          setField(fields, (columns[index] as LayoutColumn).name, (decoders[index] as DecodeValue)(native));
      }
      return { key, fields };
    },
    identify(row) {
      const parts = row.layout.columns.flatMap((column, index) =>
        column.role === 'partition' || column.role === 'clustering' ? [String(row.values[index])] : [],
      );
      return parts
        .join(', ')
        .replaceAll(/[^\P{C}]/gu, '?')
        .slice(0, 200);
    },
  };
}

/** Where each column of the schema stands in a layout. */
function placesOf(columns: readonly LayoutColumn[], layout: RowLayout, schema: EntitySchema): readonly number[] {
  const byName = new Map(layout.columns.map((column, index) => [column.name, index]));
  const places = columns.map((column) => byName.get(column.name) ?? -1);
  if (places.includes(-1) || byName.size !== columns.length) {
    throw new DatamigratoError({
      code: 'DM_CASSANDRA_SCHEMA_CONFLICT',
      category: 'endpoint',
      message: `The columns of table ${JSON.stringify(schema.entity)} changed since its schema was read`,
      nextStep: 'plan again',
    });
  }
  return places;
}

function createEncoder(schema: EntitySchema): RecordEncoder<CassandraRow> {
  const columns = columnsOf(schema);
  const keyLength = schema.key.length;
  const fieldNames = new Set(schema.fields.map((field) => field.name));
  const encoders = columns.map((column) => compileEncode(column.type, column.name));
  const full: RowLayout = { columns };
  const staticOnly = staticLayout(columns);
  // A row that takes the place of an earlier one removes the cells that it has no value for.
  const missing = schema.clearsMissing ? null : types.unset;

  const encodeKey = (record: DataRecord, values: unknown[], columnCount: number): void => {
    let partitionBytes = 0;
    let partitionColumns = 0;
    for (let index = 0; index < columnCount; index += 1) {
      const column = columns[index] as LayoutColumn;
      const value = record.key[index];
      if (value === null || value === undefined) throw keyProblem(column.name, 'is null');
      const bytes = (encoders[index] as EncodeValue)(value);
      if (bytes.length > keyBytesLimit) throw keyTooLarge(column.name, 'has', bytes.length);
      if (column.role === 'partition') {
        partitionBytes += bytes.length;
        partitionColumns += 1;
      }
      values.push(bytes);
    }
    const [first] = columns;
    // A composite key is stored with three more bytes for each part; a single empty part is no key at all.
    if (partitionColumns === 1 && partitionBytes === 0) throw keyProblem(first?.name ?? '', 'is empty');
    if (partitionColumns > 1) partitionBytes += 3 * partitionColumns;
    if (partitionBytes > keyBytesLimit)
      throw keyTooLarge(first?.name ?? '', 'makes a partition key of', partitionBytes);
  };

  const encodeField = (value: Value | undefined, index: number): unknown => {
    if (value === undefined) return missing;
    return value === null ? null : (encoders[index] as EncodeValue)(value);
  };

  return {
    encode(record): CassandraRow {
      const values: unknown[] = [];
      if (staticOnly !== undefined && isStaticOnly(record, columns, keyLength)) {
        encodeKey(record, values, staticOnly.partitionColumns);
        for (const index of staticOnly.places)
          values.push(encodeField(fieldOf(record.fields, (columns[index] as LayoutColumn).name), index));
        refuseStrangers(record, fieldNames);
        return { layout: staticOnly.layout, values };
      }
      encodeKey(record, values, keyLength);
      const { fields } = record;
      let found = 0;
      for (let index = keyLength; index < columns.length; index += 1) {
        const value = fieldOf(fields, (columns[index] as LayoutColumn).name);
        if (value !== undefined) found += 1;
        values.push(encodeField(value, index));
      }
      if (found !== fieldCount(fields)) refuseStrangers(record, fieldNames);
      return { layout: full, values };
    },
    sizeOf: rowBytes,
  };
}

/** Bytes that a row to be written takes on the wire, roughly. */
export function rowBytes(row: CassandraRow): number {
  let bytes = 24;
  for (const value of row.values) bytes += 4 + (value instanceof Uint8Array ? value.byteLength : 0);
  return bytes;
}

/** How a record is written that stands for a partition with static columns and no row. */
interface StaticLayout {
  readonly layout: RowLayout;
  readonly partitionColumns: number;
  /** Indexes of the static columns. */
  readonly places: readonly number[];
}

function staticLayout(columns: readonly LayoutColumn[]): StaticLayout | undefined {
  const places = columns.flatMap((column, index) => (column.role === 'static' ? [index] : []));
  if (places.length === 0) return undefined;
  const partition = columns.filter((column) => column.role === 'partition');
  return {
    layout: { columns: [...partition, ...places.map((index) => columns[index] as LayoutColumn)] },
    partitionColumns: partition.length,
    places,
  };
}

/** Whether a record has no clustering key and no field of a row's own: a partition that holds static columns alone. */
function isStaticOnly(record: DataRecord, columns: readonly LayoutColumn[], keyLength: number): boolean {
  for (let index = 0; index < columns.length; index += 1) {
    const { role, name } = columns[index] as LayoutColumn;
    if (role === 'clustering' && record.key[index] !== null) return false;
    if (index >= keyLength && role === 'regular' && (fieldOf(record.fields, name) ?? null) !== null) return false;
  }
  return true;
}

function fieldCount(fields: DocumentValue): number {
  return isOrdered(fields) ? fields.entries.length : Object.keys(fields).length;
}

/** Throws for a record that has a field which no column takes: it would be lost without a trace. */
function refuseStrangers(record: DataRecord, names: ReadonlySet<string>): void {
  for (const [name] of documentEntries(record.fields)) {
    if (names.has(name)) continue;
    throw new DatamigratoError({
      code: 'DM_CASSANDRA_VALUE_KIND',
      category: 'record',
      message: `A record has the field ${JSON.stringify(name)}, for which the planned table has no column`,
      nextStep: 'plan again, or keep such fields in an overflow column',
      context: { column: name },
    });
  }
}

function keyTooLarge(column: string, what: string, size: number): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_CASSANDRA_KEY_TOO_LARGE',
    category: 'record',
    message: `The key column ${JSON.stringify(column)} ${what} ${size} bytes; at most ${keyBytesLimit} are allowed`,
    nextStep: 'choose other fields as the key, or leave the record out',
    context: { column, size, limit: keyBytesLimit },
  });
}

function keyProblem(column: string, what: string): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_CASSANDRA_KEY_INVALID',
    category: 'record',
    message: `The key column ${JSON.stringify(column)} ${what}`,
    nextStep: 'choose other fields as the key, or leave the record out',
    context: { column },
  });
}
