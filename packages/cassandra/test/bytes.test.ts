import { type DataRecord, decimal, type EntitySchema, entityName, type Value, varint } from '@datamigrato/core';
import { types } from 'cassandra-driver';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cassandraCodec } from '../src/codec.js';
import { unsignedVint, varintBytes } from '../src/integer-bytes.js';

test('integers of any size have the shortest bytes that the driver reads back', () => {
  const edges = [
    0n,
    1n,
    -1n,
    127n,
    128n,
    -128n,
    -129n,
    255n,
    256n,
    32767n,
    32768n,
    -32768n,
    -32769n,
    2n ** 63n,
    -(2n ** 63n),
    2n ** 64n,
  ];
  fc.assert(
    fc.property(fc.oneof(fc.bigInt({ min: -(2n ** 200n), max: 2n ** 200n }), fc.constantFrom(...edges)), (value) => {
      const bytes = varintBytes(value);
      expect(types.Integer.fromBuffer(bytes).toString()).toBe(value.toString());
      expect(types.Integer.toBuffer(types.Integer.fromString(value.toString())).length).toBeGreaterThanOrEqual(
        bytes.length,
      );
    }),
    { numRuns: 2_000 },
  );
});

test('lengths inside vectors have leading ones for the bytes that follow', () => {
  expect(
    [0, 1, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152].map((length) => unsignedVint(length).toString('hex')),
  ).toEqual(['00', '01', '7f', '8080', 'bfff', 'c04000', 'dfffff', 'e0200000']);
});

test('a row that is encoded is exactly as large as its cells', () => {
  const schema: EntitySchema = {
    entity: entityName('t'),
    key: [{ name: 'id', role: 'partition', type: { kind: 'varint' } }],
    fields: [
      { name: 'a', type: { kind: 'decimal' } },
      { name: 'b', type: { kind: 'string' } },
    ],
    origin: 'planned',
  };
  const encoder = cassandraCodec.createEncoder(schema);
  const sizeOf = (fields: Record<string, Value>): number => {
    const record: DataRecord = { key: [varint(1n)], fields };
    return encoder.sizeOf(encoder.encode(record));
  };
  const empty = sizeOf({});
  expect(sizeOf({ b: 'äöü' }) - empty).toBe(6);
  expect(sizeOf({ a: decimal('12345.678'), b: null }) - empty).toBe(4 + 4);
});
