import { type DocumentValue, documentFrom, double, isIntegerName, setField, type Value } from '@datamigrato/core';

/**
 * Reads JSON texts into canonical values without losing what `JSON.parse` loses.
 *
 * - Integer literals become `int32`, `int64` or `varint` by size; literals with a fraction or an exponent, and `-0`, become doubles.
 * - Fields keep their order, names like `10` included; `__proto__` is a field like any other.
 * - A name that occurs twice in one object is refused.
 *
 * One pass over the text. On small records it is faster than `JSON.parse`, so there is no second way of reading.
 */
export interface JsonTextReader {
  /** The one value that the text holds. Throws {@link JsonTextError}. */
  readValue(text: string): Value;
  /** The object that the text holds, its key fields apart from the others. Throws {@link JsonTextError}. */
  readRecord(text: string, keyNames: readonly string[]): KeyedFields;
}

/** A top-level object, with the key fields taken out where they were found. */
export interface KeyedFields {
  /** In the order of the key's names; undefined where a name did not occur. */
  readonly key: readonly (Value | undefined)[];
  readonly fields: DocumentValue;
}

/** Why a text is not read, and at which character. Never quotes the text. */
export class JsonTextError extends Error {
  readonly problem: 'syntax' | 'duplicate-field' | 'not-an-object' | 'too-deep' | 'number-out-of-range';
  readonly position: number;
  constructor(problem: JsonTextError['problem'], position: number) {
    super(problem);
    this.problem = problem;
    this.position = position;
  }
}

/** How a reader differs from plain JSON. */
export interface JsonTextOptions {
  /** Levels of objects and arrays inside one another that are read. */
  readonly maximumDepth: number;
  /** What becomes of an object whose first field's name starts with `$`, once its fields are read. */
  readonly reviveDollar?: (document: DocumentValue) => Value;
}

const quote = 34;
const backslash = 92;
const dollar = 36;
const minus = 45;
const point = 46;
const zero = 48;
const nine = 57;
const comma = 44;
const colon = 58;
const openBracket = 91;
const closeBracket = 93;
const openBrace = 123;
const closeBrace = 125;

