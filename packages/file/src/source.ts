import {
  createSchemaInference,
  type DataRecord,
  type EntityListing,
  type EntityName,
  type EntitySchema,
  entityName,
  isDatamigratoError,
  type KeyField,
  type ReadOptions,
  type RecordBatch,
  type Source,
} from '@datamigrato/core';
import { archivePartitions, readArchivePartition } from './archive/archive-partitions.js';
import { type DecodingNotes, type EntityReading, keyNames, notesToNative } from './entity-reading.js';
import { fileError } from './errors.js';
import type { ArchiveClient, FileClient, FilesClient } from './file-client.js';
import { filePartitions, readFilePartition } from './file-partitions.js';
import type { FileRecord } from './file-record.js';
import { createFieldsDecoder } from './record-decoder.js';

/** Reads what lies at an open path. */
export function createFileSource(client: FileClient): Source<FileRecord> {
  return client.kind === 'archive' ? archiveSource(client) : filesSource(client);
}

function filesSource(client: FilesClient): Source<FileRecord> {
  return {
    async *listEntities(call): AsyncIterable<EntityListing> {
      call.signal.throwIfAborted();
      for (const { entity, excluded } of client.entries) {
        yield { entity: entityName(entity), ...(excluded === undefined ? {} : { excluded }) };
      }
    },
    async inferSchema(entity, call) {
      call.signal.throwIfAborted();
      const { entry, reading } = await client.reading(entity, call.signal);
      const notes: DecodingNotes = { values: reading.values, key: reading.key, columns: reading.columns };
      const key = keyNames(reading.key).map((name) => ({ name, role: 'partition' as const }));
      const batches = readFilePartition(
        client,
        { entity, id: 'sample', range: { start: reading.start } },
        { ...sampleOptions(call.sampleSize), ...call },
      );
      return {
        ...(await inferFrom({ entity, key, notes, batches, sampleSize: call.sampleSize })),
        ...(keysMayRepeat(reading) && { keysMayRepeat: true }),
        native: { ...notesToNative(notes), ...(entry.metadata === undefined ? {} : { metadata: entry.metadata }) },
      };
    },
    planPartitions: (entity, call) => filePartitions(client, entity, call),
    readPartition: (partition, call) => readFilePartition(client, partition, call),
  };
}

/** Whether nobody has made sure that no two records of a file have one key: a database has for what it dumped, and made keys are made different. */
function keysMayRepeat({ key, values }: EntityReading): boolean {
  return key.from === 'fields' && values !== 'bson' && values !== 'typed' && values !== 'extended-json';
}

function archiveSource(client: ArchiveClient): Source<FileRecord> {
  const { archive } = client;
  return {
    async *listEntities(call): AsyncIterable<EntityListing> {
      call.signal.throwIfAborted();
      if (!client.wasThere && archive.entities().length === 0) {
        throw fileError('DM_FILE_NOT_FOUND', `There is nothing to read at ${archive.folder}`, {
          context: { path: archive.folder },
        });
      }
      for (const entity of archive.entities()) yield { entity: entityName(entity) };
    },
    async inferSchema(entity, call) {
      call.signal.throwIfAborted();
      const { schema } = await archive.readable(entity);
      const notes = archiveNotes(schema);
      const inferred = await inferFrom({
        entity,
        key: schema.key,
        notes,
        batches: sampleOfArchive(client, entity, { ...sampleOptions(call.sampleSize), ...call }),
        sampleSize: call.sampleSize,
      });
      return { ...withDeclaredTypes(inferred, schema), native: notesToNative(notes) };
    },
    planPartitions: (entity, call) => archivePartitions(archive, entity, call),
    readPartition: (partition, call) => readArchivePartition(archive, partition, call),
  };
}

/** How lines of an archive are decoded. */
function archiveNotes(schema: EntitySchema): DecodingNotes {
  return { values: 'typed', key: { from: 'fields', names: schema.key.map(({ name }) => name) }, columns: [] };
}

async function* sampleOfArchive(
  client: ArchiveClient,
  entity: EntityName,
  call: ReadOptions,
): AsyncIterable<RecordBatch<FileRecord>> {
  for await (const partition of archivePartitions(client.archive, entity, { ...call, targetCount: 1 })) {
    yield* readArchivePartition(client.archive, partition, call);
  }
}

function sampleOptions(sampleSize: number): { readonly batchRecords: number; readonly batchBytes: number } {
  return { batchRecords: Math.max(1, Math.min(sampleSize, 1000)), batchBytes: 4 * 1024 * 1024 };
}

interface Sampling {
  readonly entity: EntityName;
  readonly key: readonly Pick<KeyField, 'name' | 'role'>[];
  readonly notes: DecodingNotes;
  readonly batches: AsyncIterable<RecordBatch<FileRecord>>;
  readonly sampleSize: number;
}

async function inferFrom({ entity, key, notes, batches, sampleSize }: Sampling): Promise<EntitySchema> {
  const inference = createSchemaInference({ entity, key: key.map(({ name, role }) => ({ name, role })) });
  const decode = createFieldsDecoder(notes);
  let seen = 0;
  for await (const batch of batches) {
    const bytes = batch.bytes / batch.records.length;
    for (const record of batch.records) {
      if (seen === sampleSize) return inference.finish({ complete: false });
      seen += 1;
      const decoded = decodable(decode, record);
      if (decoded !== undefined) inference.observe(decoded, bytes);
    }
  }
  return inference.finish({ complete: true });
}

/** A record at fault is told of when it is read in earnest. */
function decodable(decode: (record: FileRecord) => DataRecord, record: FileRecord): DataRecord | undefined {
  try {
    return decode(record);
  } catch (thrown) {
    if (isDatamigratoError(thrown) && thrown.category === 'record') return undefined;
    throw thrown;
  }
}

/** What was seen, with the types that a table gave the fields before they came into the archive. */
function withDeclaredTypes(inferred: EntitySchema, stored: EntitySchema): EntitySchema {
  const types = new Map(
    [...stored.key, ...stored.fields].flatMap(({ name, type }) => (type ? [[name, type] as const] : [])),
  );
  const typed = <Field extends { readonly name: string }>(field: Field): Field => {
    const type = types.get(field.name);
    return type === undefined ? field : { ...field, type };
  };
  return { ...inferred, key: inferred.key.map(typed), fields: inferred.fields.map(typed) };
}
