import { kindSymbol } from './kind.js';
import type { DocumentValue, PlainDocument, Value } from './value.js';

/** Distinct values without an order of their own. Two sets are equal when they hold equal elements. */
export class SetValue {
  declare readonly [kindSymbol]: 'set';
  readonly elements: readonly Value[];
  constructor(elements: readonly Value[]) {
    this.elements = elements;
  }
}

/** Pairs of key and value where the keys may be of any kind. Order is not data. */
export class MapValue {
  declare readonly [kindSymbol]: 'map';
  readonly entries: readonly (readonly [Value, Value])[];
  constructor(entries: readonly (readonly [Value, Value])[]) {
    this.entries = entries;
  }
}

/** A fixed number of elements, each with its own type. An absent element is null. */
export class TupleValue {
  declare readonly [kindSymbol]: 'tuple';
  readonly elements: readonly Value[];
  constructor(elements: readonly Value[]) {
    this.elements = elements;
  }
}

/**
 * A document whose order of fields a plain object would lose (a name like `10` after a name like `b`), as its entries.
 *
 * Its kind is `document`, and it equals a plain document with the same fields. Names are distinct: a store's record with one name twice is refused on decoding.
 */
export class OrderedDocument {
  declare readonly [kindSymbol]: 'document';
  readonly entries: readonly (readonly [string, Value])[];
  constructor(entries: readonly (readonly [string, Value])[]) {
    this.entries = entries;
  }
}

for (const [type, kind] of [
  [SetValue, 'set'],
  [MapValue, 'map'],
  [TupleValue, 'tuple'],
  [OrderedDocument, 'document'],
] as const) {
  Object.defineProperty(type.prototype, kindSymbol, { value: kind });
}

/** The fields of a document in order. */
export function documentEntries(document: DocumentValue): readonly (readonly [string, Value])[] {
  return isOrdered(document) ? document.entries : Object.entries(document);
}

/** The value of a field, or undefined where the document lacks it. Inherited properties are never seen. */
export function fieldOf(document: DocumentValue, name: string): Value | undefined {
  if (isOrdered(document)) return document.entries.find((entry) => entry[0] === name)?.[1];
  return Object.hasOwn(document, name) ? document[name] : undefined;
}

/**
 * A document from its entries in order: a plain object where that keeps the order, else an {@link OrderedDocument}.
 *
 * The names must be distinct.
 */
export function documentFrom(entries: readonly (readonly [string, Value])[]): DocumentValue {
  let integerNames = false;
  for (const entry of entries) {
    if (isIntegerName(entry[0])) {
      integerNames = true;
      break;
    }
  }
  const document: Record<string, Value> = {};
  for (const [name, value] of entries) setField(document, name, value);
  if (!integerNames) return document;
  const names = Object.keys(document);
  return names.length === entries.length && entries.every((entry, index) => entry[0] === names[index])
    ? document
    : new OrderedDocument(entries);
}

/** Whether a plain object would move this name to its front, as it does with canonical array indexes. */
export function isIntegerName(name: string): boolean {
  const first = name.charCodeAt(0);
  if (!(first >= 48 && first <= 57) || name.length > 10) return false;
  if (first === 48) return name.length === 1;
  for (let index = 1; index < name.length; index += 1) {
    const code = name.charCodeAt(index);
    if (code < 48 || code > 57) return false;
  }
  return Number(name) < 4294967295;
}

/** A document as a plain object, for callers to whom the order of fields does not matter. */
export function plainDocument(document: DocumentValue): PlainDocument {
  if (!isOrdered(document)) return document;
  const plain: Record<string, Value> = {};
  for (const [name, value] of document.entries) setField(plain, name, value);
  return plain;
}

/**
 * Sets a field of a document under construction, as an own property whatever its name.
 *
 * Documents are ordinary objects, since V8 keeps objects with a null prototype in its slow form; only `__proto__` needs care, which an assignment would not store as a field.
 */
export function setField(document: Record<string, Value>, name: string, value: Value): void {
  if (name === '__proto__')
    Object.defineProperty(document, name, { value, enumerable: true, configurable: true, writable: true });
  else document[name] = value;
}

/** Whether a document is in the form that keeps its order by itself. */
export function isOrdered(document: DocumentValue): document is OrderedDocument {
  return (document as { readonly [kindSymbol]?: 'document' })[kindSymbol] !== undefined;
}