/** Makes a reader. It keeps its place in variables of its own, so it must not be called from within `reviveDollar`. */
export function createJsonTextReader(options: JsonTextOptions): JsonTextReader {
  const { maximumDepth, reviveDollar } = options;
  let text = '';
  let position = 0;
  let depth = 0;
  /** Whether the object that was read last has a first field whose name starts with `$`. */
  let isDollarObject = false;
  const noKey: (Value | undefined)[] = [];

  const fail = (problem: JsonTextError['problem'] = 'syntax'): never => {
    throw new JsonTextError(problem, position);
  };

  /** Skips white space and gives the code of the next character, NaN at the end. */
  const next = (): number => {
    for (;;) {
      const code = text.charCodeAt(position);
      if (code > 32 || !(code === 32 || code === 10 || code === 13 || code === 9)) return code;
      position += 1;
    }
  };

  const readString = (): string => {
    const start = position + 1;
    for (let index = start; ; index += 1) {
      const code = text.charCodeAt(index);
      if (code === quote) {
        position = index + 1;
        return text.slice(start, index);
      }
      if (code === backslash) return readEscapedString(start - 1, index);
      if (!(code >= 32)) {
        position = index;
        return fail();
      }
    }
  };

  /** A string with an escape in it: its end is found here, its escapes are left to `JSON.parse`. */
  const readEscapedString = (start: number, firstEscape: number): string => {
    let index = firstEscape;
    for (; ; index += 1) {
      const code = text.charCodeAt(index);
      if (code === quote) break;
      if (code === backslash) index += 1;
      else if (!(code >= 32)) {
        position = index;
        return fail();
      }
    }
    position = index + 1;
    let parsed: unknown;
    try {
      parsed = JSON.parse(text.slice(start, index + 1));
    } catch {
      position = firstEscape;
      return fail();
    }
    return typeof parsed === 'string' ? parsed : fail();
  };

  const readNumber = (first: number): Value => {
    const start = position;
    let index = start;
    let code = first;
    if (code === minus) code = text.charCodeAt(++index);
    const digits = index;
    let magnitude = 0;
    while (code >= zero && code <= nine) {
      magnitude = magnitude * 10 + (code - zero);
      code = text.charCodeAt(++index);
    }
    position = index;
    const count = index - digits;
    if (count === 0 || (count > 1 && text.charCodeAt(digits) === zero)) return fail();
    if (code === point || code === 101 || code === 69) return readDouble(start, index);
    if (first === minus) {
      if (magnitude === 0) return double(-0);
      if (count <= 9) return -magnitude;
    } else if (count <= 9) return magnitude;
    const literal = text.slice(start, index);
    const number = Number(literal);
    return number === (number | 0) ? number : BigInt(literal);
  };

  /** The index after a run of digits that begins at `index`. Throws where there is none. */
  const afterDigits = (index: number): number => {
    let end = index;
    for (let code = text.charCodeAt(end); code >= zero && code <= nine; code = text.charCodeAt(end)) end += 1;
    position = end;
    return end === index ? fail() : end;
  };

  const readDouble = (start: number, from: number): Value => {
    let index = from;
    if (text.charCodeAt(index) === point) index = afterDigits(index + 1);
    const code = text.charCodeAt(index);
    if (code === 101 || code === 69) {
      const sign = text.charCodeAt(index + 1);
      index = afterDigits(index + (sign === minus || sign === 43 ? 2 : 1));
    }
    const number = Number(text.slice(start, index));
    return Number.isFinite(number) ? double(number) : fail('number-out-of-range');
  };

  const readWord = <Word extends null | boolean>(word: string, value: Word): Word => {
    if (!text.startsWith(word, position)) fail();
    position += word.length;
    return value;
  };

  const readArray = (): Value => {
    const elements: Value[] = [];
    enter();
    if (next() === closeBracket) position += 1;
    else {
      for (;;) {
        elements.push(readAny());
        const code = next();
        if (code !== comma && code !== closeBracket) fail();
        position += 1;
        if (code === closeBracket) break;
      }
    }
    depth -= 1;
    return elements;
  };

  const enter = (): void => {
    position += 1;
    depth += 1;
    if (depth > maximumDepth) fail('too-deep');
  };

  /** The name of a member, up to and with its colon. */
  const readName = (): string => {
    if (next() !== quote) fail();
    const name = readString();
    if (next() !== colon) fail();
    position += 1;
    return name;
  };

  /** After a member: whether the object ends here. */
  const closes = (): boolean => {
    const code = next();
    if (code !== comma && code !== closeBrace) fail();
    position += 1;
    return code === closeBrace;
  };

  const readObject = (keyNames: readonly string[] | undefined, key: (Value | undefined)[]): DocumentValue => {
    const document: Record<string, Value> = {};
    let entries: [string, Value][] | undefined;
    let beginsWithDollar = false;
    enter();
    if (next() === closeBrace) position += 1;
    else {
      beginsWithDollar = text.charCodeAt(position + 1) === dollar;
      for (;;) {
        const name = readName();
        const value = readAny();
        const keyIndex = keyNames === undefined ? -1 : keyNames.indexOf(name);
        if (keyIndex >= 0) {
          if (key[keyIndex] !== undefined) fail('duplicate-field');
          key[keyIndex] = value;
        } else {
          // Asking for the member first is quick where there is none; `__proto__` is not to be asked for.
          const mayBeThere = name === '__proto__' || document[name] !== undefined;
          if (mayBeThere && Object.hasOwn(document, name)) fail('duplicate-field');
          if (entries === undefined && isIntegerName(name)) entries = Object.entries(document);
          entries?.push([name, value]);
          setField(document, name, value);
        }
        if (closes()) break;
      }
    }
    depth -= 1;
    isDollarObject = beginsWithDollar;
    return entries === undefined ? document : documentFrom(entries);
  };

  const readAny = (): Value => {
    const code = next();
    if (code === quote) return readString();
    if (code === openBrace) {
      const document = readObject(undefined, noKey);
      return isDollarObject && reviveDollar !== undefined ? reviveDollar(document) : document;
    }
    if (code === openBracket) return readArray();
    if (code === minus || (code >= zero && code <= nine)) return readNumber(code);
    if (code === 116) return readWord('true', true);
    if (code === 102) return readWord('false', false);
    if (code === 110) return readWord('null', null);
    return fail();
  };

  const begin = (newText: string): void => {
    text = newText;
    position = 0;
    depth = 0;
  };

  const end = (): void => {
    if (!Number.isNaN(next())) fail();
    text = '';
  };

  return {
    readValue(newText) {
      begin(newText);
      const value = readAny();
      end();
      return value;
    },
    readRecord(newText, keyNames) {
      begin(newText);
      if (next() !== openBrace) {
        readAny();
        end();
        return fail('not-an-object');
      }
      const key: (Value | undefined)[] = keyNames.map(() => undefined);
      const fields = readObject(keyNames, key);
      end();
      return { key, fields };
    },
  };
}
