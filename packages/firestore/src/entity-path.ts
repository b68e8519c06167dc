import { DatamigratoError, type EntityName } from '@datamigrato/core';

/**
 * Which documents an entity's name stands for: a path of collections and ids from the top of the database, in which `*` stands for any id.
 *
 * `users` are the documents of a collection, `users/*\/messages` those of that sub-collection of every user, `users/alice/messages` those of one.
 */
export interface EntityPath {
  /** The collections from the top down; one more than `parents`. */
  readonly collections: readonly string[];
  /** Ids between them; null for any. */
  readonly parents: readonly (string | null)[];
  /** How many parts a key has: one for each `*` and the document's own id. */
  readonly keyParts: number;
}

/** Any id in an entity's name. */
const anyId = '*';

/** A regular expression, as text, of names that are such paths. */
export const entityPattern = (() => {
  const segment = '(?!\\.{1,2}(?:/|$))(?!__[^/]*__(?:/|$))[^/\\uD800-\\uDFFF]+';
  return `^${segment}(?:/${segment}/${segment})*$`;
})();

const pattern = new RegExp(entityPattern, 'u');

/**
 * Understands an entity's name.
 *
 * @throws DatamigratoError `DM_FIRESTORE_PATH` where it is not the path of a collection.
 */
export function parseEntityPath(entity: EntityName): EntityPath {
  const segments = entity.split('/');
  if (segments.length % 2 === 0) throw notCollection(entity, 'it names a document, not a collection');
  if (!pattern.test(entity)) throw notCollection(entity, 'it has an empty or reserved part');
  const collections = segments.filter((_, index) => index % 2 === 0);
  const parents = segments.filter((_, index) => index % 2 === 1).map((id) => (id === anyId ? null : id));
  return { collections, parents, keyParts: parents.filter((id) => id === null).length + 1 };
}

/** The entity that a document belongs to, by its path. */
export function entityOfDocument(path: string): string {
  const segments = path.split('/');
  return segments
    .slice(0, -1)
    .map((segment, index) => (index % 2 === 1 ? anyId : segment))
    .join('/');
}

/** The key of a document: the ids in the place of each `*`, then its own; undefined for a document of another entity. */
export function keyOfPath(entity: EntityPath, path: string): readonly string[] | undefined {
  const segments = path.split('/');
  if (segments.length !== entity.collections.length * 2) return undefined;
  const key: string[] = [];
  for (const [level, collection] of entity.collections.entries()) {
    const id = segments[level * 2 + 1] as string;
    if (segments[level * 2] !== collection) return undefined;
    const parent = entity.parents[level];
    if (parent === null || parent === undefined) key.push(id);
    else if (parent !== id) return undefined;
  }
  return key;
}

/** The path of the document with a key. */
export function pathOfKey(entity: EntityPath, key: readonly string[]): string {
  const segments: string[] = [];
  let part = 0;
  for (const [level, collection] of entity.collections.entries()) {
    segments.push(collection, entity.parents[level] ?? (key[part++] as string));
  }
  return segments.join('/');
}

/** A name for records whose key has so many parts: further levels of `records` below the name until it has as many ids. */
export function entityForKey(entity: string, parts: number): string {
  const wildcards = entity.split('/').filter((segment, index) => index % 2 === 1 && segment === anyId).length;
  return entity + `/${anyId}/records`.repeat(Math.max(0, parts - 1 - wildcards));
}

/** The deepest document that is the same for all of an entity's, or undefined for the top of the database, and what lies below it. */
export function fixedParent(entity: EntityPath): { readonly path: string | undefined; readonly rest: EntityPath } {
  const firstAny = entity.parents.indexOf(null);
  const level = firstAny === -1 ? entity.parents.length : firstAny;
  const segments = entity.collections
    .slice(0, level)
    .flatMap((collection, index) => [collection, entity.parents[index] as string]);
  return {
    path: segments.length === 0 ? undefined : segments.join('/'),
    rest: {
      collections: entity.collections.slice(level),
      parents: entity.parents.slice(level),
      keyParts: entity.keyParts,
    },
  };
}

function notCollection(entity: string, why: string): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_FIRESTORE_PATH',
    category: 'usage',
    message: `"${entity}" is not a collection of Firestore: ${why}`,
    nextStep:
      'name a collection, `users`, or a sub-collection, `users/*/messages` of all or `users/alice/messages` of one',
    context: { entity },
  });
}
