import { type ValueKind, valueKinds } from '../value/kind.js';
import { scalarText } from '../value/scalar-text.js';
import type { Value } from '../value/value.js';
import type { Shape } from './entity-schema.js';

/** Characters of an example that are shown. */
const shownCharacters = 40;

/** What a terminal or a reader might take for more than text: controls, marks that turn or hide text, halves of characters. */
const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** A value as a person may see it, strings in quotes; undefined for one that has no short text. */
export function exampleText(value: Value): string | undefined {
  const text = value === null ? undefined : scalarText(value);
  if (text === undefined) return undefined;
  const isLong = text.length > shownCharacters;
  const shown = text.slice(0, shownCharacters).replace(unprintable, '') + (isLong ? '…' : '');
  return typeof value === 'string' ? `"${shown}"` : shown;
}

/** Of two examples the one to keep, whichever was seen first. */
export function preferredExample(left: string | undefined, right: string | undefined): string | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  return left <= right ? left : right;
}

/**
 * What may be said of the values at a place without showing any: their most frequent kind that is not null and, where it is the only one and has no size of its own,
 * the largest size seen, such as `string(12)`: bytes of strings and binaries, elements of collections.
 */
export function redactedExample(shape: Omit<Shape, 'count' | 'example' | 'range'>): string | undefined {
  let first: ValueKind | undefined;
  let kinds = 0;
  for (const kind of valueKinds) {
    const count = shape.kinds[kind] ?? 0;
    if (count === 0 || kind === 'null') continue;
    kinds += 1;
    if (first === undefined || count > (shape.kinds[first] ?? 0)) first = kind;
  }
  if (first === undefined || kinds > 1) return first;
  const size = sizeShown(first, shape);
  return size === undefined ? first : `${first}(${size})`;
}

function sizeShown(kind: ValueKind, shape: Omit<Shape, 'count' | 'example' | 'range'>): number | undefined {
  switch (kind) {
    case 'string':
    case 'binary':
    case 'symbol':
      return shape.maximumBytes;
    case 'array':
    case 'set':
    case 'tuple':
    case 'map':
    case 'vector':
      return shape.maximumElements;
    default:
      return undefined;
  }
}
