import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  BinaryValue,
  CodeValue,
  CounterValue,
  convertValue,
  decimal,
  double,
  Float32Value,
  GeoPointValue,
  InetValue,
  Int8Value,
  instant,
  isBoxed,
  kindOf,
  kindSymbol,
  LocalDateValue,
  LogicalTimestampValue,
  MapValue,
  ObjectIdValue,
  OrderedDocument,
  RegularExpressionValue,
  restoreValue,
  SetValue,
  TimeuuidValue,
  TupleValue,
  tagValue,
  UuidValue,
  untagValue,
  type Value,
  type ValueKind,
  type ValueType,
  VectorValue,
  valueKinds,
  valuesEqual,
  valueToText,
} from '../../src/index.js';
import { arbitraryValue, arbitraryValueOf } from '../arbitrary-value.js';
import { propertyScale, propertySeed } from './property-runs.js';

/** What a lock would say of a value's type. */
function typeOf(value: Value): ValueType {
  const kind = kindOf(value);
  if (!isBoxed(value) || value[kindSymbol] !== 'vector') return { kind };
  return { kind, element: { kind: value.elements instanceof Float32Array ? 'float32' : 'double' } };
}

const pairs = valueKinds.flatMap((from) => valueKinds.map((to) => [from, to] as const));

/** The conversions that a store may ask for, each of which must be there for some values of the kind at least. */
const natural: readonly (readonly [ValueKind, readonly ValueKind[]])[] = [
  ['int8', ['int16', 'int32', 'int64', 'varint', 'decimal', 'double', 'float32', 'string']],
  ['int16', ['int32', 'int64', 'varint', 'decimal', 'double', 'string']],
  ['int32', ['int64', 'varint', 'decimal', 'double', 'string']],
  ['int64', ['varint', 'decimal', 'string', 'double', 'int32', 'counter']],
  ['varint', ['int64', 'decimal', 'string']],
  ['counter', ['int64', 'string']],
  ['float32', ['double', 'decimal', 'string']],
  ['double', ['decimal', 'string', 'int32', 'int64', 'float32']],
  ['decimal', ['string', 'double', 'varint']],
  ['binary', ['string']],
  ['instant', ['string', 'int64', 'instant']],
  ['localDate', ['string', 'instant']],
  ['localTime', ['string', 'int64']],
  ['duration', ['string']],
  ['uuid', ['string', 'binary']],
  ['timeuuid', ['uuid', 'string', 'binary']],
  ['objectId', ['string', 'binary']],
  ['regularExpression', ['string']],
  ['logicalTimestamp', ['string', 'tuple']],
  ['code', ['string']],
  ['symbol', ['string']],
  ['pointer', ['string']],
  ['geoPoint', ['document', 'string']],
  ['reference', ['string']],
  ['vector', ['array', 'string', 'vector']],
  ['inet', ['string', 'binary']],
  ['set', ['array', 'string']],
  ['map', ['array', 'document', 'string']],
  ['tuple', ['array', 'string']],
  ['array', ['string', 'tuple']],
  ['document', ['string', 'map']],
];

