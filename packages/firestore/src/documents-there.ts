import type { CallOptions } from '@datamigrato/core';
import type { FirestoreDatabase } from './client.js';
import type { EntityPath } from './entity-path.js';
import { compareNames } from './name-order.js';
import type { NativeDocument } from './native-document.js';
import { entityQuery } from './query.js';
import { fetchDocuments, scan } from './scan.js';

/**
 * Those of some entities of which anything is there between the first and the last of some records: none, as a rule,
 * where records come in the order of their keys into a place that is new. Of the others each record has to be looked at by itself.
 */
export async function entitiesThere(
  database: FirestoreDatabase,
  entities: readonly EntityPath[],
  records: readonly Pick<NativeDocument, 'path'>[],
  call: CallOptions,
  where: string,
): Promise<readonly EntityPath[]> {
  const [first, ...others] = records;
  if (first === undefined) return [];
  let [from, last] = [first.path, first.path];
  for (const { path } of others) {
    if (compareNames(path, from) < 0) from = path;
    if (compareNames(path, last) > 0) last = path;
  }
  const there: EntityPath[] = [];
  for (const entity of entities) {
    const query = entityQuery(database.documents, entity, { from, to: behind(last) }, { limit: 1, namesOnly: true });
    if ((await fetchDocuments(database, query, call, where)).length > 0) there.push(entity);
  }
  return there;
}

/** The paths of an entity's documents that are a given one, or lie below it. */
export async function* pathsOfRecord(
  database: FirestoreDatabase,
  entity: EntityPath,
  path: string,
  call: CallOptions,
  where: string,
): AsyncGenerator<readonly string[]> {
  const prefix = database.documents.length + 1;
  const part = belowDocument(entity, path);
  // Bounds of a single collection have to be in it.
  const isOwn = entity.collections.length * 2 === path.split('/').length;
  const range = isOwn ? { from: path, to: behind(path) } : { from: null, to: null };
  const query = (after: string | undefined) => entityQuery(database.documents, part, range, { after, namesOnly: true });
  for await (const { documents } of scan(database, query, call, where))
    yield documents.map(({ name }) => name.slice(prefix));
}

/** The part of an entity at or below a document, whose ids are those of its parents. */
function belowDocument({ collections }: EntityPath, path: string): EntityPath {
  const ids = path.split('/').filter((_, index) => index % 2 === 1);
  const parents = collections.slice(0, -1).map((_, level) => ids[level] ?? null);
  return { collections, parents, keyParts: parents.filter((id) => id === null).length + 1 };
}

/** The first path behind a document and all that lies below it. */
function behind(path: string): string {
  return `${path}\0`;
}
