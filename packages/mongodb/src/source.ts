import {
  type CallOptions,
  createSchemaInference,
  type EntityListing,
  type EntityName,
  type EntitySchema,
  entityName,
  isDatamigratoError,
  type Partition,
  type Source,
} from '@datamigrato/core';
import type { Document } from 'mongodb';
import type { MongodbClient } from './client.js';
import { codec } from './codec.js';
import {
  type CollectionFacts,
  catalogueJson,
  exclusionOf,
  listCollections,
  listIndexes,
  requireCollection,
} from './collection.js';
import { planPartitions } from './partitions.js';
import { readPartition } from './read-partition.js';
import { sampleDocuments } from './sample.js';
import { watchChanges } from './watch-changes.js';

/** The side of MongoDB that is read from. */
export function createSource(client: MongodbClient): Source<Uint8Array> {
  return {
    listEntities: (call) => listEntities(client, call),
    inferSchema: (entity, call) => inferSchema(client, entity, call),
    planPartitions: (entity, call) => planPartitions(client, entity, call),
    readPartition: (partition: Partition, call) => readPartition(client, partition, call),
    watch: (entity, call) => watchChanges(client, entity, call),
  };
}

async function* listEntities(client: MongodbClient, call: CallOptions): AsyncGenerator<EntityListing> {
  for (const facts of await listCollections(client, call)) {
    const excluded = exclusionOf(facts);
    yield { entity: entityName(facts.name), ...(excluded !== undefined && { excluded }) };
  }
}

/** What a sample of the collection shows, with the collection's options and indexes beside it. */
async function inferSchema(
  client: MongodbClient,
  entity: EntityName,
  call: CallOptions & { readonly sampleSize: number },
): Promise<EntitySchema> {
  const facts = await requireCollection(client, entity, call);
  const inference = createSchemaInference({ entity, key: [{ name: '_id', role: 'partition' }] });
  const sample = await sampleDocuments(client, facts, call);
  const decoder = codec.createDecoder({
    entity,
    key: [{ name: '_id', role: 'partition' }],
    fields: [],
    origin: 'inferred',
  });
  for (const document of sample.documents) {
    try {
      inference.observe(decoder.decode(document), document.byteLength);
    } catch (error) {
      // Says nothing about the others; the migration itself reports it.
      if (!isDatamigratoError(error) || error.category !== 'record') throw error;
    }
  }
  const schema = inference.finish({ complete: sample.complete });
  const indexes = facts.type === 'collection' ? await listIndexes(client, entity, call) : [];
  const notices = indexes.flatMap(expiryNotice);
  return { ...schema, ...(notices.length > 0 && { notices }), native: nativeSchema(facts, indexes) };
}

/** What to say of an index that makes documents expire, which their copies do not. */
function expiryNotice(index: Document): readonly string[] {
  const { expireAfterSeconds: seconds, key = {} } = index;
  if (seconds === undefined) return [];
  const fields = Object.keys(key).map((name) => JSON.stringify(name));
  return [
    `its documents expire ${Number(seconds)} s after ${fields.join(', ')}; what is copied stays unless the target lets it expire, such as MongoDB with \`createIndexes\``,
  ];
}

function nativeSchema(facts: CollectionFacts, indexes: readonly Document[]): NonNullable<EntitySchema['native']> {
  return {
    store: 'mongodb',
    type: facts.type,
    capped: facts.capped,
    options: catalogueJson(facts.options),
    indexes: indexes.map(catalogueJson),
  };
}
