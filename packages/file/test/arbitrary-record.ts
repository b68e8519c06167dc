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
  varint,
} from '@datamigrato/core';
import fc from 'fast-check';

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('\u2028\u2029', '\ud800', '\n\r\u0000', '"}]', '\ufffd', '{"key":[1],"deleted":true}'),
);

/** Names of entities and fields, among them what paths and objects trip over. */
export const arbitraryName = fc.oneof(
  text,
  fc.constantFrom(
    'a',
    'b',
    '10',
    '2',
    '__proto__',
    'constructor',
    '@dm',
    'v',
    'key',
    'fields',
    'deleted',
    '',
    '.',
    'a/b',
    'A',
  ),
);

const { value } = fc.letrec<{ readonly value: Value }>((tie) => {
  const values = fc.array(tie('value'), { maxLength: 3 });
  const entries = fc.uniqueArray(fc.tuple(arbitraryName, tie('value')), { maxLength: 4, selector: ([name]) => name });
  const kinds: Readonly<Record<ValueKind, fc.Arbitrary<Value>>> = {
    null: fc.constant(null),
    boolean: fc.boolean(),
    int8: fc.integer({ min: -128, max: 127 }).map((number) => new Int8Value(number)),
    int16: fc.integer({ min: -32768, max: 32767 }).map((number) => new Int16Value(number)),
    int32: fc.integer(),
    int64,
    varint: fc.bigInt().map(varint),
    counter: int64.map((number) => new CounterValue(number)),
    float32: fc.float().map((number) => new Float32Value(number)),
    double: fc.oneof(fc.double(), fc.integer(), fc.constant(-0)).map(double),
    decimal: fc.tuple(fc.bigInt(), fc.integer({ min: -20, max: 20 })).map(([all, power]) => decimal(`${all}E${power}`)),
    string: text,
    binary: fc
      .tuple(fc.uint8Array(), fc.integer({ min: 0, max: 255 }))
      .map(([all, type]) => new BinaryValue(all, type)),
    instant: fc.tuple(int64, fc.integer({ min: 0, max: 999_999 })).map(([ms, ns]) => instant(ms, ns)),
    localDate: fc.integer().map((day) => new LocalDateValue(day)),
    localTime: fc.integer({ min: 0, max: 86_399_999_999_999 }).map((nanosecond) => new LocalTimeValue(nanosecond)),
    duration: fc.tuple(fc.integer(), fc.integer(), int64).map((parts) => new DurationValue(...parts)),
    uuid: bytes(16).map((all) => new UuidValue(all)),
    timeuuid: bytes(16).map((all) => new TimeuuidValue(all)),
    objectId: bytes(12).map((all) => new ObjectIdValue(all)),
    regularExpression: fc.tuple(text, text).map((parts) => new RegularExpressionValue(...parts)),
    logicalTimestamp: fc.tuple(fc.nat(), fc.nat()).map((parts) => new LogicalTimestampValue(...parts)),
    code: fc.tuple(text, fc.option(entries.map(documentFrom))).map((parts) => new CodeValue(...parts)),
    symbol: text.map((name) => new SymbolValue(name)),
    pointer: fc.tuple(text, bytes(12)).map(([namespace, id]) => new PointerValue(namespace, new ObjectIdValue(id))),
    minKey: fc.constant(minKey),
    maxKey: fc.constant(maxKey),
    undefined: fc.constant(undefinedValue),
    geoPoint: fc
      .tuple(fc.double({ min: -90, max: 90, noNaN: true }), fc.double({ min: -180, max: 180, noNaN: true }))
      .map((parts) => new GeoPointValue(...parts)),
    reference: text.map((path) => new ReferenceValue(path)),
    vector: fc.float32Array({ maxLength: 3 }).map((elements) => new VectorValue(elements)),
    inet: fc.oneof(bytes(4), bytes(16)).map((all) => new InetValue(all)),
    set: fc.uniqueArray(fc.integer(), { maxLength: 3 }).map((elements) => new SetValue(elements)),
    map: fc
      .uniqueArray(fc.tuple(fc.integer(), tie('value')), { maxLength: 3, selector: ([key]) => key })
      .map((all) => new MapValue(all)),
    tuple: values.map((elements) => new TupleValue(elements)),
    array: values,
    document: entries.map((all) => (all.length > 2 ? new OrderedDocument(all) : documentFrom(all))),
  };
  return { value: fc.oneof({ maxDepth: 3 }, fc.constant(null), ...Object.values(kinds)) };
});

/** Records with values of every kind, and keys of one or two of them. */
export const arbitraryRecord: fc.Arbitrary<DataRecord> = fc.record({
  key: fc.array(value, { minLength: 1, maxLength: 2 }),
  fields: fc
    .uniqueArray(fc.tuple(arbitraryName, value), { maxLength: 5, selector: ([name]) => name })
    .map(documentFrom),
});
