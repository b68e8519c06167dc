import { hash } from 'node:crypto';
import { DatamigratoError } from '../error/datamigrato-error.js';
import { BinaryValue } from './binary.js';
import { ObjectIdValue } from './identifier.js';
import { kindSymbol, type ValueKind } from './kind.js';
import { compilePercentEncoding, type PercentEncoding } from './percent-encoding.js';
import { scalarFromText, scalarText } from './scalar-text.js';
import { sortUnordered } from './sort-unordered.js';
import { valueFromText, valueToText } from './text.js';
import { isBoxed, kindOf, type Value } from './value.js';

/** What a store lets a key look like. */
export interface KeyTextOptions {
  /** Longest text in bytes of UTF-8, at least 80. A longer one is replaced by its hash. */
  readonly maximumBytes?: number;
  /** Matches a single character that the store refuses; it is percent-encoded, and so is `%`. It must not match `%`, digits or the letters `A` to `F`. */
  readonly forbidden?: RegExp;
  /** Matches a whole text that the store refuses or takes for something else, such as `..` or a number. Such a key gets its prefix. */
  readonly reserved?: RegExp;
}

/** Turns keys of any kind into text and back: two keys have one text only where `valuesEqual` holds. */
export interface KeyText {
  /**
   * - A string stays itself, unless it could be mistaken for one of the forms below: then it is `s~` and the string. So is the empty string.
   * - An object id is its 24 lower-case hexadecimal digits.
   * - Any other kind is a prefix and its plain text: `i~5` (`int32`), `l~5` (`int64`), `d~5` (`double`), `u~…` (`uuid`), `b~…` (binary, as base64url), and so on.
   * - What holds other values is `j~` and its typed JSON text. Documents keep the order of their fields there, since a store that takes documents as keys tells them apart by it; sets and maps are sorted.
   * - A text longer than the limit is `h~` and its SHA-256 in hexadecimal. It cannot be decoded: the key must be stored beside it.
   *
   * @throws DM_KEY_TEXT_RESERVED when even the prefixed text is reserved.
   */
  encode(value: Value): string;
  /**
   * @throws DM_KEY_TEXT_HASHED for a hash, and DM_KEY_TEXT_INVALID for a text that `encode` does not make.
   */
  decode(text: string): Value;
  /** Whether a text of `encode` is a hash, so that the key must be stored beside it. */
  isHash(text: string): boolean;
}

const prefixes = {
  null: 'n',
  boolean: 'o',
  int8: 'i1',
  int16: 'i2',
  int32: 'i',
  int64: 'l',
  varint: 'v',
  counter: 'c',
  float32: 'f',
  double: 'd',
  decimal: 'm',
  string: 's',
  binary: 'b',
  instant: 't',
  localDate: 'td',
  localTime: 'tt',
  duration: 'tp',
  logicalTimestamp: 'tl',
  uuid: 'u',
  timeuuid: 'u1',
  objectId: 'x',
  inet: 'a',
  reference: 'r',
  symbol: 'y',
  geoPoint: 'g',
} as const satisfies Partial<Record<ValueKind, string>>;

type PrefixedKind = keyof typeof prefixes;

const kindsByPrefix: ReadonlyMap<string, PrefixedKind> = new Map(
  Object.entries(prefixes).map(([kind, prefix]) => [prefix, kind as PrefixedKind]),
);
const otherPrefix = 'j';
const hashPrefix = 'h';

/** All texts that are or may one day be a prefixed form. */
const prefixPattern = /^([a-z][a-z0-9]?)~/;
const objectIdPattern = /^[0-9a-f]{24}$/;
const shortestMaximum = 80;

/**
 * Makes the key text for a store.
 *
 * @throws DM_KEY_TEXT_OPTIONS when the options leave no text to encode with.
 */
export function createKeyText(options: KeyTextOptions = {}): KeyText {
  return new PrefixedKeyText(options);
}

class PrefixedKeyText implements KeyText {
  readonly #maximumBytes: number;
  readonly #percent: PercentEncoding | undefined;
  readonly #reserved: RegExp | undefined;

  constructor(options: KeyTextOptions) {
    const { maximumBytes = Number.POSITIVE_INFINITY, forbidden, reserved } = options;
    if (!(maximumBytes >= shortestMaximum)) throw unusable(`a key text has at least ${shortestMaximum} bytes`);
    this.#maximumBytes = maximumBytes;
    this.#percent = forbidden === undefined ? undefined : compilePercentEncoding(forbidden);
    if (forbidden !== undefined && this.#percent === undefined) {
      throw unusable('a store that forbids %, digits or A to F cannot have percent-encoded keys');
    }
    this.#reserved =
      reserved === undefined ? undefined : new RegExp(reserved.source, reserved.flags.replace(/[gy]/g, ''));
  }

