import { maximumDepth, tooDeep } from './depth.js';
import { doubleText } from './float-text.js';
import { hexadecimal } from './identifier.js';
import { kindSymbol } from './kind.js';
import { boxedScalarText } from './scalar-text.js';
import { tagField } from './tag-field.js';
import { type BoxedValue, type DocumentValue, isArray, isBoxed, isInt64, type Value } from './value.js';

/**
 * Whether a value has something that plain JSON cannot tell, so that its text needs a wrapper somewhere.
 *
 * @throws DM_VALUE_TOO_DEEP
 */
export function needsWrapper(value: Value, depth: number): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return false;
    case 'number':
      return value === 0 ? Object.is(value, -0) : !Number.isFinite(value);
    case 'bigint':
      return true;
    default:
  }
  if (value === null) return false;
  if (depth >= maximumDepth) throw tooDeep();
  if (isArray(value)) {
    for (let index = 0; index < value.length; index += 1) {
      if (needsWrapper(value[index] as Value, depth + 1)) return true;
    }
    return false;
  }
  if (isBoxed(value)) return true;
  for (const name in value) {
    if (name === tagField || needsWrapper(value[name] as Value, depth + 1)) return true;
  }
  return false;
}

/** The typed JSON text of a value of any kind. */
export function writeText(value: Value, depth: number): string {
  switch (typeof value) {
    case 'string':
      return quote(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'number': {
      const text = doubleText(value);
      return Number.isFinite(value) && text !== '-0' ? text : `{"@dm":"double","v":"${text}"}`;
    }
    case 'bigint':
      return `{"@dm":"${isInt64(value) ? 'int64' : 'varint'}","v":"${value.toString()}"}`;
    default:
  }
  if (value === null) return 'null';
  if (depth >= maximumDepth) throw tooDeep();
  if (isArray(value)) return writeArray(value, depth);
  return isBoxed(value) ? writeBoxed(value, depth) : writeDocument(value, depth);
}

function writeArray(elements: readonly Value[], depth: number): string {
  let text = '[';
  for (let index = 0; index < elements.length; index += 1) {
    if (index > 0) text += ',';
    text += writeText(elements[index] as Value, depth + 1);
  }
  return `${text}]`;
}

function writeDocument(document: { readonly [name: string]: Value }, depth: number): string {
  if (Object.hasOwn(document, tagField)) {
    return `{"@dm":"document","v":${writeEntries(Object.entries(document), depth)}}`;
  }
  let text = '{';
  let separator = '';
  for (const name of Object.keys(document)) {
    text += `${separator}${quoteName(name)}${writeText(document[name] as Value, depth + 1)}`;
    separator = ',';
  }
  return `${text}}`;
}

function writeBoxed(value: BoxedValue, depth: number): string {
  const kind = value[kindSymbol];
  const scalar = boxedScalarText(value);
  if (scalar !== undefined) return `{"@dm":"${kind}","v":${quote(scalar)}}`;
  if (value[kindSymbol] === 'binary') return `{"@dm":"binary","v":"${base64(value.bytes)}"${typeDetail(value)}}`;
  return `{"@dm":"${kind}","v":${structureText(value, depth)}${typeDetail(value)}}`;
}

function typeDetail(value: BoxedValue): string {
  const detail = wrapperDetail(value);
  return detail === undefined ? '' : `,"t":${detail}`;
}

/** What a wrapper says of a value beside its kind, as its `t`: the subtype of a binary, and the bits of a vector's elements. */
export function wrapperDetail(value: Value): number | undefined {
  if (!isBoxed(value)) return undefined;
  if (value[kindSymbol] === 'binary') return value.subtype === 0 ? undefined : value.subtype;
  return value[kindSymbol] === 'vector' ? value.elements.BYTES_PER_ELEMENT * 8 : undefined;
}

/** The JSON array that stands in the wrapper of a value that one plain text cannot tell. */
export function structureText(value: readonly Value[] | DocumentValue | BoxedValue, depth: number): string {
  if (depth >= maximumDepth) throw tooDeep();
  if (isArray(value)) return writeArray(value, depth);
  if (!isBoxed(value)) return writeEntries(Object.entries(value), depth);
  switch (value[kindSymbol]) {
    case 'set':
    case 'tuple':
      return writeArray(value.elements, depth);
    case 'map':
    case 'document':
      return writeEntries(value.entries, depth);
    case 'regularExpression':
      return `[${quote(value.pattern)},${quote(value.options)}]`;
    case 'code':
      return `[${quote(value.source)},${writeText(value.scope, depth + 1)}]`;
    case 'pointer':
      return `[${quote(value.namespace)},"${hexadecimal(value.id.bytes)}"]`;
    case 'vector':
      return writeVector(value.elements);
    default:
      throw new TypeError(`a value of kind ${value[kindSymbol]} has no inner structure`);
  }
}

function writeEntries(entries: readonly (readonly [Value, Value])[], depth: number): string {
  let text = '[';
  for (let index = 0; index < entries.length; index += 1) {
    const [key, value] = entries[index] as readonly [Value, Value];
    text += `${index > 0 ? ',' : ''}[${writeText(key, depth + 1)},${writeText(value, depth + 1)}]`;
  }
  return `${text}]`;
}

function writeVector(elements: Float32Array | Float64Array): string {
  let text = '[';
  for (let index = 0; index < elements.length; index += 1) {
    const element = doubleText(elements[index] as number);
    if (index > 0) text += ',';
    text += Number.isFinite(elements[index]) && element !== '-0' ? element : `"${element}"`;
  }
  return `${text}]`;
}

/** Base64 with padding. */
export function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

// What JSON escapes: controls, the quote, the backslash, and surrogates, which it escapes when they stand alone.
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const escaped = /[\u0000-\u001f"\\\ud800-\udfff]/;

function quote(text: string): string {
  return text.length < 40 && !escaped.test(text) ? `"${text}"` : JSON.stringify(text);
}

const quotedNames = new Map<string, string>();

/** A field's name in quotes with its colon; names repeat from record to record, so that up to a thousand are kept. */
function quoteName(name: string): string {
  const known = quotedNames.get(name);
  if (known !== undefined) return known;
  const quoted = `${JSON.stringify(name)}:`;
  if (name.length > 100) return quoted;
  if (quotedNames.size >= 1_000) quotedNames.clear();
  quotedNames.set(name, quoted);
  return quoted;
}
