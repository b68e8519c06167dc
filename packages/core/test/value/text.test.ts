import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  BinaryValue,
  DurationValue,
  documentEntries,
  double,
  GeoPointValue,
  InetValue,
  instant,
  isDatamigratoError,
  isDocument,
  LocalDateValue,
  LocalTimeValue,
  MapValue,
  OrderedDocument,
  SetValue,
  type Value,
  valueFromText,
  valuesEqual,
  valueToText,
} from '../../src/index.js';
import { arbitraryValue } from '../arbitrary-value.js';
import { propertyScale, propertySeed } from './property-runs.js';

function nested(depth: number, wrap: (inner: Value) => Value): Value {
  let value: Value = 'core';
  for (let level = 0; level < depth; level += 1) value = wrap(value);
  return value;
}

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (isDatamigratoError(error)) return error.code;
    throw error;
  }
  return 'nothing thrown';
}

function orderOf(value: Value): string {
  return isDocument(value) ? JSON.stringify(documentEntries(value).map(([name, inner]) => [name, orderOf(inner)])) : '';
}

describe('typed JSON text', () => {
  test('R-21 100,000 generated values come back equal', () => {
    let compared = 0;
    fc.assert(
      fc.property(fc.array(arbitraryValue(), { minLength: 50, maxLength: 50 }), (values) => {
        for (const value of values) {
          const text = valueToText(value);
          const back = valueFromText(text);
          compared += 1;
          if (!valuesEqual(back, value)) throw new Error(`came back as another value: ${text}`);
          if (orderOf(back) !== orderOf(value)) throw new Error(`came back in another order: ${text}`);
        }
      }),
      { numRuns: 2_000 * propertyScale, seed: propertySeed },
    );
    expect(compared).toBeGreaterThanOrEqual(100_000);
  });

  test.each<readonly [Value, string]>([
    [5, '5'],
    [1.5, '1.5'],
    [2147483648, '2147483648'],
    [double(5), '{"@dm":"double","v":"5"}'],
    [-0, '{"@dm":"double","v":"-0"}'],
    [Number.NaN, '{"@dm":"double","v":"NaN"}'],
    [9007199254740993n, '{"@dm":"int64","v":"9007199254740993"}'],
    [2n ** 64n, '{"@dm":"varint","v":"18446744073709551616"}'],
    [new BinaryValue(Uint8Array.of(1, 2, 3)), '{"@dm":"binary","v":"AQID"}'],
    [new BinaryValue(Uint8Array.of(1), 4), '{"@dm":"binary","v":"AQ==","t":4}'],
    [instant(0), '{"@dm":"instant","v":"1970-01-01T00:00:00.000Z"}'],
    [instant(-1, 5_000), '{"@dm":"instant","v":"1969-12-31T23:59:59.999005Z"}'],
    [instant(2n ** 60n, 7), '{"@dm":"instant","v":"1152921504606846976.000007"}'],
    [new LocalDateValue(-719529), '{"@dm":"localDate","v":"-000001-12-31"}'],
    [new LocalTimeValue(50_589_000_000_000), '{"@dm":"localTime","v":"14:03:09"}'],
    [new DurationValue(14, -3, 1_500_000_000n), '{"@dm":"duration","v":"P14M-3DT1.5S"}'],
    [new InetValue(Uint8Array.of(127, 0, 0, 1)), '{"@dm":"inet","v":"127.0.0.1"}'],
    [new GeoPointValue(48.1, -0), '{"@dm":"geoPoint","v":"48.1,-0"}'],
    [new SetValue([1, 'a']), '{"@dm":"set","v":[1,"a"]}'],
    [new MapValue([[1, null]]), '{"@dm":"map","v":[[1,null]]}'],
    [{ a: [1n] }, '{"a":[{"@dm":"int64","v":"1"}]}'],
    [{ '@dm': 'int64', v: '5' }, '{"@dm":"document","v":[["@dm","int64"],["v","5"]]}'],
    [
      new OrderedDocument([
        ['b', 1],
        ['10', 2],
      ]),
      '{"@dm":"document","v":[["b",1],["10",2]]}',
    ],
    ['\ud800\u2028', '"\\ud800\u2028"'],
  ])('%o is %s', (value, text) => {
    expect(valueToText(value)).toBe(text);
    expect(valuesEqual(valueFromText(text), value)).toBe(true);
  });

  test('a document whose order a plain object would lose keeps it', () => {
    const back = valueFromText(
      valueToText(
        new OrderedDocument([
          ['b', 1],
          ['10', 1n],
          ['2', 3],
        ]),
      ),
    );
    expect(isDocument(back) && documentEntries(back).map(([name]) => name)).toEqual(['b', '10', '2']);
  });

  test('S-12 __proto__ is a field, and nothing is inherited from it', () => {
    const back = valueFromText('{"__proto__":{"admin":{"@dm":"int64","v":"1"}},"a":1}') as { admin?: unknown };
    expect(Object.keys(back)).toEqual(['__proto__', 'a']);
    expect(Object.getPrototypeOf(back)).toBe(Object.prototype);
    expect(back.admin).toBeUndefined();
  });

  test.each<readonly [string, (inner: Value) => Value]>([
    ['arrays', (inner) => [inner]],
    ['documents', (inner) => ({ a: inner })],
    ['sets', (inner) => new SetValue([inner])],
    ['maps', (inner) => new MapValue([[inner, inner === 'core' ? 1 : null]])],
    [
      'ordered documents',
      (inner) =>
        new OrderedDocument([
          ['b', inner],
          ['1', 1n],
        ]),
    ],
  ])('%s are read back from 1,000 levels, and refused beyond', (_, wrap) => {
    const deepest = nested(1_000, wrap);
    expect(valuesEqual(valueFromText(valueToText(deepest)), deepest)).toBe(true);
    expect(codeOf(() => valueToText(nested(1_001, wrap)))).toBe('DM_VALUE_TOO_DEEP');
    expect(codeOf(() => valueToText(nested(5_000, wrap)))).toBe('DM_VALUE_TOO_DEEP');
  });

  test('S-15 text of a million levels is refused, not followed', () => {
    expect(codeOf(() => valueFromText(`${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}`))).toBe('DM_TEXT_INVALID');
    const wrapped = `${'{"@dm":"set","v":['.repeat(100_000)}${']}'.repeat(100_000)}`;
    expect(codeOf(() => valueFromText(wrapped))).toBe('DM_TEXT_INVALID');
  });

  test.each<readonly [string, string]>([
    ['', '$'],
    ['{"a":', '$'],
    ['1e400', '$'],
    ['{"a":[1,-1e400]}', '$.a[1]'],
    ['{"@dm":5}', '$'],
    ['{"@dm":"int63","v":"5"}', '$'],
    ['{"@dm":"int64"}', '$'],
    ['{"@dm":"int64","v":5}', '$.v'],
    ['{"a":{"@dm":"int64","v":"5.0"}}', '$.a.v'],
    ['{"@dm":"int64","v":"9223372036854775808"}', '$.v'],
    ['{"@dm":"int8","v":"128"}', '$.v'],
    ['{"@dm":"int64","v":"5","w":1}', '$'],
    ['{"@dm":"int64","v":"5","t":1}', '$.v'],
    ['{"@dm":"binary","v":"AQ="}', '$.v'],
    ['{"@dm":"binary","v":"AQ==","t":256}', '$.v'],
    ['{"@dm":"binary","v":"AQ==","t":"4"}', '$.v'],
    ['{"@dm":"instant","v":"2021-02-30T00:00:00.000Z"}', '$.v'],
    ['{"@dm":"instant","v":"2021-02-28T24:00:00.000Z"}', '$.v'],
    ['{"@dm":"instant","v":"2021-13-01T00:00:00.000Z"}', '$.v'],
    ['{"@dm":"instant","v":"2021-01-01T00:60:00.000Z"}', '$.v'],
    ['{"@dm":"instant","v":"2021-01-01 00:00:00.000Z"}', '$.v'],
    ['{"@dm":"instant","v":"0000-00-00T00:00:00.000Z"}', '$.v'],
    ['{"@dm":"localTime","v":"24:00:00"}', '$.v'],
    ['{"@dm":"inet","v":"1.2.3"}', '$.v'],
    ['{"@dm":"inet","v":"1:2:3:4:5:6:7:8:9"}', '$.v'],
    ['{"@dm":"uuid","v":"12"}', '$.v'],
    ['{"@dm":"uuid","v":"00112233-4455-6677-8899-aabbccddeefg"}', '$.v'],
    ['{"@dm":"uuid","v":"00112233-4455-6677-8899-aabbccddeef-"}', '$.v'],
    ['{"@dm":"uuid","v":"0011223344-55-6677-8899-aabbccddeeff"}', '$.v'],
    ['{"@dm":"uuid","v":"g0112233-4455-6677-8899-aabbccddeeff"}', '$.v'],
    ['{"@dm":"objectId","v":"xyz"}', '$.v'],
    ['{"@dm":"map","v":[[1]]}', '$.v[0]'],
    ['{"@dm":"document","v":[[1,2]]}', '$.v'],
    ['{"@dm":"document","v":[["a",2],["a",3]]}', '$.v'],
    ['{"@dm":"document","v":{"a":1}}', '$.v'],
    ['{"@dm":"code","v":["x",5]}', '$.v'],
    ['{"@dm":"vector","v":[1]}', '$.v'],
    ['{"@dm":"vector","v":["x"],"t":32}', '$.v'],
    ['{"x y":{"@dm":"set","v":"[1"}}', '$["x y"].v'],
  ])('%s is refused at %s', (text, path) => {
    expect(() => valueFromText(text)).toThrowError(
      expect.objectContaining({ code: 'DM_TEXT_INVALID', category: 'usage', context: { path } }),
    );
  });
});
