import {
  BinaryValue,
  CodeValue,
  DoubleValue,
  decimal,
  documentEntries,
  entityName,
  instant,
  isDatamigratoError,
  LogicalTimestampValue,
  maxKey,
  minKey,
  ObjectIdValue,
  OrderedDocument,
  PointerValue,
  RegularExpressionValue,
  SymbolValue,
  UuidValue,
  undefinedValue,
  type Value,
} from '@datamigrato/core';
import { Decimal128 } from 'bson';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { codec } from '../../src/codec.js';
import { arbitraryDocument } from './arbitrary-document.js';
import { type RawFields, type RawValue, raw, rawDocument } from './raw-bson.js';

const decoder = codec.createDecoder({ entity: entityName('things'), key: [], fields: [], origin: 'inferred' });

const decode = (fields: RawFields) => decoder.decode(rawDocument([['_id', raw.int32(1)], ...fields]));
const decodeValue = (value: RawValue): Value | undefined => {
  const { fields } = decode([['v', value]]);
  return documentEntries(fields)[0]?.[1];
};

/** The code of the error that a call throws, which must blame the record. */
function faultOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    if (!isDatamigratoError(error)) throw error;
    expect(error.category).toBe('record');
    return error.code;
  }
  return 'none';
}

const hex = '0102030405060708090a0b0c';
const bytesOfHex = new Uint8Array(Buffer.from(hex, 'hex'));
const sixteen = new Uint8Array(16).fill(7);

describe('every kind', () => {
  const cases: readonly [string, RawValue, Value][] = [
    ['int32', raw.int32(-5), -5],
    ['int64 in the range of int32 stays int64 (A-30)', raw.int64(5n), 5n],
    ['int64', raw.int64(-(2n ** 63n)), -(2n ** 63n)],
    ['integral double stays double (A-30)', raw.double(1), new DoubleValue(1)],
    ['negative zero', raw.double(-0), new DoubleValue(-0)],
    ['NaN', raw.double(Number.NaN), new DoubleValue(Number.NaN)],
    ['fraction', raw.double(1.5), 1.5],
    ['string with U+2028, NUL and an astral character', raw.string('a\u2028\0\u{1F600}'), 'a\u2028\0\u{1F600}'],
    ['string with the replacement character itself', raw.string('a\ufffdb'), 'a\ufffdb'],
    ['boolean', raw.boolean(true), true],
    ['null', raw.null, null],
    ['undefined', raw.undefined, undefinedValue],
    ['date before 1970', raw.date(-1n), instant(-1)],
    ['date beyond those of JavaScript (A-32)', raw.date(8_640_000_000_000_001n), instant(8_640_000_000_000_001)],
    ['date beyond 2^53', raw.date(2n ** 62n), instant(2n ** 62n)],
    ['decimal', raw.decimal(Decimal128.fromString('1.00').bytes), decimal('1.00')],
    ['decimal of negative zero', raw.decimal(Decimal128.fromString('-0E-5').bytes), decimal('-0E-5')],
    ['decimal NaN', raw.decimal(Decimal128.fromString('NaN').bytes), decimal('NaN')],
    ['object id', raw.objectId(hex), new ObjectIdValue(bytesOfHex)],
    ['uuid', raw.binary(4, sixteen), new UuidValue(sixteen)],
    ['old uuid stays binary', raw.binary(3, sixteen), new BinaryValue(sixteen, 3)],
    ['subtype 4 of another length', raw.binary(4, bytesOfHex), new BinaryValue(bytesOfHex, 4)],
    ['old binary with its inner length', raw.binary(2, bytesOfHex), new BinaryValue(bytesOfHex, 2)],
    ['binary of a user', raw.binary(200, bytesOfHex), new BinaryValue(bytesOfHex, 200)],
    ['regular expression', raw.regularExpression('^a', 'im'), new RegularExpressionValue('^a', 'im')],
    ['timestamp', raw.timestamp(2 ** 32 - 1, 2 ** 32 - 2), new LogicalTimestampValue(2 ** 32 - 1, 2 ** 32 - 2)],
    ['code', raw.code('f()'), new CodeValue('f()', null)],
    ['code with scope', raw.codeWithScope('f()', [['x', raw.int64(1n)]]), new CodeValue('f()', { x: 1n })],
    ['symbol', raw.symbol('s'), new SymbolValue('s')],
    ['pointer', raw.pointer('a.b', hex), new PointerValue('a.b', new ObjectIdValue(bytesOfHex))],
    ['min key', raw.minKey, minKey],
    ['max key', raw.maxKey, maxKey],
    ['array', raw.array([raw.int32(1), raw.array([])]), [1, []]],
    ['document', raw.document([['a.b', raw.null]]), { 'a.b': null }],
  ];
  test.each(cases)('%s', (_, bytes, expected) => {
    expect(decodeValue(bytes)).toStrictEqual(expected);
  });
});

