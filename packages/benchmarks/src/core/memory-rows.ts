import {
  type DataRecord,
  double,
  type EntityName,
  type EntitySchema,
  InstantValue,
  type RecordDecoder,
  type RecordEncoder,
  setField,
  UuidValue,
  type Value,
  type ValueType,
} from '@datamigrato/core';
import type { Column, ColumnType, Row } from '../data/data-set.js';
import { tenFieldRecords } from '../data/ten-field-records.js';

/** A record as a driver would hand it out: fields by name, with JavaScript's own `Date`, `bigint` and bytes. */
export interface MemoryRow {
  readonly [name: string]: unknown;
}

const [keyColumn, ...fieldColumns] = tenFieldRecords.columns as [Column, ...Column[]];

/** The ten-field record with this index. */
export function memoryRow(index: number): MemoryRow {
  const row: Row = tenFieldRecords.row(index);
  return Object.fromEntries(
    tenFieldRecords.columns.map(({ name, type }, column) => [
      name,
      type === 'timestamp' ? new Date(row[column] as number) : row[column],
    ]),
  );
}

/** The same record as JSON can hold it: the 64-bit integer, the UUID and the time are texts. */
export function jsonRow(index: number): MemoryRow {
  const { total, reference, created, ...others } = memoryRow(index);
  return {
    ...others,
    total: String(total),
    reference: (reference as Buffer).toString('hex'),
    created: (created as Date).toISOString(),
  };
}

const valueTypes: Readonly<Record<Exclude<ColumnType, 'binary' | 'decimal' | 'json'>, ValueType>> = {
  text: { kind: 'string' },
  int: { kind: 'int32' },
  bigint: { kind: 'int64' },
  double: { kind: 'double' },
  boolean: { kind: 'boolean' },
  timestamp: { kind: 'instant' },
  uuid: { kind: 'uuid' },
  texts: { kind: 'array', element: { kind: 'string' } },
};

/** The declared schema of the ten-field records. */
export function memorySchema(entity: EntityName): EntitySchema {
  return {
    entity,
    key: [{ name: keyColumn.name, role: 'partition', type: { kind: 'string' } }],
    fields: fieldColumns.map(({ name, type }) => ({ name, type: valueTypes[type as keyof typeof valueTypes] })),
    origin: 'declared',
  };
}

/** Decodes as a connector does: what the schema says once, per record only what each field needs. */
export function createMemoryDecoder(schema: EntitySchema): RecordDecoder<MemoryRow> {
  const key = schema.key.map(({ name }) => name);
  const fields = schema.fields.map(({ name, type }) => ({ name, decode: decoders[type?.kind ?? 'string'] }));
  return {
    decode(row): DataRecord {
      const values: Record<string, Value> = {};
      for (const { name, decode } of fields) {
        const value = row[name];
        setField(values, name, decode === undefined ? (value as Value) : decode(value));
      }
      return { key: key.map((name) => row[name] as Value), fields: values };
    },
  };
}

/** Encodes as a connector of documents does: fields as they come. */
export function createMemoryEncoder(schema: EntitySchema): RecordEncoder<MemoryRow> {
  const [keyName] = schema.key.map(({ name }) => name);
  return {
    encode({ key, fields }) {
      const row: Record<string, unknown> = { [keyName ?? 'id']: key[0] };
      for (const [name, value] of Object.entries(fields)) row[name] = encodeValue(value);
      return row;
    },
    sizeOf: () => bytesOfRow,
  };
}

/** Bytes of one record, roughly. */
export const bytesOfRow = 370;

const decoders: Readonly<Record<string, (value: unknown) => Value>> = {
  double: (value) => double(value as number),
  instant: (value) => new InstantValue((value as Date).getTime()),
  uuid: (value) => new UuidValue(value as Uint8Array),
};

function encodeValue(value: unknown): unknown {
  if (value instanceof InstantValue) return new Date(Number(value.epochMilliseconds));
  if (value instanceof UuidValue) return value.bytes;
  return value;
}
