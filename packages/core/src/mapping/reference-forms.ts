import type { Manifest } from '../connector/manifest.js';
import { isDatamigratoError } from '../error/datamigrato-error.js';
import { documentEntries, documentFrom, fieldOf } from '../value/collection.js';
import type { ValueKind } from '../value/kind.js';
import { ReferenceValue } from '../value/location.js';
import { isTagged, taggedValue, tagValue } from '../value/tag.js';
import { type DocumentValue, isArray, isDocument, kindOf, type Value } from '../value/value.js';
import type { ReferencedEntity, ReferencePlan } from './mapping-plan.js';
import { keyTextFor } from './stored-key-text.js';

/** Puts what refers to a record into the other form, at every depth of a record's fields. Fields without any are returned as they are. */
export type ReferenceRewriter = (fields: DocumentValue) => DocumentValue;

/**
 * Compiles the way there: documents of two fields become references, or references such documents, wherever the record that they mean is moved by the same migration.
 *
 * On the way to documents, one of a user that looks like what is written goes into a wrapper, so that the way back does not take it for a reference.
 */
export function compileReferences(plan: ReferencePlan, target: Manifest): ReferenceRewriter {
  const forms = compileForms(plan, target);
  if (plan.to === 'path') return rewriter((value) => (isDocument(value) ? forms.reference(value) : undefined));
  return rewriter((value) => {
    if (value instanceof ReferenceValue) return forms.document(value);
    return isLookalike(value, forms) ? tagValue(value) : undefined;
  });
}

/** Compiles the way back, for records that were read where {@link compileReferences} led and have their kinds again. `stored` is the manifest of that store. */
export function compileReferencesBack(plan: ReferencePlan, stored: Manifest): ReferenceRewriter {
  const forms = compileForms(plan, stored);
  if (plan.to === 'path')
    return rewriter((value) => (value instanceof ReferenceValue ? forms.document(value) : undefined));
  return rewriter((value) => {
    if (!isDocument(value)) return undefined;
    const tagged = taggedValue(value);
    return tagged === undefined ? forms.reference(value) : isLookalike(tagged, forms) ? tagged : undefined;
  });
}

/** Compiles a search for what {@link compileReferences} would put into the other form: it tells each place in a record's fields, as {@link placeText} writes it. */
export function compileReferencePlaces(
  plan: ReferencePlan,
  target: Manifest,
  found: (place: string) => void,
): (fields: DocumentValue) => void {
  const forms = compileForms(plan, target);
  const inside = (value: Value, path: readonly string[]): void => {
    if (value instanceof ReferenceValue) {
      if (plan.to === 'document' && forms.document(value)) found(placeText(path));
    } else if (typeof value !== 'object' || value === null) return;
    else if (isArray(value)) for (const element of value) inside(element, [...path, '[]']);
    else if (isDocument(value)) {
      if (plan.to === 'path' && path.length > 0 && forms.reference(value)) found(placeText(path));
      else for (const [name, field] of documentEntries(value)) inside(field, [...path, name]);
    }
  };
  return (fields) => inside(fields, []);
}

/** A place in records by the names on the way, `[]` for any element of an array. */
export function placeText(path: readonly string[]): string {
  return JSON.stringify(path);
}

/** Whether the way back would change this value, were it stored as it is: a document that reads as a reference, or a wrapper of one. */
function isLookalike(value: Value, forms: ReferenceForms): boolean {
  if (!isDocument(value)) return false;
  if (!isTagged(value)) return forms.reference(value) !== undefined;
  const tagged = taggedValue(value);
  return tagged !== undefined && isLookalike(tagged, forms);
}

/** The value in its other form, which is not looked into; undefined for one that has none. */
type Rewrite = (value: Value) => Value | undefined;

/** The stores that have references hold no other collections than arrays and documents. */
function rewriter(rewrite: Rewrite): ReferenceRewriter {
  const inside = (value: Value): Value => {
    if (typeof value !== 'object' || value === null) return value;
    const whole = rewrite(value);
    if (whole !== undefined) return whole;
    if (isArray(value)) {
      const elements = value.map(inside);
      return elements.some((element, index) => element !== value[index]) ? elements : value;
    }
    return isDocument(value) ? fieldsOf(value) : value;
  };
  const fieldsOf = (document: DocumentValue): DocumentValue => {
    let changed = false;
    const entries = documentEntries(document).map(([name, value]) => {
      const rewritten = inside(value);
      if (rewritten !== value) changed = true;
      return [name, rewritten] as const;
    });
    return changed ? documentFrom(entries) : document;
  };
  return fieldsOf;
}

/** The two forms of what refers to a record, each from the other; undefined for a record of which the plan knows nothing. */
interface ReferenceForms {
  reference(document: DocumentValue): ReferenceValue | undefined;
  document(reference: ReferenceValue): DocumentValue | undefined;
}

