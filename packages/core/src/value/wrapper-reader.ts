import { BinaryValue } from './binary.js';
import { documentFrom, fieldOf, MapValue, OrderedDocument, SetValue, setField, TupleValue } from './collection.js';
import { maximumDepth } from './depth.js';
import { doubleFromText } from './float-text.js';
import { ObjectIdValue } from './identifier.js';
import { kindSymbol, type ValueKind, valueKinds } from './kind.js';
import { VectorValue } from './location.js';
import { DoubleValue } from './number.js';
import { scalarFromText } from './scalar-text.js';
import { CodeValue, PointerValue, RegularExpressionValue } from './special.js';
import { hasTagField, tagField } from './tag-field.js';
import {
  type BoxedValue,
  type DocumentValue,
  isArray,
  isBoxed,
  isDocument,
  type PlainDocument,
  type Value,
} from './value.js';

/** Steps of a path that a message shows. */
const longestPath = 20;

const kinds: ReadonlySet<string> = new Set(valueKinds);

/** What is wrong at which place of a text or value. */
export class WrapperFault extends Error {
  readonly path: string;
  constructor(path: string, reason: string) {
    super(reason);
    this.path = path;
  }
}

/**
 * Puts values in the place of their wrappers, all through a value.
 *
 * - `fresh` values come right out of `JSON.parse`: they are changed in place, and their numbers are put into canonical form.
 * - Others are never changed: what holds a wrapper is copied.
 */
export class WrapperReader {
  readonly #fresh: boolean;
  readonly #path: (string | number)[];

  constructor(origin: 'fresh' | 'shared', path: (string | number)[] = []) {
    this.#fresh = origin === 'fresh';
    this.#path = path;
  }

  read(value: Value, depth: number): Value {
    if (typeof value === 'number') return this.#fresh ? this.#number(value) : value;
    if (typeof value !== 'object' || value === null) return value;
    if (!isArray(value) && !isBoxed(value) && hasTagField(value)) return this.#wrapper(value, depth);
    this.#requireDepth(depth);
    if (isArray(value)) return this.#array(value, depth);
    return isBoxed(value) ? this.#boxed(value, depth) : this.#document(value, depth);
  }

