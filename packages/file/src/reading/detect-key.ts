import { type DocumentValue, fieldOf, kindOf, type Value, type ValueKind, valueToText } from '@datamigrato/core';
import type { EntityReading, KeyChoice } from '../entity-reading.js';
import type { FileOptions } from '../options.js';
import { createFieldsDecoder } from '../record-decoder.js';
import { readRecordBatches } from './read-records.js';

/** How much of a file's beginning is looked at to choose its key: always the same, so that every run chooses the same. */
const sample = { batchRecords: 1000, batchBytes: 4 * 1024 * 1024 };

const usualNames = ['_id', 'id'] as const;

/** Kinds that a key found by its name alone may have. */
const plainKinds: ReadonlySet<ValueKind> = new Set<ValueKind>([
  'string',
  'int32',
  'int64',
  'varint',
  'double',
  'objectId',
  'uuid',
]);

/**
 * Chooses the key of a file's records: what the user named; `_id` in what comes from MongoDB; else `_id` or `id` where each of the first 1,000 records
 * (or 4 MiB) has its own; else one made of the content, named `_id`, or `_key` where some record has an `_id`.
 */
export async function detectKey(
  reading: Omit<EntityReading, 'key'>,
  options: FileOptions,
  signal: AbortSignal,
): Promise<KeyChoice> {
  if (options.key !== undefined) {
    return { from: 'fields', names: typeof options.key === 'string' ? [options.key] : options.key };
  }
  if (reading.values === 'bson' && options.generatedKey === undefined) return { from: 'fields', names: ['_id'] };
  const documents = await firstDocuments(reading, signal);
  if (options.generatedKey === undefined) {
    const name = usualNames.find((candidate) => isOwnKey(documents, candidate));
    if (name !== undefined) return { from: 'fields', names: [name] };
    if (reading.values === 'extended-json' && documents.some((document) => fieldOf(document, '_id') !== undefined)) {
      return { from: 'fields', names: ['_id'] };
    }
  }
  const isTaken = documents.some((document) => fieldOf(document, '_id') !== undefined);
  return { from: options.generatedKey ?? 'content', name: isTaken ? '_key' : '_id' };
}

async function firstDocuments(
  reading: Omit<EntityReading, 'key'>,
  signal: AbortSignal,
): Promise<readonly DocumentValue[]> {
  // The name of the key is nobody's here, so that every field is seen.
  const key: KeyChoice = { from: 'fields', names: [] };
  const decode = createFieldsDecoder({ values: reading.values, columns: reading.columns, key });
  const documents: DocumentValue[] = [];
  for await (const batch of readRecordBatches({ ...reading, key }, { start: reading.start }, sample, signal)) {
    for (const record of batch.records) {
      if (record.form === 'failed') continue;
      const document = decoded(() => decode(record).fields);
      if (document !== undefined) documents.push(document);
    }
    break;
  }
  return documents;
}

/** What a look ahead finds at fault is reported when the record is read in earnest. */
function decoded(decode: () => DocumentValue): DocumentValue | undefined {
  try {
    return decode();
  } catch (thrown) {
    if (isRecordFault(thrown)) return undefined;
    throw thrown;
  }
}

function isRecordFault(thrown: unknown): boolean {
  return thrown instanceof Error && 'category' in thrown && thrown.category === 'record';
}

function isOwnKey(documents: readonly DocumentValue[], name: string): boolean {
  const seen = new Set<string>();
  for (const document of documents) {
    const value = fieldOf(document, name);
    if (value === undefined || !isPlainKey(value)) return false;
    const text = valueToText(value);
    if (seen.has(text)) return false;
    seen.add(text);
  }
  return seen.size > 0;
}

function isPlainKey(value: Value): boolean {
  return value !== '' && plainKinds.has(kindOf(value));
}
