import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  canonicalBytes,
  compareValues,
  createRecordDigest,
  type DataRecord,
  documentEntries,
  documentFrom,
  double,
  Float32Value,
  isDocument,
  MapValue,
  OrderedDocument,
  SetValue,
  type Value,
  VectorValue,
  valuesEqual,
} from '../../src/index.js';
import { arbitraryRecord, arbitraryValue } from '../arbitrary-value.js';
import { nearMiss } from './near-miss.js';
import { propertyScale, propertySeed } from './property-runs.js';

const hex = (value: Value): string => Buffer.from(canonicalBytes(value)).toString('hex');

/** A value and one that is nearly the same. */
const arbitraryPair: fc.Arbitrary<readonly [Value, Value]> = fc
  .tuple(arbitraryValue(), fc.infiniteStream(fc.nat({ max: 1_000_000 })))
  .map(([value, numbers]) => [value, nearMiss(value, (bound) => (numbers.next().value as number) % bound)] as const);

describe('canonical bytes, equality and order', () => {
  test('agree on 50,000 pairs that differ in one small thing', () => {
    let equal = 0;
    let different = 0;
    fc.assert(
      fc.property(fc.array(arbitraryPair, { minLength: 50, maxLength: 50 }), (pairs) => {
        for (const [a, b] of pairs) {
          const same = valuesEqual(a, b);
          if (same) equal += 1;
          else different += 1;
          expect(valuesEqual(b, a)).toBe(same);
          expect(hex(a) === hex(b)).toBe(same);
          const order = compareValues(a, b);
          expect(order === 0).toBe(same);
          expect(Math.sign(compareValues(b, a))).toBe(order === 0 ? 0 : -Math.sign(order));
        }
      }),
      { numRuns: 1_000 * propertyScale, seed: propertySeed },
    );
    expect(equal).toBeGreaterThan(1_000);
    expect(different).toBeGreaterThan(10_000);
  });

  test('a value equals itself, and a copy of it', () => {
    fc.assert(
      fc.property(arbitraryValue(), (value) => {
        expect(valuesEqual(value, value)).toBe(true);
        expect(compareValues(value, value)).toBe(0);
      }),
      { numRuns: 2_000 * propertyScale, seed: propertySeed },
    );
  });

  test('the order is transitive', () => {
    fc.assert(
      fc.property(fc.array(arbitraryValue(), { minLength: 20, maxLength: 20 }), (values) => {
        const sorted = values.toSorted(compareValues);
        for (let low = 0; low < sorted.length; low += 1) {
          for (let high = low + 1; high < sorted.length; high += 1) {
            expect(compareValues(sorted[low] as Value, sorted[high] as Value)).toBeLessThanOrEqual(0);
          }
        }
      }),
      { numRuns: 500 * propertyScale, seed: propertySeed },
    );
  });

  test('no two of many unequal values share bytes', () => {
    const seen = new Map<string, Value>();
    fc.assert(
      fc.property(arbitraryValue(), (value) => {
        const bytes = hex(value);
        const earlier = seen.get(bytes);
        expect(earlier === undefined || valuesEqual(earlier, value)).toBe(true);
        seen.set(bytes, value);
      }),
      { numRuns: 10_000 * propertyScale, seed: propertySeed },
    );
    expect(seen.size).toBeGreaterThan(3_000);
  });

  test('the order of fields, elements and entries is not part of the bytes, at any depth', () => {
    const forward = documentFrom([
      ['b', new SetValue([1, 'a', new SetValue([2, 3])])],
      [
        'a',
        new MapValue([
          [1, 'x'],
          ['1', 'y'],
        ]),
      ],
      ['10', { y: 1, x: 2 }],
    ]);
    const backward = documentFrom([
      ['10', { x: 2, y: 1 }],
      [
        'a',
        new MapValue([
          ['1', 'y'],
          [1, 'x'],
        ]),
      ],
      ['b', new SetValue([new SetValue([3, 2]), 'a', 1])],
    ]);
    expect(isDocument(forward) && documentEntries(forward)[0]?.[0]).toBe('b');
    expect(hex(forward)).toBe(hex(backward));
    expect(valuesEqual(forward, backward)).toBe(true);
  });

  test.each<readonly [string, Value, Value]>([
    ['kinds of one number', 5, double(5)],
    ['zeros', double(0), -0],
    ['float widths', new Float32Value(0.5), 0.5],
    ['vector widths', new VectorValue(Float32Array.of(1)), new VectorValue(Float64Array.of(1))],
    ['a lone surrogate and the replacement character', '\ud800', '\ufffd'],
    ['lone surrogates in long strings', `${'é'.repeat(100)}\ud800`, `${'é'.repeat(100)}\ufffd`],
    ['where one string ends and the next begins', ['ab', 'c'], ['a', 'bc']],
    ['what follows a lone surrogate', '\ud800\ud7f0', '\ud800\ufffd'],
    ['a pair and its halves', ['\ud83d\ude00'], ['\ud83d', '\ude00']],
    ['nesting', [[1], 2], [[1, 2]]],
    ['names and values', { a: 'b' }, { b: 'a' }],
    ['a missing field and a null one', {}, { a: null }],
  ])('%s differ', (_, a, b) => {
    expect(valuesEqual(a, b)).toBe(false);
    expect(hex(a)).not.toBe(hex(b));
    expect(compareValues(a, b)).not.toBe(0);
  });

  test('strings are sorted as their UTF-8 bytes are', () => {
    const string = fc.string({ unit: 'grapheme', maxLength: 4 });
    fc.assert(
      fc.property(string, string, (a, b) => {
        expect(Math.sign(compareValues(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
      { numRuns: 3_000 * propertyScale, seed: propertySeed },
    );
    expect(compareValues('\uffff', '\ud83d\ude00')).toBeLessThan(0);
  });

  test('documents of more than 1,000 levels are refused', () => {
    let deep: Value = 1;
    for (let level = 0; level < 1_001; level += 1) deep = { a: deep };
    expect(() => canonicalBytes(deep)).toThrowError(expect.objectContaining({ code: 'DM_VALUE_TOO_DEEP' }));
    expect(canonicalBytes((deep as { a: Value }).a).length).toBeGreaterThan(1_000);
  });

  test('a refused value does not spoil the next one', () => {
    const expected = hex({ a: 1, b: [2] });
    let deep: Value = 1;
    for (let level = 0; level < 2_000; level += 1) deep = { [`level${level}`]: deep };
    expect(() => canonicalBytes(deep)).toThrowError('levels');
    expect(hex({ b: [2], a: 1 })).toBe(expected);
  });
});

describe('record digest', () => {
  const key = Buffer.from('a key that both sides share');
  const records = (count: number): readonly DataRecord[] =>
    fc.sample(arbitraryRecord(), { numRuns: count, seed: propertySeed });

  function digestOf(all: readonly DataRecord[]): { readonly sum: string; readonly count: number } {
    const digest = createRecordDigest(key);
    for (const record of all) digest.add(record);
    return digest.value();
  }

  test('A-43 is the sum of the SHA-256 of key and canonical bytes, modulo 2^256', () => {
    const all = records(300);
    let sum = 0n;
    for (const record of all) {
      const hash = createHash('sha256')
        .update(key)
        .update(canonicalBytes(record.key))
        .update(canonicalBytes(record.fields))
        .digest('hex');
      sum = (sum + BigInt(`0x${hash}`)) % 2n ** 256n;
    }
    expect(digestOf(all)).toEqual({ sum: sum.toString(16).padStart(64, '0'), count: 300 });
  });

  test('does not depend on the order of records or fields, nor on who added them', () => {
    const all = records(200);
    const shuffled = all.toReversed().map((record) => ({
      key: record.key,
      fields: new OrderedDocument(documentEntries(record.fields).toReversed()),
    }));
    const first = createRecordDigest(key);
    const second = createRecordDigest(key);
    for (const [index, record] of shuffled.entries()) (index % 3 === 0 ? first : second).add(record);
    first.merge(second.value());
    expect(first.value()).toEqual(digestOf(all));
  });

  test('goes on from its stored state, and takes back what it is told to', () => {
    const all = records(100);
    const start = digestOf(all.slice(0, 40));
    const resumed = createRecordDigest(key, JSON.parse(JSON.stringify(start)));
    for (const record of all.slice(40)) resumed.addHash(resumed.hash(record));
    expect(resumed.value()).toEqual(digestOf(all));
    for (const record of all.slice(40)) resumed.remove(record);
    expect(resumed.value()).toEqual(start);
    for (const record of all.slice(0, 40)) resumed.remove(record);
    expect(resumed.value()).toEqual({ sum: '0'.repeat(64), count: 0 });
  });

  test.each<readonly [string, DataRecord, DataRecord]>([
    ['kind', { key: [1], fields: { a: 1 } }, { key: [1], fields: { a: 1n } }],
    ['kind of the key', { key: [1], fields: {} }, { key: ['1'], fields: {} }],
    ['place of a value', { key: [1], fields: { a: 2 } }, { key: [2], fields: { a: 1 } }],
    ['field', { key: [1], fields: { a: 1 } }, { key: [1], fields: { b: 1 } }],
    ['missing field', { key: [1], fields: { a: null } }, { key: [1], fields: {} }],
  ])('A-44 tells a different %s', (_, a, b) => {
    expect(digestOf([a])).not.toEqual(digestOf([b]));
  });

  test('A-43 counts equal records as often as they stand there', () => {
    const record: DataRecord = { key: [1], fields: {} };
    expect(digestOf([record, record])).not.toEqual(digestOf([]));
    expect(digestOf([record, record]).count).toBe(2);
  });

  test('depends on its key', () => {
    const other = createRecordDigest(Buffer.from('another key'));
    other.add({ key: [1], fields: {} });
    expect(other.value()).not.toEqual(digestOf([{ key: [1], fields: {} }]));
  });

  test.each([
    { sum: 'xyz', count: 1 },
    { sum: '0'.repeat(64), count: 1.5 },
    { sum: '0'.repeat(63), count: 0 },
  ])('refuses the state %o', (state) => {
    expect(() => createRecordDigest(key, state)).toThrowError(expect.objectContaining({ code: 'DM_DIGEST_INVALID' }));
  });
});