describe('convertValue', () => {
  test('what it calls exact is restored to an equal value, for every pair of kinds', () => {
    const exact = new Set<string>();
    for (const [from, to] of pairs) {
      fc.assert(
        fc.property(arbitraryValueOf(from), (value) => {
          const conversion = convertValue(value, to);
          // The mapping wraps documents with a field "@dm" before it converts what holds them.
          if (!conversion?.exact || valueToText(value).includes('["@dm",')) return;
          exact.add(`${from} ${to}`);
          const restored = restoreValue(conversion.value, typeOf(value));
          if (restored === undefined || !valuesEqual(restored, value)) {
            throw new Error(`${from} to ${to} is called exact and is not`);
          }
        }),
        { numRuns: 60 * propertyScale, seed: propertySeed },
      );
    }
    for (const [from, targets] of natural) for (const to of targets) expect(exact).toContain(`${from} ${to}`);
    for (const kind of valueKinds) expect(exact).toContain(`${kind} document`);
  });

  test('gives the kind that was asked for, except an array of pairs for a map', () => {
    for (const [from, to] of pairs) {
      fc.assert(
        fc.property(arbitraryValueOf(from), (value) => {
          const conversion = convertValue(value, to);
          if (conversion === undefined) return;
          const kind = kindOf(conversion.value);
          expect(from === 'map' && to === 'document' && kind === 'array' ? to : kind).toBe(to);
        }),
        { numRuns: 10 * propertyScale, seed: propertySeed },
      );
    }
  });

  test.each<readonly [string, Value, ValueKind, Value]>([
    [
      'an object id',
      new ObjectIdValue(Buffer.from('507f1f77bcf86cd799439011', 'hex')),
      'string',
      '507f1f77bcf86cd799439011',
    ],
    ['a small integer', 5, 'int64', 5n],
    ['an integer for a store of doubles', 5, 'double', double(5)],
    ['a counter', new CounterValue(7n), 'int64', 7n],
    ['a large varint', 2n ** 70n, 'decimal', decimal('1180591620717411303424')],
    ['a float', new Float32Value(0.1), 'double', Math.fround(0.1)],
    ['a float as digits', new Float32Value(0.1), 'string', '0.1'],
    ['a double as digits', 0.1, 'decimal', decimal('0.1')],
    ['an integral double', double(5), 'int32', 5],
    ['an instant', instant(0, 1_000), 'string', '1970-01-01T00:00:00.000001Z'],
    ['a date', new LocalDateValue(1), 'instant', instant(86_400_000)],
    ['a regular expression', new RegularExpressionValue('^a/b', 'i'), 'string', '/^a/b/i'],
    ['bytes', new BinaryValue(Uint8Array.of(255, 254)), 'string', '//4='],
    ['an address', new InetValue(new Uint8Array(16)), 'string', '::'],
    [
      'a point, longitude first',
      new GeoPointValue(48, 11.5),
      'document',
      { type: 'Point', coordinates: [11.5, double(48)] },
    ],
    ['a set, sorted', new SetValue(['b', 'a', 1]), 'array', [1, 'a', 'b']],
    ['a map of strings', new MapValue([['a', 1]]), 'document', { a: 1 }],
    ['a map of numbers', new MapValue([[1, 'a']]), 'document', [[1, 'a']]],
    ['a map in a store of arrays', new MapValue([['a', 1]]), 'array', [['a', 1]]],
    ['a vector', new VectorValue(Float32Array.of(1, 0.5)), 'array', [double(1), 0.5]],
    ['a logical timestamp', new LogicalTimestampValue(4294967295, 1), 'tuple', new TupleValue([4294967295n, 1n])],
    ['a set as text', new SetValue([5n]), 'string', '{"@dm":"set","v":[{"@dm":"int64","v":"5"}]}'],
  ])('%s', (_, value, to, expected) => {
    const conversion = convertValue(value, to);
    expect(conversion?.exact).toBe(true);
    expect(valuesEqual(conversion?.value ?? null, expected)).toBe(true);
  });

  test.each<readonly [string, Value, ValueKind, Value]>([
    ['an integer beyond 2^53 to double', 2n ** 53n + 1n, 'double', 2 ** 53],
    ['a double to float', 0.1, 'float32', new Float32Value(0.1)],
    ['a decimal with an ending zero to double', decimal('1.50'), 'double', 1.5],
    ['a decimal of 20 digits to double', decimal('0.12345678901234567890'), 'double', 0.12345678901234568],
    ['nanoseconds to milliseconds', instant(1, 5), 'instant', instant(1)],
    ['nanoseconds to an integer', instant(1, 5), 'int64', 1n],
    ['a vector to 32 bits', new VectorValue(Float64Array.of(0.1)), 'vector', new VectorValue(Float32Array.of(0.1))],
    ['a binary with a subtype to string', new BinaryValue(Uint8Array.of(0), 3), 'string', 'AA=='],
    ['a string that is no usual decimal', '1e1', 'decimal', decimal('10').text === '10' ? decimal('1E+1') : null],
  ])('says that it loses something: %s', (_, value, to, expected) => {
    const conversion = convertValue(value, to);
    expect(conversion?.exact).toBe(false);
    expect(valuesEqual(conversion?.value ?? null, expected)).toBe(true);
  });

  test.each<readonly [string, Value, ValueKind]>([
    ['a fraction to an integer', 1.5, 'int32'],
    ['-0 to an integer', double(-0), 'int32'],
    ['NaN to an integer', double(Number.NaN), 'int64'],
    ['300 to int8', 300, 'int8'],
    ['2^31 to int32', 2n ** 31n, 'int32'],
    ['2^63 to int64', 2n ** 63n, 'int64'],
    ['1e300 to float', 1e300, 'float32'],
    ['10^400 to double', decimal('1E+400'), 'double'],
    ['1.0 to an integer', decimal('1.0'), 'int32'],
    ['code with a scope to string', new CodeValue('x', {}), 'string'],
    ['null to string', null, 'string'],
    ['a random uuid to one of time', new UuidValue(Buffer.alloc(16, 0x44)), 'timeuuid'],
    ['a word to an integer', 'five', 'int32'],
    ['a document to an array', {}, 'array'],
  ])('has no form for %s', (_, value, to) => {
    expect(convertValue(value, to)).toBeUndefined();
  });
});

