import { DoubleValue, kindOf, OrderedDocument, type Value, valuesEqual } from '@datamigrato/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createJsonTextReader, JsonTextError } from '../src/format/json-text.js';

const reader = createJsonTextReader({ maximumDepth: 128 });

function problemOf(text: string): { readonly problem: string; readonly position: number } {
  try {
    reader.readValue(text);
  } catch (thrown) {
    if (thrown instanceof JsonTextError) return { problem: thrown.problem, position: thrown.position };
    throw thrown;
  }
  throw new Error('it was read');
}

describe('numbers keep what their literal says', () => {
  it.each<[string, Value]>([
    ['1', 1],
    ['-1', -1],
    ['0', 0],
    ['2147483647', 2147483647],
    ['-2147483648', -2147483648],
    ['2147483648', 2147483648n],
    ['-2147483649', -2147483649n],
    ['1517966773840', 1517966773840n],
    ['9007199254740993', 9007199254740993n],
    ['-9223372036854775808', -9223372036854775808n],
    ['9223372036854775808', 9223372036854775808n],
    ['123456789012345678901234567890', 123456789012345678901234567890n],
    ['1.0', new DoubleValue(1)],
    ['1e3', new DoubleValue(1000)],
    ['-0', new DoubleValue(-0)],
    ['-0.0', new DoubleValue(-0)],
    ['0.0', new DoubleValue(0)],
    ['2147483648.0', 2147483648],
    ['6.1', 6.1],
    ['1E-7', 1e-7],
    ['0.1234567890123456789', 0.12345678901234568],
  ])('%s', (text, expected) => {
    const value = reader.readValue(text);
    expect(kindOf(value)).toBe(kindOf(expected));
    expect(valuesEqual(value, expected)).toBe(true);
  });

  it('refuses one beyond the range of a double', () => {
    expect(problemOf('1e400').problem).toBe('number-out-of-range');
  });
});

describe('documents', () => {
  it('S-12 keep __proto__, constructor and toString as ordinary fields', () => {
    const value = reader.readValue('{"__proto__":{"polluted":true},"constructor":1,"toString":null}');
    expect(Object.entries(value as object)).toEqual([
      ['__proto__', { polluted: true }],
      ['constructor', 1],
      ['toString', null],
    ]);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it('A-33 keep the order of names like 10', () => {
    const value = reader.readValue('{"b":1,"10":2,"2":3}');
    expect(value).toEqual(
      new OrderedDocument([
        ['b', 1],
        ['10', 2],
        ['2', 3],
      ]),
    );
    expect(reader.readValue('{"2":3,"10":2,"b":1}')).toEqual({ 2: 3, 10: 2, b: 1 });
  });

  it.each([
    ['{"a":1,"a":1}', 8],
    ['{"a":1,"b":{"x":1,"x":2}}', 22],
    ['{"a":1,"\\u0061":2}', 16],
    ['{"__proto__":1,"__proto__":2}', 27],
    ['{"1":1,"1":2}', 11],
  ])('A-31 with a name twice are refused: %s', (text) => {
    expect(problemOf(text).problem).toBe('duplicate-field');
  });

  it('have their key fields apart', () => {
    expect(reader.readRecord('{"b":2,"_id":{"x":1},"c":[1]}', ['_id', 'none'])).toEqual({
      key: [{ x: 1 }, undefined],
      fields: { b: 2, c: [1] },
    });
    expect(() => reader.readRecord('{"_id":1,"_id":2}', ['_id'])).toThrow('duplicate-field');
  });

  it.each(['[1]', '"text"', '5', 'null'])('are not %s', (text) => {
    expect(() => reader.readRecord(text, [])).toThrow('not-an-object');
  });
});

it('S-15 refuses what is too deep, without exhausting the stack', () => {
  expect(problemOf('['.repeat(1_000_000)).problem).toBe('too-deep');
  expect(kindOf(reader.readValue(`${'['.repeat(128)}${']'.repeat(128)}`))).toBe('array');
  expect(problemOf(`${'['.repeat(129)}${']'.repeat(129)}`).problem).toBe('too-deep');
});

it.each([
  ['', 0],
  ['{', 1],
  ['{"a"', 4],
  ['{"a":1', 6],
  ['{"a":1,}', 7],
  ['[1,]', 3],
  ['[1 2]', 3],
  ['01', 2],
  ['1.', 2],
  ['1e', 2],
  ['-', 1],
  ['+1', 0],
  ['.5', 0],
  ['tru', 0],
  ['nul', 0],
  ["{'a':1}", 1],
  ['"a\nb"', 2],
  ['"a', 2],
  ['"\\x"', 1],
  ['"\\u12"', 1],
  ['{"a":1}x', 7],
  ['NaN', 0],
  ['Infinity', 0],
  ['\u00a01', 0],
])('refuses %j at character %d', (text, position) => {
  expect(problemOf(text)).toEqual({ problem: 'syntax', position });
});

it('A-34 keeps lone surrogates, NUL, U+2028 and U+2029', () => {
  for (const text of ['\ud800', '\u0000', '\u2028\u2029', '\udc00\ud800', '😀']) {
    expect(reader.readValue(JSON.stringify(text))).toBe(text);
    expect(reader.readValue(`"${text.replaceAll('\u0000', '\\u0000')}"`)).toBe(text);
  }
});

it('agrees with JSON.parse on what is JSON, and on every value that JSON.parse can tell', () => {
  fc.assert(
    fc.property(
      fc.json({ maxDepth: 6 }),
      fc.integer({ min: 0, max: 200 }),
      fc.constantFrom('', '"', '}', ',', '0', '\\'),
      (json, at, extra) => {
        const text = json.slice(0, at) + extra + json.slice(at);
        let expected: unknown;
        let isJson = true;
        try {
          expected = JSON.parse(text);
        } catch {
          isJson = false;
        }
        let found: Value = null;
        let isRead = true;
        try {
          found = reader.readValue(text);
        } catch (thrown) {
          // What JSON.parse lets pass: a name twice, and numbers that become infinite.
          if (thrown instanceof JsonTextError && thrown.problem !== 'syntax') return;
          isRead = false;
        }
        expect(isRead).toBe(isJson);
        if (isJson) expect(plain(found)).toEqual(expected);
      },
    ),
    { numRuns: 5000 },
  );
});

/** A value as JSON.parse would have given it. */
function plain(value: Value): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof DoubleValue) return value.value;
  if (value instanceof OrderedDocument)
    return Object.fromEntries(value.entries.map(([name, inner]) => [name, plain(inner)]));
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]));
}
