import { compareStrings, type Json } from '@datamigrato/core';

/** A record as the store keeps it: typed JSON text of its key and of its fields. */
export interface StoredRecord {
  readonly key: string;
  readonly fields: string;
}

/** What the store is asked, as it goes over the wire. */
export type StoreRequest = { readonly place: string; readonly entity: string; readonly password: string | null } & (
  | { readonly ask: 'entities' }
  | { readonly ask: 'schema' }
  | { readonly ask: 'count' }
  | { readonly ask: 'read'; readonly slice: KeySlice; readonly after: string | null; readonly most: number }
  | { readonly ask: 'make'; readonly schema: string }
  | { readonly ask: 'write'; readonly records: readonly StoredRecord[]; readonly over: boolean }
  | { readonly ask: 'delete'; readonly keys: readonly string[] | null }
  /** Without a position: for the one of now. */
  | { readonly ask: 'changes'; readonly after: Json; readonly most: number }
  | { readonly ask: 'drop' }
  | { readonly ask: 'drop-place' }
);

/** The keys whose hash gives this remainder. */
export interface KeySlice {
  readonly remainder: number;
  readonly divisor: number;
}

/** A change of an entity; one without fields is a deletion. */
interface StoredChange {
  readonly key: string;
  readonly fields: string | null;
}

/** What it answers. `taken` are the indexes of records that were not written since their keys were there. */
export interface StoreAnswer {
  readonly missing?: true;
  readonly refused?: true;
  readonly entities?: readonly string[];
  readonly schema?: string;
  readonly count?: number;
  readonly records?: readonly StoredRecord[];
  readonly taken?: readonly number[];
  readonly changes?: readonly StoredChange[];
  /** Where the changes told end. Absent where the store does not know the position that was asked about. */
  readonly position?: number;
  /** The store tells nobody of changes. */
  readonly untold?: true;
}

interface StoredEntity {
  readonly schema: string;
  readonly records: Map<string, string>;
  /** Whatever became of it since it was made. */
  readonly changes: StoredChange[];
}

/** A small store: places with entities with records, sorted by key. */
export class ReferenceStore {
  readonly #places = new Map<string, Map<string, StoredEntity>>();
  readonly password: string;
  readonly #tellsChanges: boolean;

  constructor(password: string, { tellsChanges = true }: { readonly tellsChanges?: boolean } = {}) {
    this.password = password;
    this.#tellsChanges = tellsChanges;
  }

  answer(request: StoreRequest): StoreAnswer {
    if (request.password !== this.password) return { refused: true };
    const entities = this.#places.get(request.place) ?? new Map<string, StoredEntity>();
    switch (request.ask) {
      case 'entities':
        return { entities: [...entities.keys()] };
      case 'make':
        this.#places.set(request.place, entities);
        if (!entities.has(request.entity))
          entities.set(request.entity, { schema: request.schema, records: new Map(), changes: [] });
        return {};
      case 'drop':
        entities.delete(request.entity);
        return {};
      case 'drop-place':
        this.#places.delete(request.place);
        return {};
      default:
    }
    const entity = entities.get(request.entity);
    if (entity === undefined) return { missing: true };
    const { records, changes } = entity;
    switch (request.ask) {
      case 'schema':
        return { schema: entity.schema };
      case 'count':
        return { count: records.size };
      case 'read':
        return { records: page(records, request) };
      case 'write': {
        const taken = request.over
          ? []
          : request.records.flatMap(({ key }, index) => (records.has(key) ? [index] : []));
        for (const [index, { key, fields }] of request.records.entries())
          if (!taken.includes(index)) {
            records.set(key, fields);
            changes.push({ key, fields });
          }
        return { taken };
      }
      case 'delete': {
        const count = records.size;
        for (const key of request.keys ?? [...records.keys()])
          if (records.delete(key)) changes.push({ key, fields: null });
        return { count: count - records.size };
      }
      case 'changes': {
        if (!this.#tellsChanges) return { untold: true };
        const after = request.after ?? changes.length;
        if (typeof after !== 'number' || after > changes.length) return {};
        const told = changes.slice(after, after + request.most);
        return { changes: told, position: after + told.length };
      }
      default:
        return {};
    }
  }
}

function page(
  records: ReadonlyMap<string, string>,
  { slice, after, most }: { readonly slice: KeySlice; readonly after: string | null; readonly most: number },
): readonly StoredRecord[] {
  return [...records.keys()]
    .filter(
      (key) => hashOf(key) % slice.divisor === slice.remainder && (after === null || compareStrings(key, after) > 0),
    )
    .sort(compareStrings)
    .slice(0, most)
    .map((key) => ({ key, fields: records.get(key) ?? '' }));
}

/** FNV-1a, so that keys fall into slices evenly. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0;
  return hash;
}
