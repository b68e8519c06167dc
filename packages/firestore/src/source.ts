import {
  type CallOptions,
  createSchemaInference,
  DatamigratoError,
  type EntityListing,
  type EntityName,
  type EntitySchema,
  entityName,
  isDatamigratoError,
  type KeyField,
  type Source,
} from '@datamigrato/core';
import type { FirestoreDatabase } from './client.js';
import { codecWith } from './codec.js';
import { entitiesBelow, topCollections } from './collections.js';
import { embeddedIn, embeddingBytesLimit, idField } from './embedded-collections.js';
import { type EntityPath, parseEntityPath } from './entity-path.js';
import { originalFieldName } from './field-name.js';
import { missingParents } from './missing-parents.js';
import type { NativeDocument } from './native-document.js';
import { planPartitions } from './partitions.js';
import { recordBytes } from './proto-size.js';
import { readPartition } from './read-partition.js';
import { sampleDocuments } from './sample.js';

/** The side of Firestore that is read from. */
export function createSource(database: FirestoreDatabase): Source<NativeDocument> {
  return {
    listEntities: (call) => listEntities(database, call),
    inferSchema: (entity, call) => inferSchema(database, entity, call),
    planPartitions: (entity, call) => planPartitions(database, entity, call),
    readPartition: (partition, call) => readPartition(database, partition, call),
  };
}

async function* listEntities(database: FirestoreDatabase, call: CallOptions): AsyncGenerator<EntityListing> {
  for (const collection of await topCollections(database, call)) {
    for (const entity of await entitiesBelow(database, collection, call))
      if (!database.embed.includes(entity)) yield { entity: entityName(entity) };
  }
}

async function inferSchema(
  database: FirestoreDatabase,
  name: EntityName,
  call: CallOptions & { readonly sampleSize: number },
): Promise<EntitySchema> {
  const entity = parseEntityPath(name);
  const sample = await sampleDocuments(database, entity, name, { ...call, sampleSize: Math.max(1, call.sampleSize) });
  if (sample.documents.length === 0 && !(await hasMissingParents(database, entity, call)))
    throw entityMissing(database, name);
  const key = keyFields(entity, sample.documents);
  const inference = createSchemaInference({ entity: name, key });
  const decoder = codecWith(database.embed).createDecoder({ entity: name, key, fields: [], origin: 'inferred' });
  for (const document of sample.documents.slice(0, call.sampleSize)) {
    try {
      inference.observe(decoder.decode(document), recordBytes(document));
    } catch (error) {
      // Says nothing about the others; the migration itself reports it.
      if (!isDatamigratoError(error) || error.category !== 'record') throw error;
    }
  }
  const schema = inference.finish({ complete: sample.complete && sample.documents.length <= call.sampleSize });
  const embedded = [...embeddedIn(entity, database.embed).keys()];
  return embedded.length === 0 ? schema : { ...schema, notices: embedded.map((name) => embeddingNotice(entity, name)) };
}

async function hasMissingParents(database: FirestoreDatabase, entity: EntityPath, call: CallOptions): Promise<boolean> {
  for await (const { paths } of missingParents(database, entity, call)) if (paths.length > 0) return true;
  return false;
}

/** The parts of a key by name: `users_id` for a parent in `users`, `id` for the document itself; in underscores, which no field can have, where a field of the sample has that name. */
function keyFields(entity: EntityPath, sample: readonly NativeDocument[]): readonly KeyField[] {
  const taken = new Set(sample.flatMap(({ fields }) => Object.keys(fields).map(originalFieldName)));
  const free = (wanted: string): string => {
    let name = taken.has(wanted) ? `__${wanted}__` : wanted;
    for (let attempt = 2; taken.has(name); attempt += 1) name = `__${wanted}_${attempt}__`;
    taken.add(name);
    return name;
  };
  const own = free('id');
  const parents = entity.collections
    .slice(0, -1)
    .filter((_, level) => entity.parents[level] === null)
    .map((collection): KeyField => ({ name: free(`${collection}_id`), role: 'partition' }));
  return [...parents, { name: own, role: parents.length === 0 ? 'partition' : 'clustering' }];
}

function embeddingNotice({ collections }: EntityPath, name: string): string {
  const path = [...collections, name].join('/*/');
  return `the documents of ${path} come as the array \`${name}\` of each record, in the order of their ids, which are in \`${idField}\`; a record of more than ${embeddingBytesLimit / 1_048_576} MiB with them becomes a dead letter`;
}

function entityMissing(database: FirestoreDatabase, entity: EntityName): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_ENTITY_MISSING',
    category: 'endpoint',
    message: `There are no documents in "${entity}" of ${database.where}`,
    nextStep: 'run `datamigrato inspect` to see the collections there are; names are case-sensitive',
    context: { entity },
  });
}
