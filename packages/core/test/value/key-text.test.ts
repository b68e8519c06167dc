import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  BinaryValue,
  canonicalBytes,
  createKeyText,
  double,
  Int8Value,
  type KeyTextOptions,
  MapValue,
  ObjectIdValue,
  SetValue,
  SymbolValue,
  UuidValue,
  type Value,
  valuesEqual,
} from '../../src/index.js';
import { arbitraryString, arbitraryValue } from '../arbitrary-value.js';
import { nearMiss } from './near-miss.js';
import { propertyScale, propertySeed } from './property-runs.js';

const objectId = new ObjectIdValue(Buffer.from('507f1f77bcf86cd799439011', 'hex'));

/** What stores are like: one that takes anything, one that refuses characters of paths, one that reserves names and numbers. */
const stores: readonly (readonly [string, KeyTextOptions])[] = [
  ['any text', {}],
  ['no path characters', { forbidden: /[.$#[\]/\p{Cc}]/u }],
  ['reserved names', { forbidden: /[/~]/g, reserved: /^(?:\.{1,2}|__.*__|\d+)$/ }],
  ['short', { forbidden: /[^A-Za-z0-9_~%-]/, maximumBytes: 80 }],
];

/** Strings made to collide: prefixes, escapes, percent signs, hexadecimal digits, replacement characters. */
const arbitraryHostileKey: fc.Arbitrary<Value> = fc.oneof(
  arbitraryString,
  fc
    .array(
      fc.constantFrom(
        'i',
        's',
        'x',
        'h',
        'j',
        '~',
        '5',
        '%',
        '2',
        '7E',
        '25',
        '.',
        '/',
        '-0',
        'a',
        '\ud800',
        '\ufffd',
        '"',
        '\ufeff',
      ),
      { maxLength: 6 },
    )
    .map((parts) => parts.join('')),
  fc.stringMatching(/^[0-9a-f]{24}$/),
  fc.stringMatching(/^[a-z][a-z0-9]?~.{0,3}$/),
  fc.integer({ min: -20, max: 20 }),
  fc.integer({ min: -20, max: 20 }).map(String),
  fc.integer({ min: -20, max: 20 }).map(BigInt),
  fc.integer({ min: -20, max: 20 }).map(double),
);

describe.each(stores)('key text for %s', (name, options) => {
  const keyText = createKeyText(options);

  test('A-24, R-22 no two keys share a text, and every text that is no hash is decoded', () => {
    const seen = new Map<string, Value>();
    let compared = 0;
    let hashed = 0;
    const check = (value: Value): void => {
      const text = keyText.encode(value);
      const earlier = seen.get(text);
      if (earlier !== undefined && !valuesEqual(earlier, value)) throw new Error(`two keys have the text ${text}`);
      seen.set(text, value);
      compared += 1;
      if (Buffer.from(text).toString() !== text)
        throw new Error(`UTF-8 does not hold the text ${JSON.stringify(text)}`);
      if (keyText.isHash(text)) hashed += 1;
      else if (!valuesEqual(keyText.decode(text), value)) throw new Error(`not decoded to the same key: ${text}`);
    };
    fc.assert(
      fc.property(
        fc.oneof(arbitraryHostileKey, arbitraryValue()),
        fc.infiniteStream(fc.nat({ max: 1_000_000 })),
        (value, numbers) => {
          check(value);
          check(nearMiss(value, (bound) => (numbers.next().value as number) % bound));
        },
      ),
      { numRuns: 10_000 * propertyScale, seed: propertySeed },
    );
    expect(compared).toBeGreaterThanOrEqual(20_000);
    expect(hashed > 0).toBe(name === 'short');
  });

  test('no text has a forbidden character, is reserved or too long', () => {
    fc.assert(
      fc.property(arbitraryHostileKey, (value) => {
        const text = keyText.encode(value);
        const forbidden = options.forbidden === undefined ? /[^\s\S]/ : new RegExp(options.forbidden.source, 'u');
        expect(text.replaceAll('%', '')).not.toMatch(forbidden);
        expect(text).not.toMatch(options.reserved ?? /[^\s\S]/);
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(options.maximumBytes ?? Number.POSITIVE_INFINITY);
      }),
      { numRuns: 5_000 * propertyScale, seed: propertySeed },
    );
  });
});

describe('key text', () => {
  const keyText = createKeyText();

  test.each<readonly [Value, string]>([
    ['movie-1', 'movie-1'],
    ['', 's~'],
    ['1', '1'],
    [1, 'i~1'],
    [1n, 'l~1'],
    [double(1), 'd~1'],
    [new Int8Value(1), 'i1~1'],
    [objectId, '507f1f77bcf86cd799439011'],
    ['507f1f77bcf86cd799439011', 's~507f1f77bcf86cd799439011'],
    ['507F1F77BCF86CD799439011', '507F1F77BCF86CD799439011'],
    ['i~5', 's~i~5'],
    ['s~i~5', 's~s~i~5'],
    ['https://example.org/~user', 'https://example.org/~user'],
    [true, 'o~true'],
    [null, 'n~null'],
    [new UuidValue(Buffer.alloc(16)), 'u~00000000-0000-0000-0000-000000000000'],
    [new BinaryValue(Uint8Array.of(255, 254)), 'b~__4'],
    [new BinaryValue(Uint8Array.of(255, 254), 3), 'b~3~__4'],
    [{ b: 1, a: 2n }, 'j~{"b":1,"a":{"@dm":"int64","v":"2"}}'],
    [['a', 1], 'j~["a",1]'],
    ['\ud800', 'j~"\\ud800"'],
    [new SymbolValue('\ud800'), 'j~{"@dm":"symbol","v":"\\ud800"}'],
    [new SetValue([2, 1]), 'j~{"@dm":"set","v":[1,2]}'],
    [
      new MapValue([
        [2, 1],
        [1, 2],
      ]),
      'j~{"@dm":"map","v":[[1,2],[2,1]]}',
    ],
  ])('%o is %s', (value, text) => {
    expect(keyText.encode(value)).toBe(text);
    expect(valuesEqual(keyText.decode(text), value)).toBe(true);
  });

  test('forbidden characters and % are percent-encoded', () => {
    const paths = createKeyText({ forbidden: /[./]/ });
    expect(paths.encode('a.b/c%2E')).toBe('a%2Eb%2Fc%252E');
    expect(paths.decode('a%2Eb%2Fc%252E')).toBe('a.b/c%2E');
    expect(createKeyText({ forbidden: /[é😀]/u }).encode('é😀')).toBe('%C3%A9%F0%9F%98%80');
    expect(createKeyText({ forbidden: /~/ }).encode(5)).toBe('i%7E5');
  });

  test('reserved texts get their prefix', () => {
    const numbers = createKeyText({ reserved: /^\d+$/ });
    expect(numbers.encode('5')).toBe('s~5');
    const digits = new ObjectIdValue(Buffer.from('123456789012345678901234', 'hex'));
    expect(numbers.encode(digits)).toBe('x~123456789012345678901234');
    expect(valuesEqual(numbers.decode('x~123456789012345678901234'), digits)).toBe(true);
    expect(() => createKeyText({ reserved: /~/ }).encode(5)).toThrowError(
      expect.objectContaining({ code: 'DM_KEY_TEXT_RESERVED' }),
    );
  });

  test('a text that is too long is a hash, which says so and cannot be decoded', () => {
    const short = createKeyText({ maximumBytes: 80 });
    const fits = 'ä'.repeat(40);
    expect(short.encode(fits)).toBe(fits);
    const text = short.encode(`${fits}x`);
    expect(text).toMatch(/^h~[0-9a-f]{64}$/);
    expect(short.isHash(text)).toBe(true);
    expect(short.isHash(short.encode(text))).toBe(false);
    expect(short.encode(`${fits}y`)).not.toBe(text);
    expect(() => short.decode(text)).toThrowError(expect.objectContaining({ code: 'DM_KEY_TEXT_HASHED' }));
  });

  test.each(['i~', 'i~05', 'i~5.0', 'i~99999999999', 'zz~1', 'u~12', 'b~*', 'b~300~AA', 'j~{', 'd~x', 'o~yes'])(
    '%s is no key text',
    (text) => {
      expect(() => keyText.decode(text)).toThrowError(expect.objectContaining({ code: 'DM_KEY_TEXT_INVALID' }));
    },
  );

  test.each(['%', '%4', '%ff', '%FF', 'a%2'])('%s is not percent-encoded', (text) => {
    const paths = createKeyText({ forbidden: /\// });
    expect(() => paths.decode(text)).toThrowError(expect.objectContaining({ code: 'DM_KEY_TEXT_INVALID' }));
  });

  test.each<KeyTextOptions>([
    { maximumBytes: 10 },
    { maximumBytes: Number.NaN },
    { forbidden: /[%]/ },
    { forbidden: /\w/ },
  ])('options %o are refused', (options) => {
    expect(() => createKeyText(options)).toThrowError(expect.objectContaining({ code: 'DM_KEY_TEXT_OPTIONS' }));
  });

  test('equal keys have one text, whatever the order of their sets', () => {
    const one: Value = [new SetValue(['b', new SetValue([2, 1])])];
    const other: Value = [new SetValue([new SetValue([1, 2]), 'b'])];
    expect(Buffer.compare(canonicalBytes(one), canonicalBytes(other))).toBe(0);
    expect(keyText.encode(one)).toBe(keyText.encode(other));
  });
});
