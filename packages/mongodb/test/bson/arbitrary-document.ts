import { Decimal128 } from 'bson';
import fc from 'fast-check';
import { type RawFields, type RawValue, raw, rawDocument } from './raw-bson.js';

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 30 }),
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.string({ maxLength: 200 }),
);

/** Names that are hard on JavaScript objects or on MongoDB, and ordinary ones. */
const fieldName = fc.oneof(
  fc.constantFrom('a', 'b', 'name', '10', '2', '0', '4294967294', '4294967295', '01', '__proto__', 'constructor'),
  fc.constantFrom('', '$x', 'a.b', '$ref', '@dm', 'größe', '\u{1F600}', 'toString', 'length'),
  fc.string({ unit: 'grapheme', maxLength: 12 }).filter((name) => !name.includes('\0')),
);

const terminated = text.filter((value) => !value.includes('\0'));
const objectId = fc.uint8Array({ minLength: 12, maxLength: 12 }).map((bytes) => Buffer.from(bytes).toString('hex'));

const decimal = fc
  .oneof(
    fc.constantFrom(
      '0',
      '-0',
      '0E+3',
      '-0E-10',
      '1.0',
      '1.00',
      'NaN',
      'Infinity',
      '-Infinity',
      '9.999E+6144',
      '1E-6176',
    ),
    fc
      .record({
        digits: fc.bigInt({ min: -(10n ** 34n) + 1n, max: 10n ** 34n - 1n }),
        exponent: fc.integer({ min: -6176, max: 6111 }),
      })
      .map(({ digits, exponent }) => `${digits}E${exponent}`),
  )
  .map((value) => raw.decimal(Decimal128.fromString(value).bytes));

/** Doubles without the many bit patterns of NaN, of which JavaScript keeps one. */
const double = fc.oneof(
  fc.double({ noNaN: true }),
  fc.constantFrom(5, -0, 0, 1.5, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 2 ** 31, 2 ** 53),
);

const date = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.bigInt({ min: -(2n ** 54n), max: 2n ** 54n }),
  fc.constantFrom(0n, -1n, 8_640_000_000_000_001n, -(2n ** 53n), 2n ** 53n, 2n ** 53n - 1n),
);

const { value } = fc.letrec<{ value: RawValue; fields: RawFields }>((tie) => ({
  fields: fc.uniqueArray(fc.tuple(fieldName, tie('value')), { selector: ([name]) => name, maxLength: 6 }),
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    double.map(raw.double),
    text.map(raw.string),
    fc.integer().map(raw.int32),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(raw.int64),
    decimal,
    fc
      .tuple(fc.constantFrom(0, 1, 2, 3, 4, 5, 6, 9, 128, 255), fc.uint8Array({ maxLength: 40 }))
      .map(([subtype, bytes]) => raw.binary(subtype, bytes)),
    fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => raw.binary(4, bytes)),
    objectId.map(raw.objectId),
    fc.boolean().map(raw.boolean),
    date.map(raw.date),
    fc.constantFrom(raw.null, raw.undefined, raw.minKey, raw.maxKey),
    fc
      .tuple(terminated, fc.constantFrom('', 'i', 'imsx', 'xi'))
      .map(([pattern, flags]) => raw.regularExpression(pattern, flags)),
    fc.tuple(text, objectId).map(([namespace, id]) => raw.pointer(namespace, id)),
    text.map(raw.code),
    text.map(raw.symbol),
    fc.tuple(text, tie('fields')).map(([source, scope]) => raw.codeWithScope(source, scope)),
    fc.tuple(fc.nat(2 ** 32 - 1), fc.nat(2 ** 32 - 1)).map(([seconds, ordinal]) => raw.timestamp(seconds, ordinal)),
    fc.array(tie('value'), { maxLength: 6 }).map(raw.array),
    tie('fields').map(raw.document),
  ),
}));

/** Values of every BSON type. */
export const arbitraryRawValue: fc.Arbitrary<RawValue> = value;

/** Values that servers take as `_id`. */
const id = value.filter(({ type }) => ![0x04, 0x06, 0x0b].includes(type));

/** Documents of every BSON type, `_id` first, as servers hand them out. */
export const arbitraryDocument: fc.Arbitrary<Buffer> = fc
  .tuple(
    id,
    fc.uniqueArray(
      fc.tuple(
        fieldName.filter((name) => name !== '_id'),
        value,
      ),
      {
        selector: ([name]) => name,
        maxLength: 12,
      },
    ),
  )
  .map(([key, fields]) => rawDocument([['_id', key], ...fields]));
