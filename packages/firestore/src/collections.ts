import type { CallOptions } from '@datamigrato/core';
import type { FirestoreDatabase } from './client.js';
import { isPart } from './document-parts.js';
import { entityOfDocument } from './entity-path.js';
import { translateError } from './errors.js';
import { mayHaveDescendants, pathsBelow } from './missing-parents.js';

/** The collections at the top of a database. */
export async function topCollections(database: FirestoreDatabase, call: CallOptions): Promise<readonly string[]> {
  const { stub, documents, where } = database;
  const found: string[] = [];
  let pageToken = '';
  try {
    do {
      const page = await database.ask(stub.listCollectionIds, { parent: documents, pageSize: 300, pageToken }, call);
      found.push(...page.collectionIds);
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
  } catch (error) {
    if (call.signal.aborted) throw call.signal.reason;
    throw translateError(error, `${where}, listing its collections`);
  }
  return found;
}

/**
 * The entities that begin with a collection at the top: itself, and every path of sub-collections below it, in order.
 *
 * No index tells which sub-collections there are, so the names of all documents below are looked at, unless two counts tell that there are none.
 */
export async function entitiesBelow(
  database: FirestoreDatabase,
  collection: string,
  call: CallOptions,
): Promise<readonly string[]> {
  const found = new Set([collection]);
  if (!(await mayHaveDescendants(database, collection, call))) return [collection];
  for await (const paths of pathsBelow(database, collection, call)) {
    for (const path of paths) {
      if (isPart(path)) continue;
      const entity = entityOfDocument(path);
      if (found.has(entity)) continue;
      // Collections on the way may hold nothing but parents that are missing.
      const segments = entity.split('/');
      for (let length = 1; length <= segments.length; length += 2) found.add(segments.slice(0, length).join('/'));
    }
  }
  return [...found].sort();
}