describe('restoreValue', () => {
  test('works at every depth that the type describes', () => {
    const type: ValueType = {
      kind: 'document',
      fields: [
        { name: 'ids', type: { kind: 'set', element: { kind: 'uuid' } } },
        { name: 'scores', type: { kind: 'map', key: { kind: 'int64' }, value: { kind: 'float32' } } },
        { name: 'pair', type: { kind: 'tuple', elements: [{ kind: 'int8' }, { kind: 'objectId' }] } },
      ],
    };
    const uuid = '00112233-4455-6677-8899-aabbccddeeff';
    const stored: Value = {
      ids: [uuid],
      scores: [['9007199254740993', 0.5]],
      pair: [5, null],
      other: { '@dm': 'int64', v: '5' },
    };
    const expected: Value = {
      ids: new SetValue([new UuidValue(Buffer.from(uuid.replaceAll('-', ''), 'hex'))]),
      scores: new MapValue([[9007199254740993n, new Float32Value(0.5)]]),
      pair: new TupleValue([new Int8Value(5), null]),
      other: 5n,
    };
    expect(valuesEqual(restoreValue(stored, type) ?? null, expected)).toBe(true);
  });

  test.each<readonly [string, Value, ValueType]>([
    ['a fraction as an integer', 5.5, { kind: 'int32' }],
    ['a word as a uuid', 'abc', { kind: 'uuid' }],
    ['broken text as a set', '{"@dm":"set"', { kind: 'set' }],
    ['text of another kind as a set', '[1]', { kind: 'set' }],
    ['a wrapper of another kind', { '@dm': 'int64', v: '5' }, { kind: 'int32' }],
    ['a document as a point', { type: 'Line', coordinates: [1, 2] }, { kind: 'geoPoint' }],
    ['a point with a field too many', { type: 'Point', coordinates: [1, 2], crs: 1 }, { kind: 'geoPoint' }],
    ['five bytes as an address', new BinaryValue(new Uint8Array(5)), { kind: 'inet' }],
    ['pairs of three as a map', [[1, 2, 3]], { kind: 'map' }],
    ['words as a vector', ['a'], { kind: 'vector' }],
    ['an integer beyond 2^53 as a double', 2n ** 53n + 1n, { kind: 'double' }],
    ['a negative time of day', -1n, { kind: 'localTime' }],
  ])('does not make up a value from %s', (_, value, type) => {
    expect(restoreValue(value, type)).toBeUndefined();
  });

  test('a value that has its type already is returned as it is', () => {
    const value: Value = { a: [1, { b: 'c' }] };
    expect(restoreValue(value, { kind: 'document' })).toBe(value);
  });

  test('null stays null', () => {
    expect(restoreValue(null, { kind: 'uuid' })).toBeNull();
  });
});

describe('tags', () => {
  test('every value comes back from its wrapper, which needs strings and one number only', () => {
    fc.assert(
      fc.property(arbitraryValue(), (value) => {
        const tagged = tagValue(value);
        expect(Object.keys(tagged).slice(0, 2)).toEqual(['@dm', 'v']);
        expect(typeof tagged['v']).toBe('string');
        expect(valuesEqual(untagValue(tagged), value)).toBe(true);
        expect(valuesEqual(untagValue({ a: [new SetValue([tagged])] }), { a: [new SetValue([value])] })).toBe(true);
      }),
      { numRuns: 10_000 * propertyScale, seed: propertySeed },
    );
  });

  test('a document of a user that looks like a wrapper is one inside a wrapper', () => {
    const user: Value = { '@dm': 'int64', v: '5' };
    expect(tagValue(user)).toEqual({ '@dm': 'document', v: '[["@dm","int64"],["v","5"]]' });
    expect(valuesEqual(untagValue(tagValue(user)), user)).toBe(true);
    expect(valuesEqual(restoreValue(tagValue(user), { kind: 'document' }) ?? null, user)).toBe(true);
  });

  test('what has no wrapper is returned as it is, and nothing is changed', () => {
    const value: Value = {
      a: [1, { b: new SetValue([2]) }],
      c: new OrderedDocument([
        ['2', 1],
        ['1', 2],
      ]),
    };
    expect(untagValue(value)).toBe(value);
    const tagged: Value = { a: [{ '@dm': 'int8', v: '5' }] };
    const before = JSON.stringify(tagged);
    expect(valuesEqual(untagValue(tagged), { a: [new Int8Value(5)] })).toBe(true);
    expect(JSON.stringify(tagged)).toBe(before);
  });

  test('a malformed wrapper is refused with its place', () => {
    expect(() => untagValue({ a: [{ '@dm': 'int8', v: '500' }] })).toThrowError(
      expect.objectContaining({ code: 'DM_TAG_INVALID', category: 'record', context: { path: '$.a[0].v' } }),
    );
  });

  test('a number of the wrapper may come back from the store as another kind', () => {
    expect(valuesEqual(untagValue({ '@dm': 'binary', v: 'AQ==', t: 4n }), new BinaryValue(Uint8Array.of(1), 4))).toBe(
      true,
    );
    expect(
      valuesEqual(untagValue({ '@dm': 'binary', v: 'AQ==', t: double(4) }), new BinaryValue(Uint8Array.of(1), 4)),
    ).toBe(true);
  });

  test('a time uuid restored from a plain one keeps its kind', () => {
    const value = new TimeuuidValue(Buffer.from('e23f1e0001c511ee8be41b2a3f4d5c6e', 'hex'));
    const stored = convertValue(value, 'uuid')?.value ?? null;
    expect(kindOf(stored)).toBe('uuid');
    expect(valuesEqual(restoreValue(stored, { kind: 'timeuuid' }) ?? null, value)).toBe(true);
  });
});
