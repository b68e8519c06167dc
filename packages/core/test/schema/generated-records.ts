import fc from 'fast-check';
import type { DataRecord } from '../../src/record/data-record.js';
import { BinaryValue } from '../../src/value/binary.js';
import { documentFrom, MapValue, SetValue, TupleValue } from '../../src/value/collection.js';
import { ObjectIdValue } from '../../src/value/identifier.js';
import { VectorValue } from '../../src/value/location.js';
import { decimal, double, Float32Value, Int8Value, Int16Value, varint } from '../../src/value/number.js';
import { instant } from '../../src/value/temporal.js';
import type { Value } from '../../src/value/value.js';

/** Names among which those that JavaScript treats specially are frequent, and few, so that generated records share some. */
export const fieldNames = fc.oneof(
  fc.constantFrom('a', 'b', 'c', '10', '__proto__', 'constructor', 'toString', 'a.b', '$x', ''),
  fc.string({ maxLength: 4, unit: 'grapheme' }),
);

/** A number of every numeric kind that sources tell apart. */
export const numbers: fc.Arbitrary<Value> = fc.oneof(
  fc.integer({ min: -128, max: 127 }).map((value) => new Int8Value(value)),
  fc.integer({ min: -32768, max: 32767 }).map((value) => new Int16Value(value)),
  fc.integer(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n }).map(varint),
  fc.float().map((value) => new Float32Value(value)),
  fc.double().map(double),
  fc
    .tuple(fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }), fc.integer({ min: -50, max: 50 }))
    .map(([coefficient, exponent]) => decimal(`${coefficient}E${exponent}`)),
);

/** Scalars of many kinds. */
export const scalars: fc.Arbitrary<Value> = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.string(),
  numbers,
  fc.uint8Array({ maxLength: 20 }).map((bytes) => new BinaryValue(bytes)),
  fc.uint8Array({ minLength: 12, maxLength: 12 }).map((bytes) => new ObjectIdValue(bytes)),
  fc.integer().map((milliseconds) => instant(milliseconds)),
  fc.array(fc.float(), { maxLength: 4 }).map((elements) => new VectorValue(Float32Array.from(elements))),
);

/** Values with collections and documents inside one another. */
const values: fc.Arbitrary<Value> = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalars,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(tie('value'), { maxLength: 4 }).map((elements) => new SetValue(elements)),
    fc.array(tie('value'), { maxLength: 4 }).map((elements) => new TupleValue(elements)),
    fc.array(fc.tuple(scalars, tie('value')), { maxLength: 4 }).map((entries) => new MapValue(entries)),
    fc.uniqueArray(fc.tuple(fieldNames, tie('value')), { maxLength: 5, selector: ([name]) => name }).map(documentFrom),
  ),
})).value;

/** Records with a key of one part. */
export const records: fc.Arbitrary<DataRecord> = fc.record({
  key: scalars.map((value) => [value]),
  fields: fc.uniqueArray(fc.tuple(fieldNames, values), { maxLength: 6, selector: ([name]) => name }).map(documentFrom),
});
