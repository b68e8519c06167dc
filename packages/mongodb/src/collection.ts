import { type CallOptions, DatamigratoError, type EntityName, type Json } from '@datamigrato/core';
import { EJSON } from 'bson';
import type { Document } from 'mongodb';
import type { MongodbClient } from './client.js';
import { request } from './request.js';

/** A collection as the server's catalogue describes it. */
export interface CollectionFacts {
  readonly name: string;
  readonly type: 'collection' | 'view' | 'timeseries';
  readonly capped: boolean;
  /** Whether strings compare by another order than that of their bytes unless a query says otherwise. */
  readonly collated: boolean;
  readonly options: Document;
}

/** All collections and views of the database, by name. */
export async function listCollections(client: MongodbClient, call: CallOptions): Promise<readonly CollectionFacts[]> {
  const where = `${client.where}, listing its collections`;
  const listed = await request(call, where, () => client.database.listCollections({}, { nameOnly: false }).toArray());
  return listed.map(factsOf).sort((left, right) => (left.name < right.name ? -1 : 1));
}

/** One collection, or undefined where there is none. */
export async function findCollection(
  client: MongodbClient,
  entity: EntityName,
  call: CallOptions,
): Promise<CollectionFacts | undefined> {
  const where = `${client.where}, looking ${entity} up`;
  const listed = await request(call, where, () =>
    client.database.listCollections({ name: entity }, { nameOnly: false }).toArray(),
  );
  const found = listed.find((collection) => collection.name === entity);
  return found && factsOf(found);
}

/** One collection. Throws `DM_ENTITY_MISSING` where there is none. */
export async function requireCollection(
  client: MongodbClient,
  entity: EntityName,
  call: CallOptions,
): Promise<CollectionFacts> {
  const found = await findCollection(client, entity, call);
  if (found !== undefined) return found;
  throw new DatamigratoError({
    code: 'DM_ENTITY_MISSING',
    category: 'endpoint',
    message: `There is no collection ${entity} in ${client.where}`,
    nextStep: `run \`datamigrato inspect ${client.where}\` to see its collections`,
    context: { entity },
  });
}

/** The indexes of a collection besides that on `_id`, as `createIndexes` takes them. */
export async function listIndexes(
  client: MongodbClient,
  entity: EntityName,
  call: CallOptions,
): Promise<readonly Document[]> {
  const where = `${client.where}, listing the indexes of ${entity}`;
  const listed: readonly Document[] = await request(call, where, () =>
    client.database.collection(entity).listIndexes({ promoteValues: false }).toArray(),
  );
  return listed
    .filter((index) => index['name'] !== '_id_' && index['clustered'] === undefined)
    .map(({ v: _version, ns: _namespace, background: _background, ...index }) => index);
}

/** Why a collection is not copied unless it is named, or undefined for an ordinary one. */
export function exclusionOf(facts: CollectionFacts): string | undefined {
  if (facts.type === 'view') return "a view: its records are another collection's";
  if (facts.name.startsWith('system.')) return 'a system collection';
  if (facts.name.startsWith('enxcol_.')) return 'bookkeeping of queryable encryption';
  if (facts.type === 'timeseries') return 'a time-series collection: its measurements have no unique `_id`';
  return undefined;
}

/** A document of the catalogue as JSON that keeps its kinds. */
export function catalogueJson(document: Document): Json {
  return EJSON.serialize(document, { relaxed: false }) as Json;
}

function factsOf(listed: Document): CollectionFacts {
  const options: Document = listed['options'] ?? {};
  // The options say what a collection is even where a server calls it one.
  const type =
    options['timeseries'] !== undefined ? 'timeseries' : options['viewOn'] !== undefined ? 'view' : listed['type'];
  const locale: unknown = options['collation']?.locale;
  return {
    name: String(listed['name']),
    type: type === 'view' || type === 'timeseries' ? type : 'collection',
    capped: options['capped'] === true,
    collated: locale !== undefined && locale !== 'simple',
    options,
  };
}
