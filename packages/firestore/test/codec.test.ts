import {
  BinaryValue,
  createKeyText,
  type DocumentValue,
  decimal,
  documentFrom,
  double,
  GeoPointValue,
  instant,
  isDatamigratoError,
  isInt32,
  ReferenceValue,
  tagValue,
  untagValue,
  type Value,
  VectorValue,
  valuesEqual,
  valueToText,
} from '@datamigrato/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { codec } from '../src/codec.js';
import { documentBytesLimit } from '../src/encode-document.js';
import { originalFieldName, storedFieldName } from '../src/field-name.js';
import { manifest } from '../src/manifest.js';
import { schemaOf } from './servers/harness.js';

const root = 'projects/p/databases/(default)/documents/';
const encoder = codec.createEncoder(schemaOf('things'));
const decoder = codec.createDecoder(schemaOf('things'));

/** What a record is after encoding and decoding, with references completed as they are on the way. */
function encodedAndDecoded(fields: DocumentValue): DocumentValue {
  const native = encoder.encode({ key: ['1'], fields });
  for (const { value, path } of native.references ?? []) value.referenceValue = root + path;
  return decoder.decode({ path: 'things/1', fields: native.fields, root }).fields;
}

const scalar: fc.Arbitrary<Value> = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.integer(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).filter((value) => !isInt32(Number(value))),
  fc.double().map(double),
  fc.constantFrom(double(-0), double(Number.NaN), double(Number.NEGATIVE_INFINITY), double(5)),
  fc.string({ unit: 'grapheme' }),
  fc.uint8Array({ maxLength: 20 }).map((bytes) => new BinaryValue(bytes)),
  fc
    .tuple(fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 }), fc.integer({ min: 0, max: 999 }))
    .map(([milliseconds, micros]) => instant(milliseconds, micros * 1000)),
  fc
    .tuple(fc.double({ min: -90, max: 90, noNaN: true }), fc.double({ min: -180, max: 180, noNaN: true }))
    .map(([latitude, longitude]) => new GeoPointValue(latitude, longitude)),
  fc
    .constantFrom('users/alice', 'a/b/c/d', 'projects/other/databases/x/documents/a/b')
    .map((path) => new ReferenceValue(path)),
  fc.array(fc.double(), { minLength: 1, maxLength: 5 }).map((list) => new VectorValue(Float64Array.from(list))),
);
const name = fc.oneof(
  fc.string({ maxLength: 8 }),
  fc.constantFrom('', '__proto__', '__x__', '__', '@dm:', '@dm:x', '@dm:__x__', 'constructor', 'a.b', '`', '0'),
);
const { value: anyValue } = fc.letrec<{ value: Value; document: DocumentValue }>((tie) => ({
  document: fc.dictionary(name, tie('value'), { maxKeys: 4 }).map((fields) => documentFrom(Object.entries(fields))),
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    tie('document'),
    fc.array(
      fc.oneof(
        scalar.filter((value) => !(value instanceof VectorValue)),
        tie('document'),
      ),
      { maxLength: 4 },
    ),
  ),
}));

test('every value of every kind that the manifest calls exact comes back as it was', () => {
  fc.assert(
    fc.property(fc.dictionary(name, anyValue, { maxKeys: 6 }), (fields) => {
      const document = documentFrom(Object.entries(fields));
      const back = encodedAndDecoded(document);
      if (!valuesEqual(back, document)) throw new Error(`${valueToText(document)} came back as ${valueToText(back)}`);
    }),
    { numRuns: 1_000 },
  );
});

test('A-37 integers and doubles stay apart, and every 64-bit integer is exact', () => {
  const native = encoder.encode({ key: ['1'], fields: { a: 5n, b: double(5), c: 2n ** 63n - 1n, d: 5 } });
  expect(native.fields).toEqual({
    a: { integerValue: 5 },
    b: { doubleValue: 5 },
    c: { integerValue: '9223372036854775807' },
    d: { integerValue: 5 },
  });
});

test('names that Firestore reserves are stored under others, and no two names under one', () => {
  fc.assert(
    fc.property(name, name, (left, right) => {
      const stored = storedFieldName(left);
      expect(stored).not.toMatch(/^(?:__[\s\S]*__)?$/);
      expect(originalFieldName(stored)).toBe(left);
      expect(stored === storedFieldName(right)).toBe(left === right);
    }),
  );
  // A name that a person gave, and that no name is stored under, is left alone.
  expect(originalFieldName('@dm:plain')).toBe('@dm:plain');
});

test('more names than an encoder remembers are encoded as those were that it met first', () => {
  const fields = Object.fromEntries(Array.from({ length: 2_500 }, (_, index) => [`__${index}__`, 1n]));
  const record = { key: ['1'], fields };
  const fresh = codec.createEncoder(schemaOf('things'));
  const [first, again] = [fresh.encode(record), fresh.encode(record)];
  expect(again).toEqual(first);
  expect(Object.keys(first.fields)).toEqual(Object.keys(fields).map(storedFieldName));
});

