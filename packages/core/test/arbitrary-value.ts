import fc from 'fast-check';
import {
  BinaryValue,
  CodeValue,
  CounterValue,
  type DataRecord,
  type DocumentValue,
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
  OrderedDocument,
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
  type ValueKind,
  VectorValue,
  valuesEqual,
  varint,
} from '../src/index.js';

const int64Minimum = -(2n ** 63n);
const int64Maximum = 2n ** 63n - 1n;

/** Strings, most of them ordinary, some of what breaks stores and codecs: lone surrogates, NUL, line separators, texts that look like other values. */
export const arbitraryString: fc.Arbitrary<string> = fc.oneof(
  { weight: 5, arbitrary: fc.string({ maxLength: 12 }) },
  { weight: 3, arbitrary: fc.string({ unit: 'binary', maxLength: 8 }) },
  { weight: 2, arbitrary: fc.array(fc.integer({ min: 0xd7f0, max: 0xe010 }), { maxLength: 5 }).map(fromUnits) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', minLength: 40, maxLength: 90 }) },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      '',
      '\u0000',
      '\ud800',
      '\udc00',
      '\udc00\ud800',
      '\ufffd',
      '\u2028\u2029',
      'a\ud83d\ude00',
      '5',
      '-0',
      'NaN',
      'null',
      'i~5',
      's~',
      '%41',
      '507f1f77bcf86cd799439011',
      '2020-01-01T00:00:00.000Z',
      '@dm',
      '{"@dm":"int64","v":"5"}',
      '"\\\n',
    ),
  },
);

/** Names of fields, most of them ordinary, some of what JavaScript, stores and query languages treat as special. */
const arbitraryName: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('a', 'b', 'id', 'name', 'title', 'Price (EUR)', 'naïve', 'x_y') },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      '',
      '__proto__',
      'constructor',
      'prototype',
      'toString',
      'toJSON',
      'hasOwnProperty',
      'length',
      '@dm',
      'v',
      't',
      '$gt',
      '$x',
      'a.b',
      '.',
      '0',
      '1',
      '10',
      '2',
      '01',
      '4294967294',
      '4294967295',
      '-1',
      '"; DROP',
      'UPPER',
      '\ud800',
    ),
  },
  { weight: 2, arbitrary: arbitraryString },
);

const arbitraryInt64 = fc.oneof(
  fc.bigInt({ min: int64Minimum, max: int64Maximum }),
  fc.constantFrom(0n, 1n, -1n, 5n, 2n ** 53n, 2n ** 53n + 1n, -(2n ** 53n) - 1n, int64Minimum, int64Maximum),
);
const arbitraryBigInteger = fc.oneof(
  arbitraryInt64,
  fc.bigInt({ min: -(2n ** 200n), max: 2n ** 200n }),
  fc.constantFrom(int64Minimum - 1n, int64Maximum + 1n),
);
const arbitraryInt32 = fc.oneof(
  fc.integer(),
  fc.integer({ min: -300, max: 300 }),
  fc.constantFrom(0, 1, 5, 2147483647, -2147483648),
);
const arbitraryDouble = fc.oneof(
  fc.double(),
  fc.integer({ min: -10, max: 10 }),
  fc.constantFrom(0, -0, Number.NaN, 5, 0.1, 1e21, 2 ** 53, 2 ** 31, 5e-324, Number.MAX_VALUE),
  fc.constantFrom(Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
);
const arbitraryFloat = fc.oneof(fc.float(), fc.constantFrom(0, -0, Number.NaN, 5, Math.fround(0.1), 1e-45));
const arbitraryBytes = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length });
const arbitraryDecimalText = fc.oneof(
  fc
    .tuple(fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }), fc.integer({ min: -50, max: 50 }))
    .map(([coefficient, exponent]) => `${coefficient}E${exponent}`),
  fc.constantFrom(
    '0',
    '-0',
    '0.00',
    '0E+3',
    '1.0',
    '1.00',
    '5',
    '0.1',
    'NaN',
    'Infinity',
    '-Infinity',
    '1E+6144',
    '1E-999999999',
  ),
);