/** A record's key as the ids in its path, and the other way round. */
interface KeyForms {
  ids(key: Value): readonly string[] | undefined;
  key(ids: readonly string[]): Value;
}

interface KnownEntity {
  readonly name: string;
  /** The segments of the path of a record; `*` for each part of its key. */
  readonly path: readonly string[];
  readonly keys: KeyForms;
}

function compileForms(plan: ReferencePlan, paths: Manifest): ReferenceForms {
  const { entityField, keyField } = plan;
  const known = plan.entities.map((entity): KnownEntity => {
    const [name, path] = plan.to === 'path' ? [entity.source, entity.target] : [entity.target, entity.source];
    const keys = plan.to === 'path' ? keyTexts(entity, paths) : plainIds(entity.parts ?? null);
    return { name, path: [...path.split('/'), anyId], keys };
  });
  const byName = new Map(known.map((entity) => [entity.name, entity]));
  const byCollections = new Map<string, KnownEntity[]>();
  for (const entity of known) {
    const collections = collectionsOf(entity.path);
    byCollections.set(collections, [...(byCollections.get(collections) ?? []), entity]);
  }
  return {
    reference(document) {
      const entries = documentEntries(document);
      // A store that keeps the order of fields has them in this one: the way back could not tell another.
      if (entries.length !== 2 || (plan.to === 'path' && entries[0]?.[0] !== entityField)) return undefined;
      const [name, key] = [fieldOf(document, entityField), fieldOf(document, keyField)];
      if (typeof name !== 'string' || key === undefined) return undefined;
      const entity = byName.get(name);
      const ids = entity?.keys.ids(key)?.values();
      if (entity === undefined || ids === undefined) return undefined;
      return new ReferenceValue(
        entity.path.map((segment) => (segment === anyId ? (ids.next().value ?? anyId) : segment)).join('/'),
      );
    },
    document({ path }) {
      const segments = path.split('/');
      const entity = byCollections
        .get(collectionsOf(segments))
        ?.find((one) => one.path.every((segment, index) => segment === anyId || segment === segments[index]));
      if (entity === undefined || entity.path.length !== segments.length) return undefined;
      const ids = segments.filter((_, index) => entity.path[index] === anyId);
      const key = keyOf(entity, ids);
      return key === undefined
        ? undefined
        : documentFrom([
            [entityField, entity.name],
            [keyField, key],
          ]);
    },
  };
}

const anyId = '*';

/** Every other segment of a path. */
function collectionsOf(path: readonly string[]): string {
  return path.filter((_, index) => index % 2 === 0).join('/');
}

/** The key that ids stand for; undefined for ids that no key becomes. */
function keyOf({ keys }: KnownEntity, ids: readonly string[]): Value | undefined {
  return ofKeyText(() => {
    const key = keys.key(ids);
    const again = keys.ids(key);
    return again?.length === ids.length && again.every((id, index) => id === ids[index]) ? key : undefined;
  });
}

/** Undefined for a key that has no text, and for a text that no key has or that is a hash. */
function ofKeyText<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    if (isDatamigratoError(error) && error.category === 'record') return undefined;
    throw error;
  }
}

/** Kinds of which a store has one key for each value, whatever else it takes for equal. */
const distinctKinds: ReadonlySet<ValueKind> = new Set(['boolean', 'string', 'objectId', 'uuid', 'binary', 'instant']);

/** One key of any kind as key text. A hash tells nothing; and where a store finds 5 by 5.0, only the kind of number that its keys have leads to their texts. */
function keyTexts({ integers }: ReferencedEntity, paths: Manifest): KeyForms {
  const text = keyTextFor(paths);
  return {
    ids(key) {
      const kind = kindOf(key);
      if (!distinctKinds.has(kind) && kind !== integers) return undefined;
      const id = ofKeyText(() => text.encode(key));
      return id === undefined || text.isHash(id) ? undefined : [id];
    },
    key: ([id = '']) => text.decode(id),
  };
}

/** Ids as the one key, or as the fields of a document of these names. */
function plainIds(parts: readonly string[] | null): KeyForms {
  const isId = (id: Value | undefined): id is string => typeof id === 'string' && id !== '' && !id.includes('/');
  return {
    ids(key) {
      if (parts === null) return isId(key) ? [key] : undefined;
      if (!isDocument(key)) return undefined;
      const entries = documentEntries(key);
      const ids = entries.map(([, id]) => id).filter(isId);
      const named = entries.length === parts.length && entries.every(([name], index) => name === parts[index]);
      return named && ids.length === parts.length ? ids : undefined;
    },
    key: (ids) =>
      parts === null ? (ids[0] ?? '') : documentFrom(parts.map((name, index) => [name, ids[index] ?? ''])),
  };
}
