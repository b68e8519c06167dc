import {
  type CallOptions,
  createSchemaInference,
  type EntityListing,
  type EntityName,
  type EntitySchema,
  entityName,
  isDatamigratoError,
  type Source,
} from '@datamigrato/core';
import type { RealtimeClient } from './client.js';
import { codec, nativeMark, type RealtimeRecord } from './codec.js';
import { entityPathOf, keyFieldsOf } from './entity-path.js';
import { planPartitions } from './partitions.js';
import { proposeEntities } from './propose-entities.js';
import { readPartition } from './read-partition.js';
import { sampleRecords } from './sample-records.js';

/** The side of a Realtime Database that is read from. */
export function createSource(client: RealtimeClient): Source<RealtimeRecord> {
  return {
    listEntities: (call) => listEntities(client, call),
    inferSchema: (entity, call) => inferSchema(client, entity, call),
    planPartitions: (entity, call) => planPartitions(client, entity, call),
    readPartition: (partition, call) => readPartition(client, partition, call),
  };
}

/** The nodes that the user named, else what looks like collections. */
async function* listEntities(client: RealtimeClient, call: CallOptions): AsyncGenerator<EntityListing> {
  if (client.entities === undefined)
    for await (const listing of proposeEntities(client, call)) yield { ...listing, proposed: true };
  else for (const entity of client.entities) yield { entity: entityName(entity) };
}

async function inferSchema(
  client: RealtimeClient,
  entity: EntityName,
  call: CallOptions & { readonly sampleSize: number },
): Promise<EntitySchema> {
  const key = keyFieldsOf(entityPathOf(entity));
  const inference = createSchemaInference({ entity, key });
  const sample = await sampleRecords(client, entity, call);
  const decoder = codec.createDecoder({ entity, key, fields: [], origin: 'inferred' });
  for (const { record, bytes } of sample.records) {
    try {
      inference.observe(decoder.decode(record), bytes);
    } catch (error) {
      // Says nothing about the others; the migration itself reports it.
      if (!isDatamigratoError(error) || error.category !== 'record') throw error;
    }
  }
  return { ...inference.finish({ complete: sample.complete }), native: nativeMark };
}