describe('fields', () => {
  test('the key is apart from the others, wherever it stands', () => {
    const document = rawDocument([
      ['a', raw.int32(1)],
      ['_id', raw.string('x')],
      ['b', raw.int32(2)],
    ]);
    expect(decoder.decode(document)).toStrictEqual({ key: ['x'], fields: { a: 1, b: 2 } });
  });

  test('A-33 names that look like integers keep their place', () => {
    const { fields } = decode([
      ['b', raw.int32(1)],
      ['10', raw.int32(2)],
      ['2', raw.int32(3)],
    ]);
    expect(fields).toBeInstanceOf(OrderedDocument);
    expect(documentEntries(fields).map(([name]) => name)).toEqual(['b', '10', '2']);
  });

  test('S-12 names of JavaScript are data, and Object.prototype stays what it was', () => {
    const before = Object.getOwnPropertyNames(Object.prototype).join();
    const { fields } = decode([
      ['__proto__', raw.document([['polluted', raw.boolean(true)]])],
      ['constructor', raw.int32(1)],
      ['hasOwnProperty', raw.int32(2)],
    ]);
    expect(documentEntries(fields).map(([name]) => name)).toEqual(['__proto__', 'constructor', 'hasOwnProperty']);
    expect('polluted' in fields).toBe(false);
    expect(Object.getOwnPropertyNames(Object.prototype).join()).toBe(before);
  });

  test.each<[string, RawFields]>([
    [
      'in a document',
      [
        ['a', raw.int32(1)],
        ['b', raw.int32(2)],
        ['a', raw.int32(3)],
      ],
    ],
    [
      'of the key',
      [
        ['a', raw.int32(1)],
        ['_id', raw.int32(2)],
      ],
    ],
    [
      'in a nested document',
      [
        [
          'n',
          raw.document([
            ['x', raw.null],
            ['x', raw.null],
          ]),
        ],
      ],
    ],
    [
      'after a name like an integer',
      [
        ['1', raw.int32(1)],
        ['a', raw.int32(2)],
        ['a', raw.int32(3)],
      ],
    ],
    [
      'of a name like an integer',
      [
        ['a', raw.int32(1)],
        ['7', raw.int32(2)],
        ['7', raw.int32(3)],
      ],
    ],
    [
      'of __proto__',
      [
        ['__proto__', raw.int32(1)],
        ['__proto__', raw.int32(2)],
      ],
    ],
  ])('A-31 a name twice %s is one bad record, every time', (_, fields) => {
    for (let time = 0; time < 3; time += 1) expect(faultOf(() => decode(fields))).toBe('DM_MONGODB_DUPLICATE_FIELD');
    expect(decode([['a', raw.int32(1)]]).fields).toStrictEqual({ a: 1 });
  });

  test('100,000 distinct names are read in order, in every document anew', () => {
    for (let round = 0; round < 3; round += 1) {
      const fields = Array.from({ length: 100_000 }, (_, index) => [`k${round}-${index}`, raw.int32(index)] as const);
      const names = documentEntries(decode(fields).fields).map(([name]) => name);
      expect(names).toEqual(fields.map(([name]) => name));
    }
  });

  test('100,000 distinct names and one of them twice is found', () => {
    const fields = Array.from({ length: 100_000 }, (_, index) => [`k${index}`, raw.int32(index)] as const);
    expect(faultOf(() => decode([...fields, ['k99998', raw.null]]))).toBe('DM_MONGODB_DUPLICATE_FIELD');
  });
});

