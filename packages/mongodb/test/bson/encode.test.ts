import {
  BinaryValue,
  type DataRecord,
  decimal,
  entityName,
  InetValue,
  InstantValue,
  instant,
  isDatamigratoError,
  RegularExpressionValue,
  SetValue,
  undefinedValue,
  type Value,
  varint,
} from '@datamigrato/core';
import { deserialize, serialize } from 'bson';
import { describe, expect, test } from 'vitest';
import { codec } from '../../src/codec.js';

const schema = { entity: entityName('things'), key: [], fields: [], origin: 'planned' } as const;
const encoder = codec.createEncoder(schema);

const record = (fields: DataRecord['fields'], ...key: Value[]): DataRecord => ({
  key: key.length === 0 ? [1] : key,
  fields,
});

function faultOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    if (!isDatamigratoError(error)) throw error;
    expect(error.category).toBe('record');
    expect(error.message).not.toMatch(/secret/);
    return error.code;
  }
  return 'none';
}

test('`_id` comes first', () => {
  expect(encoder.encode(record({ b: 'x', a: [1, 2.5] }, 'k'))).toEqual(
    Buffer.from(serialize({ _id: 'k', b: 'x', a: [1, 2.5] })),
  );
});

describe('one bad record', () => {
  const nested = (levels: number): Value => {
    let value: Value = 1;
    for (let level = 0; level < levels; level += 1) value = level % 2 === 0 ? [value] : { a: value };
    return value;
  };

  test.each<[string, DataRecord, string]>([
    ['half of a surrogate pair (A-34)', record({ a: 'secret \ud83d' }), 'DM_MONGODB_LONE_SURROGATE'],
    ['halves in the wrong order', record({ a: '\ude00\ud83d secret' }), 'DM_MONGODB_LONE_SURROGATE'],
    ['half a pair in a long text', record({ a: `${'x'.repeat(5000)}\udc00` }), 'DM_MONGODB_LONE_SURROGATE'],
    ['half a pair in a name', record({ '\ud800': 1 }), 'DM_MONGODB_LONE_SURROGATE'],
    ['NUL in a name', record({ 'secret\0b': 1 }), 'DM_MONGODB_NUL'],
    ['NUL in a nested name', record({ a: { 'ü\0': 1 } }), 'DM_MONGODB_NUL'],
    ['NUL in a pattern', record({ a: new RegularExpressionValue('\0', '') }), 'DM_MONGODB_NUL'],
    ['101 levels', record({ a: nested(100) }), 'DM_MONGODB_TOO_DEEP'],
    ['more than 16 MiB', record({ a: 'x'.repeat(16_777_216) }), 'DM_MONGODB_DOCUMENT_TOO_LARGE'],
    ['35 digits', record({ a: decimal('1'.repeat(35)) }), 'DM_MONGODB_DECIMAL_RANGE'],
    ['a decimal only equal in value', record({ a: decimal('1E+6144') }), 'DM_MONGODB_DECIMAL_RANGE'],
    ['a time finer than a millisecond', record({ a: new InstantValue(1, 1000) }), 'DM_MONGODB_INSTANT'],
    ['a time beyond 64 bits', record({ a: instant(2n ** 63n) }), 'DM_MONGODB_INSTANT'],
    ['a set', record({ a: new SetValue([1]) }), 'DM_MONGODB_KIND'],
    ['a large integer', record({ a: varint(2n ** 64n) }), 'DM_MONGODB_KIND'],
    ['a small varint', record({ a: varint(5n) }), 'DM_MONGODB_KIND'],
    ['an address', record({ a: new InetValue(new Uint8Array(4)) }), 'DM_MONGODB_KIND'],
    ['a field beside the key of its name', record({ _id: 5 }), 'DM_MONGODB_ID_FIELD'],
    ['an array as key', record({}, [1]), 'DM_MONGODB_KEY_KIND'],
    ['an expression as key', record({}, new RegularExpressionValue('a', '')), 'DM_MONGODB_KEY_KIND'],
    ['undefined as key', record({}, undefinedValue), 'DM_MONGODB_KEY_KIND'],
    ['two keys', record({}, 1, 2), 'DM_MONGODB_KEY'],
  ])('%s', (_, bad, code) => {
    expect(faultOf(() => encoder.encode(bad))).toBe(code);
    expect(deserialize(encoder.encode(record({ after: 'x' })))).toEqual({ _id: 1, after: 'x' });
  });

  test('100 levels are not too many', () => {
    expect(faultOf(() => encoder.encode(record({ a: nested(99) })))).toBe('none');
  });
});

test('a document of exactly 16 MiB is encoded', () => {
  const empty = encoder.encode(record({ a: '' })).byteLength;
  expect(encoder.encode(record({ a: 'x'.repeat(16_777_216 - empty) })).byteLength).toBe(16_777_216);
});

test('names that MongoDB once forbade are data', () => {
  const bytes = encoder.encode(record({ $set: { a: 1 }, 'a.b': 2, '': 3 }));
  expect(deserialize(bytes)).toEqual({ _id: 1, $set: { a: 1 }, 'a.b': 2, '': 3 });
});

test('records that were encoded stay what they are while others are encoded', () => {
  const made = Array.from({ length: 3000 }, (_, index) => {
    const text = 'y'.repeat((index * 37) % 3000);
    return { text, bytes: encoder.encode(record({ text, more: new BinaryValue(Buffer.alloc(index % 50)) }, index)) };
  });
  for (const [index, { text, bytes }] of made.entries()) expect(deserialize(bytes)).toMatchObject({ _id: index, text });
});

test('the size of a record is that of its bytes and its statement', () => {
  const bytes = encoder.encode(record({ a: 1 }));
  expect(encoder.sizeOf(bytes)).toBeGreaterThan(bytes.byteLength);
});
