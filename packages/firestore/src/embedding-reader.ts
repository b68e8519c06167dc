import type { CallOptions, EntityName } from '@datamigrato/core';
import type { FirestoreDatabase } from './client.js';
import { isPart } from './document-parts.js';
import { type EmbeddedCollections, embeddingBytesLimit, isEmbedded } from './embedded-collections.js';
import { type EntityPath, keyOfPath } from './entity-path.js';
import { joinParts } from './join-parts.js';
import { ancestorOf, pathsBelow } from './missing-parents.js';
import type { NativeDocument } from './native-document.js';
import { documentBytes } from './proto-size.js';
import { type NameRange, rootCollection, subtreeQuery } from './query.js';
import { scan } from './scan.js';

/** Where records with embedded documents are read. */
export interface EmbeddingReading {
  readonly name: EntityName;
  readonly entity: EntityPath;
  readonly embedded: EmbeddedCollections;
  readonly range: NameRange;
  /** The path of the last document that is not to be told again. */
  readonly after?: string | undefined;
}

/**
 * The documents of an entity in the order of their names, each with what is embedded in it, one at a time in memory.
 *
 * In that order whatever lies below a document comes right behind it, so that one stream of the whole subtree tells both. A document that exists only as a parent comes as an empty one.
 */
export async function* readEmbedding(
  database: FirestoreDatabase,
  { name, entity, embedded, range, after }: EmbeddingReading,
  call: CallOptions,
): AsyncGenerator<NativeDocument> {
  const root = `${database.documents}/`;
  const query = (gone: string | undefined) =>
    subtreeQuery(database.documents, rootCollection(entity), { range, after: gone ?? after });
  const depth = entity.collections.length * 2;
  let record: GrowingDocument | undefined;
  let bytes = 0;
  for await (const { documents } of scan(database, query, call, `${database.where}, reading ${name}`)) {
    for (const { name: full, fields } of documents) {
      const path = full.slice(root.length);
      const owner = recordOf(database, entity, embedded, path);
      if (owner === undefined || owner === after) continue;
      if (owner !== record?.path) {
        if (record !== undefined) yield record;
        record = { path: owner, fields: {}, root };
        bytes = 0;
      }
      if (record.oversized) continue;
      const document = await joinParts(database, { path, fields, root }, call);
      bytes += documentBytes(path, document.fields);
      if (bytes > embeddingBytesLimit) record = { path: owner, fields: {}, root, oversized: true };
      else place(record, embedded, document, depth);
    }
  }
  if (record !== undefined) yield record;
}

/** How many records {@link readEmbedding} tells of an entity. */
export async function countEmbedding(
  database: FirestoreDatabase,
  entity: EntityPath,
  embedded: EmbeddedCollections,
  call: CallOptions,
): Promise<number> {
  let count = 0;
  let last: string | undefined;
  for await (const paths of pathsBelow(database, rootCollection(entity), call)) {
    for (const path of paths) {
      const owner = recordOf(database, entity, embedded, path);
      if (owner === undefined || owner === last) continue;
      last = owner;
      count += 1;
    }
  }
  return count;
}

/** The document whose record a path belongs to: itself, or the parent that it is embedded in or tells of; undefined for none. */
function recordOf(
  database: FirestoreDatabase,
  entity: EntityPath,
  embedded: EmbeddedCollections,
  path: string,
): string | undefined {
  const owner = ancestorOf(path, entity.collections.length * 2);
  if (owner === '' || isPart(path) || keyOfPath(entity, owner) === undefined) return undefined;
  const tells = owner === path || database.missingParents || isEmbedded(embedded, path.slice(owner.length + 1));
  return tells ? owner : undefined;
}

/** A document whose embedded ones are still being told. */
interface GrowingDocument extends NativeDocument {
  fields: NativeDocument['fields'];
  incomplete?: true;
  embedded?: Map<string, GrowingDocument[]>;
}

/** Puts a document in its place below a record, or in that of the record itself; parents on the way that do not exist become empty ones. */
function place(
  record: GrowingDocument,
  embedded: EmbeddedCollections,
  { path, fields, root = '', incomplete }: NativeDocument,
  depth: number,
): void {
  const segments = path.split('/');
  let node = record;
  let inside: EmbeddedCollections | undefined = embedded;
  for (let level = depth; level < segments.length; level += 2) {
    const name = segments[level] as string;
    inside = inside?.get(name);
    // It is an entity's of its own, and tells of its parents alone.
    if (inside === undefined) return;
    node.embedded ??= new Map();
    const siblings = node.embedded.get(name) ?? [];
    node.embedded.set(name, siblings);
    const own = `${node.path}/${name}/${segments[level + 1]}`;
    const known = siblings.at(-1);
    const child: GrowingDocument = known?.path === own ? known : { path: own, fields: {}, root };
    if (child !== known) siblings.push(child);
    node = child;
  }
  node.fields = fields;
  if (incomplete) node.incomplete = true;
}