describe('bad bytes', () => {
  test.each([
    ['a lone continuation', [0x80]],
    ['an overlong slash', [0xc0, 0xaf]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['a cut character in a long text', [...Buffer.from('a'.repeat(50)), 0xe2, 0x82]],
    ['a bad byte beside a replacement character', [0xef, 0xbf, 0xbd, 0xff]],
  ])('A-35 %s is one bad record', (_, bytes) => {
    expect(faultOf(() => decode([['s', raw.stringBytes(Buffer.from(bytes))]]))).toBe('DM_MONGODB_INVALID_UTF8');
    expect(faultOf(() => decode([[Buffer.from(bytes), raw.null]]))).toBe('DM_MONGODB_INVALID_UTF8');
  });

  test('a record that cannot be decoded is told by its key', () => {
    const document = rawDocument([
      ['_id', raw.int64(7n)],
      ['s', raw.stringBytes(Buffer.of(0xff))],
    ]);
    expect(decoder.identify?.(document)).toBe('_id {"@dm":"int64","v":"7"}');
    expect(decoder.identify?.(Buffer.of(1, 2, 3))).toBeUndefined();
    expect(decoder.identify?.(rawDocument([['a', raw.null]]))).toBeUndefined();
  });

  test('a document without a key is one bad record', () => {
    expect(faultOf(() => decoder.decode(rawDocument([['a', raw.null]])))).toBe('DM_MONGODB_ID_MISSING');
  });

  test('an old binary with a wrong inner length is refused, not cut', () => {
    const value = raw.binary(2, bytesOfHex);
    value.bytes.writeInt32LE(3, 5);
    expect(faultOf(() => decode([['b', value]]))).toBe('DM_MONGODB_MALFORMED');
  });

  test('S-15 documents nested 100,000 deep are one bad record and no stack overflow', () => {
    const levels = 100_000;
    const deep = Buffer.alloc(levels * 8 + 5);
    for (let level = 0; level < levels; level += 1) {
      const start = level * 7;
      deep.writeInt32LE(deep.length - level * 8, start);
      deep[start + 4] = 0x03;
      deep[start + 5] = 0x61;
    }
    deep.writeInt32LE(5, levels * 7);
    const document = rawDocument([
      ['_id', raw.null],
      ['deep', { type: 0x03, bytes: deep }],
    ]);
    expect(faultOf(() => decoder.decode(document))).toBe('DM_MONGODB_TOO_DEEP');
  });

  test('whatever bytes come, the answer is a record or an error of this record', () => {
    let refused = 0;
    fc.assert(
      fc.property(
        arbitraryDocument,
        fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        fc.double({ min: 0, max: 1.2, noNaN: true }),
        (document, changes, kept) => {
          const bytes = Buffer.from(document.subarray(0, Math.ceil(document.length * kept)));
          for (const [place, byte] of changes) bytes[Math.floor(place * (bytes.length - 1))] = byte;
          if (faultOf(() => decoder.decode(bytes)) !== 'none') refused += 1;
          decoder.identify?.(bytes);
        },
      ),
      { numRuns: 5000 },
    );
    expect(refused).toBeGreaterThan(1000);
  });

  test('bytes outside the document are never read', () => {
    fc.assert(
      fc.property(arbitraryDocument, fc.nat(), (document, place) => {
        const bytes = Buffer.from(document);
        bytes[place % bytes.length] = 0xff;
        const alone = outcome(bytes);
        const among = Buffer.concat([Buffer.alloc(64, 0x41), bytes, Buffer.alloc(64, 0)]).subarray(
          64,
          64 + bytes.length,
        );
        expect(outcome(among)).toEqual(alone);
      }),
      { numRuns: 1000 },
    );
  });
});

function outcome(bytes: Uint8Array): unknown {
  try {
    return decoder.decode(bytes);
  } catch (error) {
    return isDatamigratoError(error) ? [error.code, error.context] : error;
  }
}
