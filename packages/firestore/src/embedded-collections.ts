import type { EntityPath } from './entity-path.js';

/** The sub-collections that lie in the records of their parents as arrays, by name, each with those that lie in its own documents. */
export type EmbeddedCollections = ReadonlyMap<string, EmbeddedCollections>;

/** The field of an embedded document's map that holds its id. No field of a document can have this name in Firestore itself, which reserves it. */
export const idField = '__id__';

/** Most bytes, roughly, of a record with all that is embedded in it: what the roomiest of stores takes as one document. */
export const embeddingBytesLimit = 16 * 1024 * 1024;

/** What is embedded in the documents of an entity, of all that a user wants embedded: paths in which every id is `*`, such as `users/*\/messages`. */
export function embeddedIn({ collections }: EntityPath, embed: readonly string[]): EmbeddedCollections {
  const paths = embed.map((path) => path.split('/').filter((_, index) => index % 2 === 0));
  const below = (parents: readonly string[]): EmbeddedCollections =>
    new Map(
      paths
        .filter((path) => path.length === parents.length + 1 && parents.every((name, level) => path[level] === name))
        .map((path) => [path.at(-1) ?? '', below(path)] as const),
    );
  return below(collections);
}

/** The entities of all documents that are embedded in those of an entity, directly or not, parents ahead of what lies below them. */
export function embeddedEntities(parent: EntityPath, embedded: EmbeddedCollections): readonly EntityPath[] {
  return [...embedded].flatMap(([name, inside]) => {
    const entity = entityBelow(parent, name);
    return [entity, ...embeddedEntities(entity, inside)];
  });
}

/** Whether what lies at a path below a document of the entity, such as `messages/1`, is embedded in it. */
export function isEmbedded(embedded: EmbeddedCollections, below: string): boolean {
  let inside: EmbeddedCollections | undefined = embedded;
  for (const [index, segment] of below.split('/').entries()) {
    if (index % 2 === 0) inside = inside?.get(segment);
  }
  return inside !== undefined;
}

function entityBelow({ collections, parents, keyParts }: EntityPath, name: string): EntityPath {
  return { collections: [...collections, name], parents: [...parents, null], keyParts: keyParts + 1 };
}
