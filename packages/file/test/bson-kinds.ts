import {
  BinaryValue,
  CodeValue,
  decimal,
  double,
  instant,
  LogicalTimestampValue,
  maxKey,
  minKey,
  ObjectIdValue,
  RegularExpressionValue,
  SymbolValue,
  UuidValue,
  type Value,
} from '@datamigrato/core';
import * as bson from 'bson';

export const oid = '0123456789abcdef01234567';
export const uuid = '00112233-4455-6677-8899-aabbccddeeff';
export const uuidBytes = Buffer.from(uuid.replaceAll('-', ''), 'hex');

/** Each BSON kind as the bson library has it, and as a canonical value. */
export const bsonKinds: Readonly<Record<string, readonly [unknown, Value]>> = {
  int32: [new bson.Int32(-5), -5],
  int64: [bson.Long.fromString('9007199254740993'), 9007199254740993n],
  'small int64': [bson.Long.fromNumber(5), 5n],
  double: [new bson.Double(1.5), 1.5],
  'integral double': [new bson.Double(5), double(5)],
  'negative zero': [new bson.Double(-0), double(-0)],
  'not a number': [new bson.Double(Number.NaN), double(Number.NaN)],
  infinity: [new bson.Double(Number.NEGATIVE_INFINITY), double(Number.NEGATIVE_INFINITY)],
  decimal: [bson.Decimal128.fromString('1.00'), decimal('1.00')],
  'large decimal': [
    bson.Decimal128.fromString('9.999999999999999999999999999999999E+6144'),
    decimal('9.999999999999999999999999999999999E+6144'),
  ],
  'decimal not a number': [bson.Decimal128.fromString('NaN'), decimal('NaN')],
  text: ['é\u2028\u0000😀', 'é\u2028\u0000😀'],
  boolean: [true, true],
  null: [null, null],
  date: [new Date('2020-02-29T12:34:56.789Z'), instant(1582979696789)],
  'date before 1970': [new Date(-1), instant(-1)],
  'date in year 20000': [new Date('+020000-01-01T00:00:00.000Z'), instant(Date.parse('+020000-01-01T00:00:00.000Z'))],
  objectId: [new bson.ObjectId(oid), new ObjectIdValue(Buffer.from(oid, 'hex'))],
  uuid: [new bson.UUID(uuid), new UuidValue(uuidBytes)],
  binary: [new bson.Binary(Buffer.from([1, 2, 255]), 0), new BinaryValue(Buffer.from([1, 2, 255]))],
  'binary of subtype 128': [new bson.Binary(Buffer.from([1]), 0x80), new BinaryValue(Buffer.from([1]), 0x80)],
  'binary of subtype 4 that is no UUID': [new bson.Binary(Buffer.from([1]), 4), new BinaryValue(Buffer.from([1]), 4)],
  'old binary': [new bson.Binary(Buffer.from([7, 8]), 2), new BinaryValue(Buffer.from([7, 8]), 2)],
  'old uuid': [new bson.Binary(uuidBytes, 3), new BinaryValue(uuidBytes, 3)],
  timestamp: [new bson.Timestamp({ t: 4294967295, i: 7 }), new LogicalTimestampValue(4294967295, 7)],
  'regular expression': [new bson.BSONRegExp('^a/"', 'im'), new RegularExpressionValue('^a/"', 'im')],
  code: [new bson.Code('return 1'), new CodeValue('return 1', null)],
  'code with scope': [new bson.Code('return x', { x: new bson.Int32(1) }), new CodeValue('return x', { x: 1 })],
  symbol: [new bson.BSONSymbol('s'), new SymbolValue('s')],
  minKey: [new bson.MinKey(), minKey],
  maxKey: [new bson.MaxKey(), maxKey],
  document: [
    { a: new bson.Int32(1), b: { c: [] } },
    { a: 1, b: { c: [] } },
  ],
  array: [
    [new bson.Int32(1), 'x', [null], {}],
    [1, 'x', [null], {}],
  ],
  reference: [
    new bson.DBRef('users', new bson.ObjectId(oid), 'db'),
    { $ref: 'users', $id: new ObjectIdValue(Buffer.from(oid, 'hex')), $db: 'db' },
  ],
  'a field with a dollar': [{ a: { $set: { x: new bson.Int32(1) } } }, { a: { $set: { x: 1 } } }],
};
