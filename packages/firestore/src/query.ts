import { type EntityPath, fixedParent } from './entity-path.js';
import type { FieldEquality } from './source-filter.js';
import type { Cursor, FieldFilter, RunQueryRequest, StructuredQuery } from './stub.js';

/** The least id in the order of names; nobody can give it to a document. */
const leastId = '__id-9223372036854775808__';

const byName: StructuredQuery['orderBy'] = [{ field: { fieldPath: '__name__' }, direction: 'ASCENDING' }];

/** Part of the documents of an entity in the order of their names: from one path on, included, to another, excluded; null for no bound. */
export interface NameRange {
  readonly from: string | null;
  readonly to: string | null;
}

/** What is asked for besides the range. */
export interface QueryOptions {
  /** The path after which to go on, in place of the range's beginning. */
  readonly after?: string | undefined;
  readonly limit?: number;
  readonly offset?: number;
  /** Only the names of documents. */
  readonly namesOnly?: boolean;
  /** Equalities that all have to hold. */
  readonly equal?: readonly FieldEquality[];
}

/**
 * A query for an entity's documents by name, which needs no index of its own.
 *
 * An entity with `*` in its path is read by the id of its last collection, as a group: documents of other paths that end in the same collection come with it.
 *
 * @param documents - What names of documents begin with.
 */
export function entityQuery(
  documents: string,
  entity: EntityPath,
  range: NameRange,
  options: QueryOptions,
): RunQueryRequest {
  const { path, rest } = fixedParent(entity);
  const [collectionId = ''] = rest.collections;
  const lastCollection = rest.collections.at(-1) ?? '';
  const isGroup = rest.collections.length > 1;
  const bounds = isGroup ? subtreeBounds(path, collectionId) : { from: null, to: null };
  return {
    parent: fullName(documents, path),
    structuredQuery: {
      from: [isGroup ? { collectionId: lastCollection, allDescendants: true } : { collectionId }],
      ...boundedQuery(documents, { from: range.from ?? bounds.from, to: range.to ?? bounds.to }, options),
    },
  };
}

/** A query for all documents of a collection and below it, or of a range of them, whatever collections they are in. */
export function subtreeQuery(
  documents: string,
  collection: string,
  { range, ...options }: QueryOptions & { readonly range?: NameRange },
): RunQueryRequest {
  const slash = collection.lastIndexOf('/');
  const parent = slash === -1 ? undefined : collection.slice(0, slash);
  const bounds = subtreeBounds(parent, collection.slice(slash + 1));
  return {
    parent: fullName(documents, parent),
    structuredQuery: {
      from: [{ allDescendants: true }],
      ...boundedQuery(documents, { from: range?.from ?? bounds.from, to: range?.to ?? bounds.to }, options),
    },
  };
}

/** The path of the collection in which, or below which, all of an entity's documents are. */
export function rootCollection(entity: EntityPath): string {
  const { path, rest } = fixedParent(entity);
  const [collectionId = ''] = rest.collections;
  return path === undefined ? collectionId : `${path}/${collectionId}`;
}

function boundedQuery(documents: string, range: NameRange, options: QueryOptions): Omit<StructuredQuery, 'from'> {
  const { after, limit, offset, namesOnly, equal = [] } = options;
  const start = after === undefined ? cursor(documents, range.from, true) : cursor(documents, after, false);
  const end = cursor(documents, range.to, true);
  return {
    ...(equal.length > 0 && { where: { compositeFilter: { op: 'AND', filters: equal.map(fieldFilter) } } }),
    orderBy: byName,
    ...(start && { startAt: start }),
    ...(end && { endAt: end }),
    ...(namesOnly && { select: { fields: [{ fieldPath: '__name__' }] } }),
    ...(limit !== undefined && { limit: { value: limit } }),
    ...(offset !== undefined && { offset }),
  };
}

function fieldFilter({ fieldPath, value }: FieldEquality): FieldFilter {
  return { fieldFilter: { field: { fieldPath }, op: 'EQUAL', value } };
}

/** Every name in and below a collection is between these two. */
function subtreeBounds(parent: string | undefined, collectionId: string): NameRange {
  const collection = parent === undefined ? collectionId : `${parent}/${collectionId}`;
  return { from: `${collection}/${leastId}`, to: `${collection}\0/${leastId}` };
}

function cursor(documents: string, path: string | null, before: boolean): Cursor | undefined {
  return path === null ? undefined : { values: [{ referenceValue: `${documents}/${path}` }], before };
}

function fullName(documents: string, path: string | undefined): string {
  return path === undefined ? documents : `${documents}/${path}`;
}
