import type { EntityPath } from './entity-path.js';
import type { ProtoFields, ProtoValue } from './proto-value.js';

/**
 * A document that would be too large with one of its fields keeps that field's value in parts, documents of a sub-collection of its own.
 *
 * In the place of the value stands `{"@dm": "split", "v": "<digest>-<count>"}`. The ids of the parts begin with the same digest of the whole value,
 * so that those of one value are never taken for those of another, whichever of several writes has come how far.
 */
export interface SplitMark {
  readonly digest: string;
  readonly count: number;
}

/** The sub-collection in which the parts of a document lie; no collection of a user's. */
export const partsCollection = 'dm_split';

/** The one field of a part, which holds a slice of the value: elements of an array, fields of a map, a piece of a text or of bytes. */
export const partField = 'part';

const markKind = 'split';
const markText = /^([0-9a-f]{32})-([1-9][0-9]{0,6})$/;

/** The mark in the form of a typed wrapper. */
export function wrappedMark({ digest, count }: SplitMark): Readonly<Record<string, string>> {
  return { '@dm': markKind, v: `${digest}-${count}` };
}

/** The mark that stands in the place of a value; undefined where the value itself does. */
function markOf(value: ProtoValue): SplitMark | undefined {
  const fields = value.mapValue?.fields;
  if (fields?.['@dm']?.stringValue !== markKind) return undefined;
  const [, digest, count] = markText.exec(fields['v']?.stringValue ?? '') ?? [];
  return digest === undefined ? undefined : { digest, count: Number(count) };
}

/** The fields of a document whose values are in parts. */
export function splitFields(fields: ProtoFields): readonly (readonly [name: string, mark: SplitMark])[] {
  const found: (readonly [string, SplitMark])[] = [];
  for (const name in fields) {
    const mark = markOf(fields[name] as ProtoValue);
    if (mark !== undefined) found.push([name, mark]);
  }
  return found;
}

/** The path of a part. In the order of names they are in the order of the value. */
export function partPath(document: string, { digest }: Pick<SplitMark, 'digest'>, index: number): string {
  return `${document}/${partsCollection}/${digest}-${String(index).padStart(8, '0')}`;
}

/** Whether a path is that of a part. */
export function isPart(path: string): boolean {
  const collectionEnd = path.lastIndexOf('/');
  return path.lastIndexOf('/', collectionEnd - 1) > 0 && path.slice(0, collectionEnd).endsWith(`/${partsCollection}`);
}

/** The parts of all documents of an entity. */
export function partsOfEntity({ collections, parents, keyParts }: EntityPath): EntityPath {
  return { collections: [...collections, partsCollection], parents: [...parents, null], keyParts: keyParts + 1 };
}

/** The parts of one document. */
export function partsOfDocument(path: string): EntityPath {
  const segments = path.split('/');
  return {
    collections: [...segments.filter((_, index) => index % 2 === 0), partsCollection],
    parents: segments.filter((_, index) => index % 2 === 1),
    keyParts: 1,
  };
}
