import {
  BinaryValue,
  CodeValue,
  CounterValue,
  type DataRecord,
  DurationValue,
  decimal,
  documentFrom,
  double,
  Float32Value,
  GeoPointValue,
  InetValue,
  Int8Value,
  Int16Value,
  instant,
  LocalDateValue,
  LocalTimeValue,
  LogicalTimestampValue,
  MapValue,
  maxKey,
  minKey,
  ObjectIdValue,
  PointerValue,
  ReferenceValue,
  RegularExpressionValue,
  SetValue,
  SymbolValue,
  TimeuuidValue,
  TupleValue,
  UuidValue,
  undefinedValue,
  type Value,
  VectorValue,
  valueToText,
  varint,
} from '@datamigrato/core';
import fc from 'fast-check';

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 10 }),
  fc.constantFrom(
    '',
    '@dm',
    '5',
    'i~5',
    '\u2028',
    '\u0000',
    '.value',
    '2020-01-01T00:00:00.000Z',
    '507f1f77bcf86cd799439011',
  ),
);
const name = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('a', 'b', 'c', 'total', 'Price (EUR)') },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      '',
      '@dm',
      'v',
      '0',
      '1',
      '2',
      '10',
      '$x',
      'a.b',
      '.sv',
      '.value',
      '.priority',
      '__proto__',
      'toJSON',
      '%30',
      '%2E',
      'a/b',
    ),
  },
  { weight: 1, arbitrary: text },
);
const int64 = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.constantFrom(0n, 5n, 2n ** 53n, 2n ** 53n + 1n),
);
const anyDouble = fc
  .oneof(fc.double(), fc.constantFrom(0, -0, 5, 2 ** 31, Number.NaN, Number.POSITIVE_INFINITY))
  .map(double);

const scalars: readonly fc.Arbitrary<Value>[] = [
  fc.constant(null),
  fc.boolean(),
  text,
  fc.oneof(fc.integer(), fc.constantFrom(0, 5, -1)),
  int64,
  anyDouble,
  fc.integer({ min: -128, max: 127 }).map((value) => new Int8Value(value)),
  fc.integer({ min: -32768, max: 32767 }).map((value) => new Int16Value(value)),
  fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n }).map(varint),
  int64.map((value) => new CounterValue(value)),
  fc.float().map((value) => new Float32Value(value)),
  fc
    .tuple(fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }), fc.integer({ min: -40, max: 40 }))
    .map(([digits, exponent]) => decimal(`${digits}E${exponent}`)),
  fc.constantFrom('NaN', 'Infinity', '-Infinity', '-0', '1.00').map(decimal),
  fc
    .tuple(fc.uint8Array({ maxLength: 6 }), fc.constantFrom(0, 0, 5, 128))
    .map(([value, subtype]) => new BinaryValue(value, subtype)),
  fc
    .tuple(fc.integer({ min: -62135596800000, max: 253402300799999 }), fc.constantFrom(0, 0, 789, 999_999))
    .map(([at, nanoseconds]) => instant(at, nanoseconds)),
  fc.integer({ min: -719162, max: 2932896 }).map((day) => new LocalDateValue(day)),
  fc.integer({ min: 0, max: 86_399_999_999_999 }).map((nanosecond) => new LocalTimeValue(nanosecond)),
  fc
    .tuple(fc.nat(99), fc.nat(99), fc.bigInt({ min: 0n, max: 10n ** 12n }))
    .map(([months, days, nanoseconds]) => new DurationValue(months, days, nanoseconds)),
  bytes(16).map((value) => new UuidValue(value)),
  bytes(16).map((value) => {
    const time = value.slice();
    time[6] = ((time[6] ?? 0) & 0x0f) | 0x10;
    return new TimeuuidValue(time);
  }),
  bytes(12).map((value) => new ObjectIdValue(value)),
  fc
    .tuple(
      text.map((pattern) => pattern.replaceAll('\u0000', '')),
      fc.constantFrom('', 'i'),
    )
    .map(([pattern, flags]) => new RegularExpressionValue(pattern, flags)),
  fc
    .tuple(fc.nat(4294967295), fc.nat(4294967295))
    .map(([seconds, ordinal]) => new LogicalTimestampValue(seconds, ordinal)),
  text.map((source) => new CodeValue(source, null)),
  text.map((symbol) => new SymbolValue(symbol)),
  bytes(12).map((id) => new PointerValue('a.b', new ObjectIdValue(id))),
  fc.constantFrom(minKey, maxKey, undefinedValue),
  fc
    .tuple(fc.double({ min: -90, max: 90, noNaN: true }), fc.integer({ min: -180, max: 180 }))
    .map(([latitude, longitude]) => new GeoPointValue(latitude, longitude)),
  fc.string({ minLength: 1, maxLength: 5 }).map((path) => new ReferenceValue(path)),
  fc.array(fc.float({ noNaN: true }), { maxLength: 3 }).map((elements) => new VectorValue(Float32Array.from(elements))),
  fc
    .array(fc.double({ noNaN: true }), { maxLength: 3 })
    .map((elements) => new VectorValue(Float64Array.from(elements))),
  bytes(4).map((address) => new InetValue(address)),
];

const distinct = { selector: (value: Value) => valueToText(value), maxLength: 3 };
const { value } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    ...scalars,
    fc.array(tie('value'), { maxLength: 3 }),
    fc
      .uniqueArray(fc.tuple(name, tie('value')), { maxLength: 4, selector: ([key]) => key })
      .map((entries) => documentFrom(entries)),
    fc.uniqueArray(tie('value'), distinct).map((elements) => new SetValue(elements)),
    fc.array(tie('value'), { maxLength: 3 }).map((elements) => new TupleValue(elements)),
    fc
      .uniqueArray(fc.tuple(tie('value'), tie('value')), { maxLength: 3, selector: ([key]) => valueToText(key) })
      .map((entries) => new MapValue(entries)),
  ),
}));

/** Records whose fields hold values of every kind at every place: of one kind through all records, of some, of any. A seed gives the same ones each time. */
export function everyKindRecords(count: number, seed: number): readonly DataRecord[] {
  const fields = fc.tuple(
    fc.tuple(...scalars),
    fc.uniqueArray(fc.tuple(name, value), { maxLength: 5, selector: ([key]) => key }),
    fc.oneof(value, fc.constant(undefined)),
  );
  const keys = fc.sample(
    fc.uniqueArray(fc.oneof(...scalars), {
      minLength: 4 * count,
      maxLength: 4 * count,
      selector: (key) => valueToText(key),
    }),
    { numRuns: 1, seed },
  );
  const usable = (keys[0] ?? []).filter((key) => key !== null).slice(0, count);
  const samples = fc.sample(fields, { numRuns: count, seed });
  return usable.map((key, index) => {
    const [each = [], own = [], mixed] = samples[index] ?? [];
    const even = each.map((inner, kind) => [`kind ${kind}`, inner] as const);
    const late = mixed === undefined ? [] : [['mixed', mixed] as const];
    const taken = new Set(own.map(([key]) => key));
    return {
      key: [key],
      fields: documentFrom([
        ...even.filter(([key]) => !taken.has(key)),
        ...late.filter(([key]) => !taken.has(key)),
        ...own,
      ]),
    };
  });
}
