import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import type { KindSupport, Manifest } from '../../src/connector/manifest.js';
import type { Shape, ValueType } from '../../src/schema/entity-schema.js';
import { entityName } from '../../src/schema/entity-schema.js';
import { createSchemaInference } from '../../src/schema/infer.js';
import { columnType, narrowestKind } from '../../src/schema/widen.js';
import { MapValue, SetValue, TupleValue } from '../../src/value/collection.js';
import { convertValue } from '../../src/value/convert.js';
import { valuesEqual } from '../../src/value/equality.js';
import { ObjectIdValue, UuidValue } from '../../src/value/identifier.js';
import { type ValueKind, valueKinds } from '../../src/value/kind.js';
import { VectorValue } from '../../src/value/location.js';
import { DecimalValue, decimal, decimalParts, Int8Value } from '../../src/value/number.js';
import { RegularExpressionValue } from '../../src/value/special.js';
import { isBoxed, kindOf, type Value } from '../../src/value/value.js';
import { numbers, scalars } from './generated-records.js';

// A busy machine needs several times what a quiet one does.
vi.setConfig({ testTimeout: 60_000 });

describe('narrowestKind', () => {
  const cases: readonly (readonly [readonly ValueKind[], ValueKind | undefined])[] = [
    [['string'], 'string'],
    [['string', 'null'], 'string'],
    [['document'], 'document'],
    [['null'], undefined],
    [[], undefined],
    [['int8', 'int16'], 'int16'],
    [['int64', 'int32', 'null'], 'int64'],
    [['varint', 'int8', 'int64'], 'varint'],
    [['int32', 'varint', 'decimal'], 'decimal'],
    [['float32', 'double'], 'double'],
    [['int32', 'double'], 'double'],
    [['int8', 'float32'], 'double'],
    [['int32', 'float32', 'int16'], 'double'],
    [['int64', 'double'], undefined],
    [['int64', 'float32'], undefined],
    [['decimal', 'double'], undefined],
    [['int64', 'counter'], undefined],
    [['string', 'symbol'], undefined],
    [['string', 'int32'], undefined],
    [['uuid', 'timeuuid'], undefined],
    [['objectId', 'string'], undefined],
  ];
  test.each(cases)('of %j is %s', (kinds, expected) => {
    expect(narrowestKind(kinds)).toBe(expected);
    expect(narrowestKind(kinds.toReversed())).toBe(expected);
  });

  test('holds every value of the kinds that it was chosen for, by arithmetic', () => {
    let checked = 0;
    fc.assert(
      fc.property(fc.array(numbers, { minLength: 1, maxLength: 4 }), (values) => {
        const kind = narrowestKind(values.map(kindOf));
        if (kind === undefined) return;
        for (const value of values) expect(holds(kind, value)).toBe(true);
        checked += 1;
      }),
      { numRuns: 5000 },
    );
    expect(checked).toBeGreaterThan(1000);
  });

  test('conversion into it is exact and comes back', () => {
    let checked = 0;
    fc.assert(
      fc.property(fc.array(fc.oneof(numbers, scalars), { minLength: 1, maxLength: 3 }), (values) => {
        const observed = values.filter((value) => value !== null);
        const kind = narrowestKind(observed.map(kindOf));
        if (kind === undefined) return;
        for (const value of observed) {
          const conversion = convertValue(value, kind);
          expect(conversion?.exact).toBe(true);
          if (!conversion) return;
          expect(kindOf(conversion.value)).toBe(kind);
          const back = convertValue(conversion.value, kindOf(value));
          expect(back && valuesEqual(back.value, value)).toBe(true);
          checked += 1;
        }
      }),
      { numRuns: 5000 },
    );
    expect(checked).toBeGreaterThan(1000);
  });

  test('and no kind that the others have in common is narrower', () => {
    const chain: readonly ValueKind[] = ['int8', 'int16', 'int32', 'int64', 'varint', 'decimal'];
    fc.assert(
      fc.property(fc.subarray([...chain], { minLength: 1 }), (kinds) => {
        expect(narrowestKind(kinds)).toBe(chain.findLast((kind) => kinds.includes(kind)));
      }),
    );
  });
});

/** Whether a kind has a value equal to this number, by exact arithmetic on fractions. */
function holds(kind: ValueKind, value: Value): boolean {
  if (kindOf(value) === kind) return true;
  const fraction = exactFraction(value);
  if (!fraction) return kind === 'double' && kindOf(value) === 'float32';
  const [numerator, denominator] = fraction;
  const integer = numerator % denominator === 0n ? numerator / denominator : undefined;
  const bits: Partial<Record<ValueKind, number>> = { int8: 8, int16: 16, int32: 32, int64: 64 };
  const size = bits[kind];
  if (size !== undefined) return integer !== undefined && BigInt.asIntN(size, integer) === integer;
  if (kind === 'varint') return integer !== undefined;
  if (kind === 'decimal') return integer !== undefined;
  if (kind !== 'double') return false;
  const [other, scale] = exactFraction(Number(numerator) / Number(denominator)) ?? [0n, 1n];
  return other * denominator === numerator * scale;
}