test('a wrapper is stored and read with the number in it', () => {
  const wrapper = tagValue(new BinaryValue(Uint8Array.of(1), 5));
  const native = encoder.encode({ key: ['1'], fields: { a: wrapper } });
  const back = decoder.decode({ path: 'things/1', fields: native.fields, root }).fields;
  expect(valuesEqual(untagValue(back), { a: new BinaryValue(Uint8Array.of(1), 5) })).toBe(true);
});

describe('records that cannot be documents', () => {
  const deep = (levels: number): Value => (levels === 0 ? 'x' : { a: deep(levels - 1) });
  test.each<readonly [string, string, Value]>([
    ['DM_FIRESTORE_TOO_DEEP', 'more than 20 levels', deep(21)],
    ['DM_FIRESTORE_VALUE_TOO_LONG', 'a long text', 'x'.repeat(1_048_488)],
    ['DM_FIRESTORE_VALUE_TOO_LONG', 'a long binary', new BinaryValue(new Uint8Array(1_048_488))],
    ['DM_FIRESTORE_DOCUMENT_TOO_LARGE', 'two halves of the limit', ['x'.repeat(600_000), 'x'.repeat(600_000)]],
    ['DM_FIRESTORE_FIELD_NAME', 'a long name', { ['n'.repeat(1_501)]: 1n }],
    ['DM_FIRESTORE_VALUE', 'an array in an array', [[1n]]],
    ['DM_FIRESTORE_VALUE', 'a vector in an array', [new VectorValue(Float64Array.of(1))]],
    ['DM_FIRESTORE_VALUE', 'a decimal', decimal('5')],
    ['DM_FIRESTORE_VALUE', 'half of a surrogate pair', '\uD800'],
    ['DM_FIRESTORE_VALUE', 'an integer of more than 64 bits', 2n ** 64n],
  ])('%s: %s', (code, _, value) => {
    let thrown: unknown;
    try {
      encoder.encode({ key: ['1'], fields: { value } });
    } catch (error) {
      thrown = error;
    }
    expect(isDatamigratoError(thrown) && [thrown.code, thrown.category]).toEqual([code, 'record']);
  });

  test('20 levels and a document just below the limit are taken', () => {
    expect(() => encoder.encode({ key: ['1'], fields: { value: deep(20) } })).not.toThrow();
    const most = documentBytesLimit - 32 - (8 + 17) - 2 * 6 - 1_000_000 - 2;
    const fields = { a0000: 'x'.repeat(1_000_000), b0000: 'x'.repeat(most) };
    expect(() => encoder.encode({ key: ['1'], fields })).not.toThrow();
    expect(() => encoder.encode({ key: ['1'], fields: { ...fields, b0000: `${fields.b0000}x` } })).toThrow('MiB');
  });

  test.each(['', '.', '..', '__x__', 'a/b', '\uD800', 'x'.repeat(1_501), 5, null])('the key %j', (key) => {
    expect(() => encoder.encode({ key: [key], fields: {} })).toThrow(
      expect.objectContaining({ code: 'DM_FIRESTORE_KEY', category: 'record' }),
    );
  });
});

test('S-11 any key text is an id below the entity, and no two keys have one', () => {
  const text = createKeyText({
    maximumBytes: 1_500,
    forbidden: new RegExp(manifest.keyText?.forbidden ?? '', 'u'),
    reserved: new RegExp(manifest.keyText?.reserved ?? '', 'u'),
  });
  const hostile = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 6 }),
    fc.constantFrom('..', '.', '__x__', '____', '/', '../x', '%2F', '1', 'users/alice', 'x'.repeat(2_000)),
    fc.integer({ min: 0, max: 20 }),
    fc.bigInt({ min: 0n, max: 20n }),
    fc.integer({ min: 0, max: 20 }).map((number) => String(number)),
    fc.double().map(double),
    fc.uint8Array({ maxLength: 3 }).map((bytes) => new BinaryValue(bytes)),
    fc.boolean(),
    fc.constant(null),
  );
  const seen = new Map<string, Value>();
  fc.assert(
    fc.property(hostile, (key) => {
      const { path } = encoder.encode({ key: [text.encode(key)], fields: {} });
      const [collection, id = '', ...rest] = path.split('/');
      expect([collection, rest]).toEqual(['things', []]);
      expect(id).not.toMatch(/^(?:\.{0,2}|__[\s\S]*__)$/);
      expect(Buffer.byteLength(id)).toBeLessThanOrEqual(1_500);
      const other = seen.get(path);
      if (other !== undefined) expect(valuesEqual(other, key)).toBe(true);
      seen.set(path, key);
    }),
    { numRuns: 10_000 },
  );
  expect(seen.size).toBeGreaterThan(1_000);
});