  #requireDepth(depth: number): void {
    if (depth >= maximumDepth) throw this.#fault(`more than ${maximumDepth} levels inside one another`);
  }

  #number(value: number): Value {
    if (value === 0 && Object.is(value, -0)) return new DoubleValue(-0);
    if (!Number.isFinite(value)) throw this.#fault('a number is too large for a double');
    return value;
  }

  #array(elements: readonly Value[], depth: number): readonly Value[] {
    let result = elements as Value[];
    for (let index = 0; index < elements.length; index += 1) {
      const element = elements[index] as Value;
      if (typeof element !== 'object' && typeof element !== 'number') continue;
      this.#path.push(index);
      const read = this.read(element, depth + 1);
      this.#path.pop();
      if (read === element) continue;
      if (!this.#fresh && result === elements) result = elements.slice();
      result[index] = read;
    }
    return result;
  }

  #document(document: PlainDocument, depth: number): PlainDocument {
    let result = document as Record<string, Value>;
    for (const name of Object.keys(document)) {
      const value = document[name] as Value;
      if (typeof value !== 'object' && typeof value !== 'number') continue;
      this.#path.push(name);
      const read = this.read(value, depth + 1);
      this.#path.pop();
      if (read === value) continue;
      if (!this.#fresh && result === document) result = copyOf(document);
      setField(result, name, read);
    }
    return result;
  }

  /** A boxed value never comes out of JSON: its parts are read because a store may hold sets and not what is in them. */
  #boxed(value: BoxedValue, depth: number): Value {
    switch (value[kindSymbol]) {
      case 'set':
      case 'tuple': {
        const elements = this.#array(value.elements, depth);
        if (elements === value.elements) return value;
        return value[kindSymbol] === 'set' ? new SetValue(elements) : new TupleValue(elements);
      }
      case 'map': {
        const entries = value.entries.map(
          ([key, inner]) => [this.read(key, depth + 1), this.read(inner, depth + 1)] as const,
        );
        return entries.every(
          (entry, index) => entry[0] === value.entries[index]?.[0] && entry[1] === value.entries[index]?.[1],
        )
          ? value
          : new MapValue(entries);
      }
      case 'document': {
        if (hasTagField(value)) return this.#wrapper(Object.fromEntries(value.entries), depth);
        const entries = value.entries.map(([name, inner]) => [name, this.read(inner, depth + 1)] as const);
        return entries.every((entry, index) => entry[1] === value.entries[index]?.[1])
          ? value
          : new OrderedDocument(entries);
      }
      default:
        return value;
    }
  }

  #wrapper(document: PlainDocument, depth: number): Value {
    const kind = document[tagField];
    if (typeof kind !== 'string' || !kinds.has(kind)) throw this.#fault(`"${tagField}" is not the name of a kind`);
    for (const name of Object.keys(document)) {
      if (name !== tagField && name !== 'v' && name !== 't')
        throw this.#fault(`a wrapper of kind ${kind} has a field too many`);
    }
    const content = fieldOf(document, 'v');
    if (content === undefined) throw this.#fault(`a wrapper of kind ${kind} has no field "v"`);
    const detail = Object.hasOwn(document, 't') ? (integerOf(document['t'] as Value) ?? Number.NaN) : undefined;
    this.#path.push('v');
    const value = this.#unwrap(kind as ValueKind, content, detail, depth);
    if (value === undefined) throw this.#fault(`not a value of kind ${kind}`);
    this.#path.pop();
    return value;
  }

  #unwrap(kind: ValueKind, content: Value, detail: number | undefined, depth: number): Value | undefined {
    if (kind === 'binary') return binaryOf(content, detail ?? 0);
    if (!structured.has(kind)) {
      return typeof content === 'string' && detail === undefined ? scalarFromText(kind, content) : undefined;
    }
    if (typeof content === 'string') {
      const parsed = parseJson(content);
      return parsed !== undefined && isArray(parsed)
        ? new WrapperReader('fresh', this.#path).#restructure(kind, parsed, detail, depth)
        : undefined;
    }
    return isArray(content) ? this.#restructure(kind, content, detail, depth) : undefined;
  }

  #restructure(kind: ValueKind, parts: readonly Value[], detail: number | undefined, depth: number): Value | undefined {
    this.#requireDepth(depth);
    if (kind === 'vector') return vectorOf(parts, detail);
    if (detail !== undefined) return undefined;
    switch (kind) {
      case 'array':
        return this.#array(parts, depth);
      case 'set':
        return new SetValue(this.#array(parts, depth));
      case 'tuple':
        return new TupleValue(this.#array(parts, depth));
      case 'map':
        return new MapValue(this.#entries(parts, depth));
      case 'document':
        return this.#namedDocument(this.#entries(parts, depth));
      default:
    }
    const [first, second] = parts;
    if (parts.length !== 2 || typeof first !== 'string' || second === undefined) return undefined;
    if (kind === 'code') {
      const scope = this.read(second, depth + 1);
      return scope === null || isDocument(scope) ? new CodeValue(first, scope) : undefined;
    }
    if (typeof second !== 'string') return undefined;
    if (kind === 'regularExpression') return new RegularExpressionValue(first, second);
    const id = scalarFromText('objectId', second);
    return id instanceof ObjectIdValue ? new PointerValue(first, id) : undefined;
  }

  #entries(parts: readonly Value[], depth: number): (readonly [Value, Value])[] {
    const entries: (readonly [Value, Value])[] = [];
    for (let index = 0; index < parts.length; index += 1) {
      const part = parts[index] as Value;
      this.#path.push(index);
      if (!isArray(part) || part.length !== 2) throw this.#fault('not a pair of two values');
      entries.push([this.read(part[0] as Value, depth + 1), this.read(part[1] as Value, depth + 1)]);
      this.#path.pop();
    }
    return entries;
  }

  #namedDocument(entries: readonly (readonly [Value, Value])[]): DocumentValue {
    const names = new Set<string>();
    for (const [name] of entries) {
      if (typeof name !== 'string') throw this.#fault('the name of a field is not a string');
      if (names.has(name)) throw this.#fault('one field stands twice');
      names.add(name);
    }
    return documentFrom(entries as readonly (readonly [string, Value])[]);
  }

  #fault(reason: string): WrapperFault {
    const steps = this.#path.slice(0, longestPath).map((step) => {
      if (typeof step === 'number') return `[${step}]`;
      return /^[A-Za-z_@][\w@-]{0,60}$/.test(step) ? `.${step}` : `[${JSON.stringify(step.slice(0, 60))}]`;
    });
    if (this.#path.length > longestPath) steps.push('…');
    return new WrapperFault(`$${steps.join('')}`, reason);
  }
}

/** The kinds whose wrapper holds a JSON array. */
const structured: ReadonlySet<ValueKind> = new Set<ValueKind>([
  'array',
  'set',
  'tuple',
  'map',
  'document',
  'vector',
  'code',
  'pointer',
  'regularExpression',
]);

/** What JSON text holds, or undefined where it is no JSON. */
export function parseJson(text: string): Value | undefined {
  try {
    return JSON.parse(text) as Value;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function copyOf(document: PlainDocument): Record<string, Value> {
  const copy: Record<string, Value> = {};
  for (const name of Object.keys(document)) setField(copy, name, document[name] as Value);
  return copy;
}

/** The bytes of base64 text with padding, or undefined where it is none. */
export function bytesFromBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined;
  return Buffer.from(text, 'base64');
}

function binaryOf(content: Value, subtype: number): Value | undefined {
  if (typeof content !== 'string' || !(subtype >= 0 && subtype <= 255)) return undefined;
  const bytes = bytesFromBase64(content);
  return bytes === undefined ? undefined : new BinaryValue(bytes, subtype);
}

function vectorOf(parts: readonly Value[], bits: number | undefined): Value | undefined {
  if (bits !== 32 && bits !== 64) return undefined;
  const elements = bits === 32 ? new Float32Array(parts.length) : new Float64Array(parts.length);
  for (let index = 0; index < parts.length; index += 1) {
    const part = parts[index];
    const element = typeof part === 'string' ? doubleFromText(part) : part;
    if (typeof element !== 'number') return undefined;
    elements[index] = element;
  }
  return new VectorValue(elements);
}

/** An integer that a store may have given back as another kind of number than it was written as. */
function integerOf(value: Value): number | undefined {
  const plain = isBoxed(value) && 'value' in value ? value.value : value;
  const integer = typeof plain === 'bigint' ? Number(plain) : plain;
  return typeof integer === 'number' && Number.isInteger(integer) ? integer : undefined;
}
