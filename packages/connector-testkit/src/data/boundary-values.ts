import {
  BinaryValue,
  CodeValue,
  CounterValue,
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
  type ValueKind,
  type ValueType,
  VectorValue,
  varint,
} from '@datamigrato/core';

/** Values of one kind, for a column of one type where the store has columns. */
export interface BoundaryValues {
  readonly type: ValueType;
  /** Values that every store of the kind holds. */
  readonly ordinary: readonly Value[];
  /** Values at which stores and codecs break: held exactly or refused alone, never changed. */
  readonly awkward: readonly Value[];
}

const bytes = (hexadecimal: string): Uint8Array => Uint8Array.from(Buffer.from(hexadecimal, 'hex'));
const text: ValueType = { kind: 'string' };
const scalar = (kind: ValueKind, ordinary: readonly Value[], awkward: readonly Value[] = []): BoundaryValues => ({
  type: { kind },
  ordinary,
  awkward,
});

const int64Minimum = -(2n ** 63n);
const int64Maximum = 2n ** 63n - 1n;

/** The values of each kind that a store must keep apart, smallest and largest first. Complete by type. */
export const boundaryValues: Readonly<Record<ValueKind, BoundaryValues>> = {
  null: scalar('null', [null]),
  boolean: scalar('boolean', [false, true]),
  int8: scalar(
    'int8',
    [-128, -1, 0, 127].map((value) => new Int8Value(value)),
  ),
  int16: scalar(
    'int16',
    [-32768, -1, 0, 32767].map((value) => new Int16Value(value)),
  ),
  int32: scalar('int32', [-2147483648, -1, 0, 5, 2147483647]),
  int64: scalar('int64', [
    int64Minimum,
    -1n,
    0n,
    5n,
    2147483648n,
    9007199254740991n,
    9007199254740993n,
    -9007199254740993n,
    int64Maximum,
  ]),
  varint: scalar('varint', [
    varint(0n),
    varint(-1n),
    varint(255n),
    varint(-256n),
    2n ** 63n,
    -(2n ** 63n) - 1n,
    10n ** 60n,
  ]),
  counter: scalar(
    'counter',
    [0n, 5n].map((value) => new CounterValue(value)),
    [new CounterValue(int64Maximum)],
  ),
  float32: scalar(
    'float32',
    [0, 5, -1.5, 0.1, 3.4028234663852886e38, 1.401298464324817e-45].map((value) => new Float32Value(value)),
    [Number.NaN, Number.POSITIVE_INFINITY, -0].map((value) => new Float32Value(value)),
  ),
  double: scalar(
    'double',
    [double(0), double(5), -1.5, 0.1, double(2147483647), 9007199254740992, 1.7976931348623157e308, 5e-324],
    [double(-0), double(Number.NaN), double(Number.POSITIVE_INFINITY), double(Number.NEGATIVE_INFINITY)],
  ),
  decimal: scalar(
    'decimal',
    ['0', '5', '-1.5', '1.0', '1.00', '0.1', '9007199254740993.5', '1E+3', '123456789012345678901234567890.1234'].map(
      decimal,
    ),
    ['-0', '0E+3', 'NaN', 'Infinity', '-Infinity', '1E-6176', '12345678901234567890123456789012345.6', '1E+99999'].map(
      decimal,
    ),
  ),
  string: scalar(
    'string',
    [
      'a',
      'ASCII',
      'naïve',
      'e\u0301',
      '\u00e9',
      '\u65e5\u672c\u8a9e',
      '\u{1F600}',
      ' padded ',
      '5',
      'true',
      'line\nbreak',
      '\t"\\',
      '2020-01-01T00:00:00.000Z',
    ],
    [
      '',
      '\0',
      'a\0b',
      '\ud800',
      '\udc00x',
      '\ufffd',
      '\u2028\u2029',
      '\ufeffmark',
      '507f1f77bcf86cd799439011',
      '{"@dm":"int64","v":"5"}',
      'NaN',
      'null',
      '$where',
      "'; DROP TABLE x; --",
    ],
  ),
  binary: scalar(
    'binary',
    ['00', 'ff', '00010203', 'c328'].map((hexadecimal) => new BinaryValue(bytes(hexadecimal))),
    [
      new BinaryValue(bytes('')),
      new BinaryValue(bytes('01'), 2),
      new BinaryValue(bytes('00112233445566778899aabbccddeeff'), 5),
      new BinaryValue(bytes('01'), 128),
      new BinaryValue(Uint8Array.from({ length: 4096 }, (_, index) => index % 256)),
    ],
  ),
  instant: scalar(
    'instant',
    [0, 1, -1, 1_700_000_000_123, -62_135_596_800_000, 253_402_300_799_999].map((milliseconds) =>
      instant(milliseconds),
    ),
    [instant(0, 1000), instant(0, 1), instant(8.64e15 + 1), instant(int64Minimum), instant(int64Maximum)],
  ),
  localDate: scalar(
    'localDate',
    [0, -1, 19_000, -719_528].map((day) => new LocalDateValue(day)),
    [-2147483648, 2147483647].map((day) => new LocalDateValue(day)),
  ),
  localTime: scalar(
    'localTime',
    [0, 1, 43_200_000_000_000, 86_399_999_999_999].map((time) => new LocalTimeValue(time)),
  ),
  duration: scalar(
    'duration',
    [new DurationValue(0, 0, 0n), new DurationValue(14, 3, 1_500_000_001n), new DurationValue(-1, -2, -3n)],
    [new DurationValue(1, -1, 0n), new DurationValue(2147483647, 2147483647, int64Maximum)],
  ),
  uuid: scalar(
    'uuid',
    [
      new UuidValue(bytes('00112233445546678899aabbccddeeff')),
      new UuidValue(bytes('f0112233445546678899aabbccddeeff')),
    ],
    [
      new UuidValue(bytes('00000000000000000000000000000000')),
      new UuidValue(bytes('ffffffffffffffffffffffffffffffff')),
    ],
  ),
  timeuuid: scalar(
    'timeuuid',
    [
      new TimeuuidValue(bytes('58e0a7d7eebc11d896690800200c9a66')),
      new TimeuuidValue(bytes('00000000000010008080808080808080')),
    ],
    [new TimeuuidValue(bytes('00112233445546678899aabbccddeeff'))],
  ),
  objectId: scalar('objectId', [
    new ObjectIdValue(bytes('507f1f77bcf86cd799439011')),
    new ObjectIdValue(bytes('000000000000000000000000')),
    new ObjectIdValue(bytes('ffffffffffffffffffffffff')),
  ]),
  regularExpression: scalar(
    'regularExpression',
    [new RegularExpressionValue('^a.*b$', 'i'), new RegularExpressionValue('a/b', '')],
    [
      new RegularExpressionValue('', ''),
      new RegularExpressionValue('a\0b', ''),
      new RegularExpressionValue('x', 'imsx'),
    ],
  ),
  logicalTimestamp: scalar(
    'logicalTimestamp',
    [
      new LogicalTimestampValue(1, 1),
      new LogicalTimestampValue(1_700_000_000, 7),
      new LogicalTimestampValue(4294967295, 4294967295),
    ],
    [new LogicalTimestampValue(0, 1)],
  ),
  code: scalar('code', [new CodeValue('f()', null), new CodeValue('g(x)', { x: 'y' })], [new CodeValue('', {})]),
  symbol: scalar('symbol', [new SymbolValue('s')], [new SymbolValue('')]),
  pointer: scalar('pointer', [new PointerValue('db.things', new ObjectIdValue(bytes('507f1f77bcf86cd799439011')))]),
  minKey: scalar('minKey', [minKey]),
  maxKey: scalar('maxKey', [maxKey]),
  undefined: scalar('undefined', [undefinedValue]),
  geoPoint: scalar(
    'geoPoint',
    [new GeoPointValue(48.2, 11.6), new GeoPointValue(-90, 180), new GeoPointValue(90, -180)],
    [new GeoPointValue(0, -0)],
  ),
  reference: scalar('reference', [new ReferenceValue('people/ada')], [new ReferenceValue('')]),
  vector: {
    type: { kind: 'vector', element: { kind: 'float32' }, dimensions: 3 },
    ordinary: [new VectorValue(Float32Array.of(0, 0.5, -1)), new VectorValue(Float32Array.of(0.1, 1e30, -1e-30))],
    awkward: [new VectorValue(Float64Array.of(0.1, 0.2, 0.3)), new VectorValue(Float32Array.of())],
  },
  inet: scalar(
    'inet',
    [new InetValue(bytes('7f000001')), new InetValue(bytes('20010db8000000000000000000000001'))],
    [new InetValue(bytes('00000000000000000000ffff7f000001'))],
  ),
  set: {
    type: { kind: 'set', element: text },
    ordinary: [new SetValue(['a']), new SetValue(['b', 'a', 'B'])],
    awkward: [new SetValue([]), new SetValue(['a', null])],
  },
  map: {
    type: { kind: 'map', key: text, value: text },
    ordinary: [
      new MapValue([['a', '1']]),
      new MapValue([
        ['b', '1'],
        ['a.b', '2'],
        ['__proto__', '3'],
      ]),
    ],
    awkward: [new MapValue([]), new MapValue([['a', null]])],
  },
  tuple: {
    type: { kind: 'tuple', elements: [text, text] },
    ordinary: [new TupleValue(['a', 'b']), new TupleValue(['b', 'a'])],
    awkward: [new TupleValue(['a', null])],
  },
  array: {
    type: { kind: 'array', element: text },
    ordinary: [['a'], ['b', 'a', 'b'], Array.from({ length: 200 }, (_, index) => `element ${index}`)],
    awkward: [[], ['a', null], [['a'], ['b']], ['']],
  },
  document: {
    type: {
      kind: 'document',
      fields: [
        { name: 'a', type: text },
        { name: 'b', type: text },
      ],
    },
    ordinary: [{ a: 'x', b: 'y' }, { a: 'x' }],
    awkward: [
      {},
      { a: null, b: 'y' },
      documentFrom([
        ['b', 'x'],
        ['10', 'y'],
        ['2', 'z'],
      ]),
      JSON.parse('{"__proto__":"x","constructor":"y"}') as Value,
      { 'a.b': 'x', $gt: 'y' },
    ],
  },
};