  encode(value: Value): string {
    let text = typedText(value);
    if (this.#reserved?.test(text)) {
      text = prefixedText(value);
      if (this.#reserved.test(text)) {
        throw new DatamigratoError({
          code: 'DM_KEY_TEXT_RESERVED',
          category: 'record',
          message: `a key of kind ${kindOf(value)} has no text that the store does not reserve`,
          nextStep: 'Choose another key field.',
        });
      }
    }
    const encoded = this.#percent?.encode(text) ?? text;
    if (encoded.length * 3 <= this.#maximumBytes || Buffer.byteLength(encoded) <= this.#maximumBytes) return encoded;
    return this.#hashText(text);
  }

  decode(text: string): Value {
    const typed = this.#percent === undefined ? text : this.#percent.decode(text);
    if (typed === undefined) throw invalid();
    const prefix = prefixPattern.exec(typed)?.[1];
    if (prefix === undefined) return objectIdPattern.test(typed) ? new ObjectIdValue(Buffer.from(typed, 'hex')) : typed;
    const value = fromPrefixed(prefix, typed.slice(prefix.length + 1));
    if (value === undefined) throw invalid();
    return value;
  }

  isHash(text: string): boolean {
    return (this.#percent?.decode(text) ?? text).startsWith(`${hashPrefix}~`);
  }

  #hashText(text: string): string {
    const hashed = `${hashPrefix}~${hash('sha256', text)}`;
    return this.#percent?.encode(hashed) ?? hashed;
  }
}

function typedText(value: Value): string {
  if (typeof value === 'string') {
    const ambiguous = value === '' || prefixPattern.test(value) || objectIdPattern.test(value) || !value.isWellFormed();
    return ambiguous ? prefixedText(value) : value;
  }
  return isBoxed(value) && value[kindSymbol] === 'objectId' ? (scalarText(value) ?? '') : prefixedText(value);
}

function prefixedText(value: Value): string {
  const kind = kindOf(value);
  if (isBoxed(value) && value[kindSymbol] === 'binary') {
    const bytes = Buffer.from(value.bytes).toString('base64url');
    return value.subtype === 0 ? `b~${bytes}` : `b~${value.subtype}~${bytes}`;
  }
  const text = kind in prefixes ? scalarText(value) : undefined;
  // Typed JSON text escapes lone surrogates, which a store's UTF-8 cannot tell apart.
  if (text === undefined || !text.isWellFormed()) return `${otherPrefix}~${valueToText(sortUnordered(value))}`;
  return `${prefixes[kind as PrefixedKind]}~${text}`;
}

function fromPrefixed(prefix: string, text: string): Value | undefined {
  if (prefix === hashPrefix) {
    throw new DatamigratoError({
      code: 'DM_KEY_TEXT_HASHED',
      category: 'record',
      message: 'a key is a hash, from which the original key cannot be read',
      nextStep: 'Take the key from the field that was stored beside it.',
    });
  }
  if (prefix === otherPrefix) return fromTypedText(text);
  const kind = kindsByPrefix.get(prefix);
  if (kind === undefined) return undefined;
  if (kind === 'binary') return binaryFrom(text);
  const value = scalarFromText(kind, text);
  return value !== undefined && scalarText(value) === text ? value : undefined;
}

function binaryFrom(text: string): Value | undefined {
  const match = /^(?:([1-9]\d{0,2})~)?([A-Za-z0-9_-]*)$/.exec(text);
  const subtype = Number(match?.[1] ?? 0);
  return match && subtype <= 255 ? new BinaryValue(Buffer.from(match[2] as string, 'base64url'), subtype) : undefined;
}

function fromTypedText(text: string): Value {
  try {
    return valueFromText(text);
  } catch (error) {
    throw invalid(error);
  }
}

function invalid(cause?: unknown): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_KEY_TEXT_INVALID',
    category: 'record',
    message: 'a key is not in the form that a migration gives to keys',
    nextStep: 'Migrate records that were not written by a migration without its lock file.',
    cause,
  });
}

function unusable(reason: string): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_KEY_TEXT_OPTIONS',
    category: 'usage',
    message: `the options of the key text cannot be used: ${reason}`,
    nextStep: 'Correct the limits or name rules in the connector.',
  });
}
