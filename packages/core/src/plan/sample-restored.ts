import type { CallOptions } from '../connector/call-options.js';
import type { Endpoint } from '../connector/define-connector.js';
import { isDatamigratoError } from '../error/datamigrato-error.js';
import type { LockedEntity } from '../mapping/mapping-plan.js';
import type { RecordRestorer } from '../mapping/restore-record.js';
import type { DataRecord } from '../record/data-record.js';
import type { EntitySchema } from '../schema/entity-schema.js';
import { createSchemaInference } from '../schema/infer.js';

/** What sampling needs. */
export interface Sampling {
  readonly endpoint: Endpoint;
  readonly sourceSchema: EntitySchema;
  readonly sampleSize: number;
  readonly call: CallOptions;
}

/** The schema of records as they are after an earlier migration's kinds are restored, from a sample of the source. */
export async function sampleRestored(sampling: Sampling, restorer: RecordRestorer): Promise<EntitySchema> {
  const inference = createSchemaInference({ entity: sampling.sourceSchema.entity, key: restorer.key });
  const looked = await sampleRecords(sampling, (record, bytes) => inference.observe(restorer.restore(record), bytes));
  return inference.finish({ complete: looked < sampling.sampleSize });
}

/** Shows an entity's first records, as many as a sample has, with their mean size in their batch. Gives their number. */
export async function sampleRecords(
  { endpoint, sourceSchema, sampleSize, call }: Sampling,
  look: (record: DataRecord, bytes: number) => void,
): Promise<number> {
  const source = endpoint.source();
  const decoder = endpoint.connector.codec.createDecoder(sourceSchema);
  let left = sampleSize;
  for await (const partition of source.planPartitions(sourceSchema.entity, { ...call, targetCount: 1 })) {
    for await (const batch of source.readPartition(partition, {
      ...call,
      batchRecords: Math.min(left, 1000),
      batchBytes: 1024 * 1024,
    })) {
      const perRecord = batch.records.length === 0 ? 0 : batch.bytes / batch.records.length;
      for (const native of batch.records.slice(0, left)) {
        observe(() => look(decoder.decode(native), perRecord));
        left -= 1;
      }
      if (left <= 0) return sampleSize;
    }
  }
  return sampleSize - left;
}

/** A record that cannot be decoded or restored will be a dead letter of the run; a sample only passes over it. */
function observe(look: () => void): void {
  try {
    look();
  } catch (error) {
    if (!isDatamigratoError(error) || error.category !== 'record') throw error;
  }
}

/**
 * That schema with what the store declared from which the records came: its types, not those that a sample happens to show.
 *
 * Fields that came since are in it too, as seen; with them, records may hold anything, as in any sample. A table that has the
 * overflow column takes them there.
 */
export function withDeclared(
  sampled: EntitySchema,
  { key, declared, native }: LockedEntity['source'],
  overflow: string | undefined,
): EntitySchema {
  if (declared === undefined) return native === undefined ? sampled : { ...sampled, native };
  const known = new Set(declared.fields.map((field) => field.name));
  const since =
    overflow !== undefined && known.has(overflow) ? [] : sampled.fields.filter((field) => !known.has(field.name));
  const fields = [...declared.fields, ...since];
  if (since.length > 0) return { ...sampled, key, fields };
  const { sample: _, dynamic, ...rest } = sampled;
  if (dynamic !== undefined) return { ...sampled, key, fields };
  return {
    ...rest,
    key,
    fields,
    origin: 'declared',
    ...(declared.native !== undefined && { native: declared.native }),
  };
}