/** A number as a fraction, or undefined where it is not finite or the negative zero. */
function exactFraction(value: Value): readonly [bigint, bigint] | undefined {
  if (value instanceof DecimalValue) {
    const parts = decimalParts(value);
    if (!parts) return undefined;
    return parts.scale >= 0
      ? [parts.unscaled, 10n ** BigInt(parts.scale)]
      : [parts.unscaled * 10n ** BigInt(-parts.scale), 1n];
  }
  const plain = isBoxed(value) && 'value' in value ? value.value : value;
  if (typeof plain === 'bigint') return [plain, 1n];
  if (typeof plain !== 'number' || !Number.isFinite(plain) || Object.is(plain, -0)) return undefined;
  let numerator = plain;
  let denominator = 1n;
  while (!Number.isInteger(numerator)) {
    numerator *= 2;
    denominator *= 2n;
  }
  return [BigInt(numerator), denominator];
}

describe('columnType', () => {
  const json: ValueType = { kind: 'string', encoding: 'json' };
  const exact = Object.fromEntries(
    valueKinds.map((kind) => [kind, { fidelity: 'exact', as: kind } satisfies KindSupport]),
  ) as Record<ValueKind, KindSupport>;

  /** A table store that has no object id, 8-bit integer or regular expression, and takes arrays, sets and maps as columns. */
  const target: Manifest = {
    shape: 'table',
    values: {
      ...exact,
      objectId: { fidelity: 'widened', as: 'string' },
      int8: { fidelity: 'widened', as: 'int32' },
      vector: { fidelity: 'widened', as: 'array' },
      regularExpression: { fidelity: 'unsupported', as: 'string' },
    },
    keyKinds: ['string'],
    keyField: 'id',
    compositeKeys: true,
    limits: {
      batchRecords: 1,
      batchBytes: 1,
      recordBytes: null,
      fieldBytes: null,
      keyBytes: null,
      depth: null,
      concurrentWrites: 1,
    },
    names: { fieldBytes: null, entityBytes: null, entityPattern: null, emptyField: false },
    writeModes: ['replace'],
    readConsistency: 'moving',
    idempotentWrites: true,
    keepsFieldOrder: false,
    table: {
      columnKinds: ['boolean', 'int32', 'int64', 'double', 'decimal', 'string', 'uuid', 'array', 'set', 'map'],
      overflowField: 'rest',
    },
  };
  const withoutCollections: Manifest = {
    ...target,
    table: { columnKinds: ['int32', 'string'], overflowField: 'rest' },
  };

  const seen = (values: readonly Value[]): Shape => {
    const inference = createSchemaInference({ entity: entityName('test'), key: [{ name: 'f', role: 'partition' }] });
    for (const value of values) inference.observe({ key: [value], fields: {} }, 1);
    const shape = inference.finish({ complete: true }).key[0]?.shape;
    if (!shape) throw new Error('a key has a shape');
    return shape;
  };

  const uuid = new UuidValue(new Uint8Array(16));
  const objectId = new ObjectIdValue(new Uint8Array(12));

  test.each<readonly [string, readonly Value[], ValueType]>([
    ['one kind', ['a', 'b'], { kind: 'string' }],
    ['one kind and nulls', [null, 5], { kind: 'int32' }],
    ['integers of two widths', [5, 5n], { kind: 'int64' }],
    ['integers and doubles', [5, 0.5], { kind: 'double' }],
    ['large integers and decimals', [5n, decimal('0.5')], { kind: 'decimal' }],
    ['64-bit integers and doubles', [5n, 0.5], json],
    ['texts and numbers', ['a', 5], json],
    ['a kind that the target holds as another', [objectId], { kind: 'string' }],
    ['such a kind beside the other', [objectId, 'a'], json],
    ['two kinds that the target both changes in width', [new Int8Value(1), 5], { kind: 'int32' }],
    ['a kind that the target does not hold', [new RegularExpressionValue('a', '')], json],
    ['a kind that the target has no column for', [new TupleValue([1])], json],
    ['nothing but null', [null], json],
    ['nothing', [], json],
    ['documents', [{ a: 1 }], json],
    ['arrays of one kind', [[1, 2], [], [3]], { kind: 'array', element: { kind: 'int32' } }],
    ['arrays of a kind held as another', [[objectId]], { kind: 'array', element: { kind: 'string' } }],
    ['arrays of two kinds, though they widen', [[1, 0.5]], json],
    ['arrays with a null', [[1, null]], json],
    ['arrays of arrays', [[[1]]], json],
    ['arrays of documents', [[{ a: 1 }]], json],
    ['arrays of vectors', [[new VectorValue(new Float32Array(1))]], json],
    ['empty arrays alone', [[]], json],
    ['arrays and nulls', [null, [1]], { kind: 'array', element: { kind: 'int32' } }],
    ['arrays and scalars', [1, [1]], json],
    ['sets of one kind', [new SetValue([uuid])], { kind: 'set', element: { kind: 'uuid' } }],
    ['sets of mixed kinds', [new SetValue([uuid, 1])], json],
    ['maps', [new MapValue([[1, 'a']])], { kind: 'map', key: { kind: 'int32' }, value: { kind: 'string' } }],
    ['maps with null values', [new MapValue([[1, null]])], json],
    ['vectors that the target holds as arrays', [new VectorValue(new Float32Array(2))], json],
  ])('%s', (_, values, expected) => {
    expect(columnType(seen(values), target)).toEqual(expected);
  });

  test('a table without columns for collections gets text', () => {
    expect(columnType(seen([[1]]), withoutCollections)).toEqual(json);
    expect(columnType(seen([0.5]), withoutCollections)).toEqual(json);
    expect(columnType(seen([1]), withoutCollections)).toEqual({ kind: 'int32' });
    const { table: _, ...noTable } = target;
    expect(columnType(seen([1]), noTable)).toEqual(json);
  });
});