const arbitraryScalars = {
  null: fc.constant(null),
  boolean: fc.boolean(),
  int8: fc.integer({ min: -128, max: 127 }).map((value) => new Int8Value(value)),
  int16: fc.integer({ min: -32768, max: 32767 }).map((value) => new Int16Value(value)),
  int32: arbitraryInt32,
  int64: arbitraryInt64,
  varint: arbitraryBigInteger.map(varint),
  counter: arbitraryInt64.map((value) => new CounterValue(value)),
  float32: arbitraryFloat.map((value) => new Float32Value(value)),
  double: arbitraryDouble.map(double),
  decimal: arbitraryDecimalText.map(decimal),
  string: arbitraryString,
  binary: fc
    .tuple(fc.uint8Array({ maxLength: 20 }), fc.constantFrom(0, 0, 0, 2, 4, 5, 128, 255))
    .map(([bytes, subtype]) => new BinaryValue(bytes, subtype)),
  instant: fc.oneof(
    fc
      .tuple(
        fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 }),
        fc.constantFrom(0, 0, 1, 1000, 999_999),
      )
      .map(([milliseconds, nanoseconds]) => instant(milliseconds, nanoseconds)),
    fc
      .tuple(arbitraryInt64, fc.integer({ min: 0, max: 999_999 }))
      .map(([milliseconds, nanoseconds]) => instant(milliseconds, nanoseconds)),
    fc
      .constantFrom(0, 8.64e15, -8.64e15, 8.64e15 + 1, -62_198_755_200_000)
      .map((milliseconds) => instant(milliseconds)),
  ),
  localDate: fc
    .oneof(
      fc.integer({ min: -800_000, max: 3_000_000 }),
      fc.integer(),
      fc.constantFrom(0, 1e8, 1e8 + 1, -1e8, -1e8 - 1),
    )
    .map((day) => new LocalDateValue(day)),
  localTime: fc
    .oneof(
      fc.integer({ min: 0, max: 86_399_999_999_999 }),
      fc.integer({ min: 0, max: 86_399 }).map((second) => second * 1e9),
      fc.constantFrom(0, 86_399_999_999_999, 1_000, 1_000_000),
    )
    .map((nanosecond) => new LocalTimeValue(nanosecond)),
  duration: fc
    .tuple(
      fc.oneof(fc.constantFrom(0, -1, 14), fc.integer()),
      fc.oneof(fc.constantFrom(0, -1, 3), fc.integer()),
      fc.oneof(fc.constantFrom(0n, 1n, -1n, 1_500_000_000n), arbitraryInt64),
    )
    .map(([months, days, nanoseconds]) => new DurationValue(months, days, nanoseconds)),
  uuid: arbitraryBytes(16).map((bytes) => new UuidValue(bytes)),
  timeuuid: arbitraryBytes(16).map((bytes) => new TimeuuidValue(bytes)),
  objectId: arbitraryBytes(12).map((bytes) => new ObjectIdValue(bytes)),
  regularExpression: fc
    .tuple(fc.oneof(arbitraryString, fc.constantFrom('a/b', '/', '')), fc.constantFrom('', 'i', 'imsx', 'a/'))
    .map(([pattern, options]) => new RegularExpressionValue(pattern, options)),
  logicalTimestamp: fc
    .tuple(fc.integer({ min: 0, max: 4294967295 }), fc.constantFrom(0, 1, 4294967295))
    .map(([seconds, ordinal]) => new LogicalTimestampValue(seconds, ordinal)),
  symbol: arbitraryString.map((text) => new SymbolValue(text)),
  pointer: fc
    .tuple(arbitraryString, arbitraryBytes(12))
    .map(([namespace, bytes]) => new PointerValue(namespace, new ObjectIdValue(bytes))),
  minKey: fc.constant(minKey),
  maxKey: fc.constant(maxKey),
  undefined: fc.constant(undefinedValue),
  geoPoint: fc
    .tuple(
      fc.oneof(fc.double({ min: -90, max: 90 }), fc.constantFrom(0, -0, 48)),
      fc.oneof(fc.double({ min: -180, max: 180 }), fc.constantFrom(0, -0, 11)),
    )
    .map(([latitude, longitude]) => new GeoPointValue(latitude, longitude)),
  reference: arbitraryString.map((path) => new ReferenceValue(path)),
  vector: fc.oneof(
    fc.array(arbitraryFloat, { maxLength: 4 }).map((elements) => new VectorValue(Float32Array.from(elements))),
    fc.array(arbitraryDouble, { maxLength: 4 }).map((elements) => new VectorValue(Float64Array.from(elements))),
  ),
  inet: fc
    .oneof(
      arbitraryBytes(4),
      arbitraryBytes(16),
      fc.array(fc.constantFrom(0, 0, 0, 255), { minLength: 16, maxLength: 16 }).map((bytes) => Uint8Array.from(bytes)),
    )
    .map((bytes) => new InetValue(bytes)),
} as const satisfies Partial<Record<ValueKind, fc.Arbitrary<Value>>>;

