import { type CallOptions, isDatamigratoError } from '@datamigrato/core';
import type { FirestoreDatabase } from './client.js';
import { countDocuments } from './count.js';
import { isPart } from './document-parts.js';
import { type EntityPath, keyOfPath } from './entity-path.js';
import { rootCollection, subtreeQuery } from './query.js';
import { scan } from './scan.js';

/**
 * Whether documents may lie below those of a collection, directly or not: only then one of its documents can be missing and yet be the parent of others.
 *
 * Two counts tell, which cost the service next to nothing. Where they cannot be had, the answer is yes.
 *
 * @param known - How many documents the collection itself has, where that was counted already.
 */
export async function mayHaveDescendants(
  database: FirestoreDatabase,
  collection: string,
  call: CallOptions,
  known?: number,
): Promise<boolean> {
  const where = `${database.where}, counting below ${collection}`;
  const below = subtreeQuery(database.documents, collection, {});
  const inside = {
    ...below,
    structuredQuery: { ...below.structuredQuery, from: [{ collectionId: lastOf(collection) }] },
  };
  try {
    const own = known ?? (await countDocuments(database, inside, call, where));
    const all = await countDocuments(database, below, call, where);
    return all !== own;
  } catch (error) {
    if (!isDatamigratoError(error) || call.signal.aborted) throw error;
    if (error.code !== 'DM_DEADLINE_EXCEEDED' && error.code !== 'DM_FIRESTORE_REFUSED') throw error;
    return true;
  }
}

/** The paths of the documents in and below a collection in the order of their names, as they come. */
export async function* pathsBelow(
  database: FirestoreDatabase,
  collection: string,
  call: CallOptions,
  after?: string,
): AsyncGenerator<readonly string[]> {
  const prefix = database.documents.length + 1;
  const query = (gone: string | undefined) =>
    subtreeQuery(database.documents, collection, { after: gone ?? after, namesOnly: true });
  const where = `${database.where}, looking for collections below ${collection}`;
  for await (const { documents } of scan(database, query, call, where)) {
    yield documents.map(({ name }) => name.slice(prefix));
  }
}

/** Some missing parents, with how far was looked. */
export interface MissingParents {
  readonly paths: readonly string[];
  readonly last: string;
}

/**
 * The documents of an entity that exist only as parents of others.
 *
 * In the order of names a document comes right before what lies below it, so a missing one shows by its place being skipped.
 */
export async function* missingParents(
  database: FirestoreDatabase,
  entity: EntityPath,
  call: CallOptions,
  after?: string,
): AsyncGenerator<MissingParents> {
  const depth = entity.collections.length * 2;
  // One that was told before the position is not told again.
  let known = after === undefined ? '' : ancestorOf(after, depth);
  for await (const all of pathsBelow(database, rootCollection(entity), call, after)) {
    // Parts belong to a document, and are left of one that was deleted: they tell of no parent. Nor are they a place to go on from, which says what was told.
    const paths = all.filter((path) => !isPart(path));
    if (paths.length === 0) continue;
    const missing: string[] = [];
    for (const path of paths) {
      const ancestor = ancestorOf(path, depth);
      if (ancestor === '' || ancestor === known) continue;
      known = ancestor;
      if (ancestor !== path && keyOfPath(entity, ancestor) !== undefined) missing.push(ancestor);
    }
    yield { paths: missing, last: paths.at(-1) ?? known };
  }
}

/** The first so many segments of a path; empty for a path with fewer. */
export function ancestorOf(path: string, segments: number): string {
  let end = -1;
  for (let count = 0; count < segments; count += 1) {
    end = path.indexOf('/', end + 1);
    if (end === -1) return count === segments - 1 ? path : '';
  }
  return path.slice(0, end);
}

function lastOf(collection: string): string {
  return collection.slice(collection.lastIndexOf('/') + 1);
}
