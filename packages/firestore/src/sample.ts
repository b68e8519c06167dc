import type { CallOptions, EntityName } from '@datamigrato/core';
import type { FirestoreDatabase } from './client.js';
import { embeddedIn } from './embedded-collections.js';
import { readEmbedding } from './embedding-reader.js';
import { type EntityPath, keyOfPath } from './entity-path.js';
import { joinParts } from './join-parts.js';
import { compareNames } from './name-order.js';
import type { NativeDocument } from './native-document.js';
import { entityQuery, rootCollection } from './query.js';
import { fetchDocuments } from './scan.js';

/** Documents of an entity to learn from. */
export interface DocumentSample {
  readonly documents: readonly NativeDocument[];
  /** Whether these are all. */
  readonly complete: boolean;
}

/** Where ids made by Firestore's own libraries, of 20 letters and digits, are looked at besides the first ones. */
const probes = ['8', 'G', 'P', 'W', 'e', 'm', 'u'];

/**
 * At most `sampleSize` documents: all, where there are no more, else half from the first names on and half from names all over; what is not found there, from the first as well.
 *
 * The same entity gives the same sample. No query goes backwards, for which the service would want an index.
 */
export async function sampleDocuments(
  database: FirestoreDatabase,
  entity: EntityPath,
  name: EntityName,
  call: CallOptions & { readonly sampleSize: number },
): Promise<DocumentSample> {
  const where = `${database.where}, sampling ${name}`;
  const root = `${database.documents}/`;
  const isOne = entity.keyParts === 1;
  const embedded = embeddedIn(entity, database.embed);
  const read = async (from: string | null, limit: number): Promise<readonly NativeDocument[]> => {
    if (embedded.size > 0) {
      const range = { from, to: null };
      return await firstOf(limit, readEmbedding(database, { name, entity, embedded, range }, call));
    }
    const query = entityQuery(database.documents, entity, { from, to: null }, { limit });
    const found = await fetchDocuments(database, query, call, where);
    const documents: NativeDocument[] = [];
    for (const { name: full, fields } of found)
      documents.push(await joinParts(database, { path: full.slice(root.length), fields, root }, call));
    return documents;
  };
  const first = await read(null, call.sampleSize + 1);
  const own = first.filter(({ path }) => keyOfPath(entity, path) !== undefined);
  if (first.length <= call.sampleSize) return { documents: own, complete: true };
  const each = Math.max(1, Math.floor(call.sampleSize / 2 / probes.length));
  const further: NativeDocument[] = [];
  const collection = rootCollection(entity);
  let reached = first.at(-1)?.path ?? '';
  for (const probe of probes) {
    // A group is looked at from the first document of a parent on.
    const from = isOne ? `${collection}/${probe}` : `${collection}/${probe}/${entity.collections.at(-1)}/0`;
    // What begins there has been read: ids that begin alike are all found by the first query.
    if (compareNames(from, reached) <= 0) continue;
    const found = await read(from, each);
    further.push(...found.filter(({ path }) => keyOfPath(entity, path) !== undefined));
    const last = found.at(-1);
    if (last === undefined || found.length < each) break;
    reached = last.path;
  }
  // One of the first at least.
  const fromStart = Math.max(1, call.sampleSize - further.length);
  return { documents: [...own.slice(0, fromStart), ...further], complete: false };
}

async function firstOf<Item>(limit: number, items: AsyncIterable<Item>): Promise<readonly Item[]> {
  const first: Item[] = [];
  for await (const item of items) {
    first.push(item);
    if (first.length >= limit) break;
  }
  return first;
}