const parts = fc.letrec<Record<ValueKind | 'value' | 'scalar', Value>>((tie) => {
  const value = tie('value');
  const elements = fc.array(value, { maxLength: 4 });
  const document = fc
    .tuple(fc.uniqueArray(fc.tuple(arbitraryName, value), { maxLength: 5, selector: ([name]) => name }), fc.boolean())
    .map(([entries, ordered]) => (ordered ? new OrderedDocument(entries) : documentFrom(entries)));
  return {
    ...arbitraryScalars,
    code: fc.tuple(arbitraryString, fc.option(document)).map(([source, scope]) => new CodeValue(source, scope)),
    set: elements.map((all) => new SetValue(distinct(all, (element) => element))),
    map: fc
      .array(fc.tuple(value, value), { maxLength: 3 })
      .map((entries) => new MapValue(distinct(entries, ([key]) => key))),
    tuple: elements.map((all) => new TupleValue(all)),
    array: elements,
    document,
    scalar: fc.oneof(...Object.values(arbitraryScalars)),
    value: fc.oneof(
      { maxDepth: 4, depthSize: 'small', withCrossShrink: true },
      { weight: 6, arbitrary: tie('scalar') },
      { weight: 2, arbitrary: tie('document') },
      { weight: 1, arbitrary: tie('array') },
      { weight: 1, arbitrary: fc.oneof(tie('set'), tie('map'), tie('tuple'), tie('code')) },
    ),
  };
});

/** Values of every kind, with the awkward ones of each, nested up to four levels. */
export function arbitraryValue(): fc.Arbitrary<Value> {
  return parts.value;
}

/** Values of one kind. */
export function arbitraryValueOf(kind: ValueKind): fc.Arbitrary<Value> {
  return parts[kind];
}

/** Documents, in both of their forms. */
function arbitraryDocument(): fc.Arbitrary<DocumentValue> {
  return parts.document as fc.Arbitrary<DocumentValue>;
}

/** Records with one or two key fields. */
export function arbitraryRecord(): fc.Arbitrary<DataRecord> {
  return fc.record({
    key: fc.array(parts.scalar, { minLength: 1, maxLength: 2 }),
    fields: arbitraryDocument(),
  });
}

function distinct<Item>(items: readonly Item[], valueIn: (item: Item) => Value): Item[] {
  return items.filter(
    (item, index) => !items.slice(0, index).some((earlier) => valuesEqual(valueIn(earlier), valueIn(item))),
  );
}

function fromUnits(units: readonly number[]): string {
  return String.fromCharCode(...units);
}
