import { BSON, type Document } from 'mongodb';

const { Binary, BSONRegExp, Code, DBRef, Decimal128, Double, Int32, Long, MaxKey, MinKey, ObjectId, Timestamp, UUID } =
  BSON;

const hex = '00112233445566778899aabb';
const uuid = '00112233-4455-6677-8899-aabbccddeeff';
const binary = (subType: number, ...bytes: number[]): BSON.Binary => new Binary(Uint8Array.from(bytes), subType);

/** Numbers that differ in kind alone, or in what a wider kind makes of them. */
const numbers: readonly unknown[] = [
  new Int32(5),
  Long.fromBigInt(5n),
  new Double(5),
  Decimal128.fromString('5'),
  Decimal128.fromString('5.0'),
  new Int32(0),
  new Double(0),
  new Double(-0),
  new Double(Number.NaN),
  new Double(Number.POSITIVE_INFINITY),
  new Double(Number.NEGATIVE_INFINITY),
  Long.fromBigInt(9007199254740993n),
  Long.MIN_VALUE,
  Long.MAX_VALUE,
  new Int32(-2147483648),
  new Double(0.1),
  new Double(5e-324),
  new Double(Number.MAX_VALUE),
  Decimal128.fromString('0.10'),
  Decimal128.fromString('-0'),
  Decimal128.fromString('-0.00'),
  Decimal128.fromString('9.999999999999999999999999999999999E+6144'),
  Decimal128.fromString('1E-6176'),
  Decimal128.fromString('NaN'),
  Decimal128.fromString('-Infinity'),
];

/** One value or more of every other kind that a server holds. */
const values: readonly unknown[] = [
  '',
  'text',
  'NaN',
  '5',
  '{"@dm":"int64","v":"5"}',
  '😀 \u2028 \u0001 \\ " \' $$ ; DROP TABLE x',
  'long '.repeat(2_000),
  true,
  false,
  null,
  new ObjectId(hex),
  new UUID(uuid),
  binary(0),
  binary(0, 0, 255, 16),
  binary(1, 1),
  binary(2, 1, 2, 3),
  binary(3, ...new Array<number>(16).fill(7)),
  binary(5, ...new Array<number>(16).fill(9)),
  binary(6, 1, 2),
  binary(128, 200),
  new Date(0),
  new Date(-1),
  new Date('0001-01-01T00:00:00.000Z'),
  new Date('9999-12-31T23:59:59.999Z'),
  new Date('1969-12-31T23:59:59.999Z'),
  new BSONRegExp('^a/b"\\d$', 'ix'),
  new Code('function () { return 1; }'),
  new Code('return x;', { x: new Int32(1), 'a.b': Long.fromBigInt(2n) }),
  new DBRef('other', new ObjectId(hex)),
  new Timestamp({ t: 4_000_000_000, i: 7 }),
  new MinKey(),
  new MaxKey(),
  [],
  {},
  [[]],
  [{}],
  [null],
  [[1, [2, [3, []]]], { a: [{ b: [] }] }],
  [new Int32(1), new Double(1), Long.fromBigInt(1n), '1', null],
  ['a', 'b'],
  [new Int32(1), new Int32(2)],
  { a: {} },
  { '0': 'zero', '10': 'ten', '9': 'nine', b: 1, a: 2 },
  { 'a.b': 1, $x: 2, '': 3, ' ': 4 },
  { '@dm': 'int64', v: '5' },
  { '@dm': { '@dm': 'document' } },
  { constructor: 1, hasOwnProperty: null, toString: 'x', length: new Double(3) },
  owning('__proto__', { polluted: true }),
  { 'name with "quotes"': 1, "it's": 2, 'ünï-\u{1f600}': 3, 'new\nline': 4 },
];

/** Keys of every kind, among them such that look alike in a text or a path. No NaN: SecantusDB takes it in an insert and refuses it in an upsert. */
const keys: readonly unknown[] = [
  new Int32(1),
  '1',
  new Double(1.5),
  '1.5',
  Long.fromBigInt(9007199254740993n),
  Decimal128.fromString('0.30'),
  new Double(Number.NEGATIVE_INFINITY),
  '',
  ' ',
  'i~1',
  's~',
  'j~{}',
  'null',
  'true',
  true,
  false,
  null,
  new ObjectId(hex),
  hex,
  hex.toUpperCase(),
  new UUID(uuid),
  uuid,
  binary(0),
  binary(0, 1, 2),
  binary(128, 3, 4),
  new Date(0),
  new Date(-86_400_000),
  '1970-01-01T00:00:00.000Z',
  new Timestamp({ t: 4_000_000_000, i: 1 }),
  new MinKey(),
  new MaxKey(),
  new Code('x'),
  {},
  { a: 1, b: 2 },
  { b: 2, a: 1 },
  { a: 1, b: '2' },
  { a: { b: [1, { c: null }] } },
  { 'a.b': 1 },
  { '@dm': 'string' },
  'é',
  'e\u0301',
  '..',
  '__proto__',
  'a/b',
  'a%2Fb',
  '\u0000x',
  'k'.repeat(900),
];

/** A document that owns a field of any name at all, even one that assigning would not make. */
function owning(name: string, value: unknown): Document {
  return Object.defineProperty({}, name, { value, enumerable: true, configurable: true, writable: true });
}

/**
 * Documents of every kind, in which each kind meets each place: alone, beside other kinds under one name, late, nested, in lists, null and missing.
 *
 * The first `tame` ones hold little, so that a small sample has not seen what comes later.
 */
export function awkwardDocuments(count: number, tame: number): readonly Document[] {
  return Array.from({ length: count }, (_, index) => {
    const at = <Item>(items: readonly Item[], step = 1): Item => items[(index * step) % items.length] as Item;
    const key = index < tame || index - tame >= keys.length ? `k${index}` : keys[index - tame];
    const document: Document = {
      _id: key,
      name: `name ${index}`,
      count: new Int32(index),
      genre: at(['drama', 'comedy', 'a b', '5']),
      serial: Long.fromBigInt(BigInt(index) * 1_000_000_007n),
      nested: { city: `c${index % 7}`, at: { x: new Double(index), y: new Int32(-index) } },
      tags: ['x', 'y'].slice(0, index % 3),
      ...(index % 3 === 0 ? { maybe: null } : index % 3 === 1 ? { maybe: `m${index}` } : {}),
    };
    document['nullable'] = index % 2 === 0 ? null : new Int32(index);
    if (index < tame) return document;
    if (index % 5 === 0) delete document['nullable'];
    document['number'] = at(numbers);
    document['other number'] = at(numbers.slice(0, 3), 2);
    document['any'] = at(values);
    document['list'] = [at(values, 7), at(numbers, 11)];
    document['inside'] = { value: at(values, 13), 'a.b': { $x: at(numbers, 3) }, '7': 1, '3': 2 };
    if (index % 4 === 0) document['name'] = at(values, 3);
    if (index % 6 === 0) document['nested'] = at(values, 5);
    if (index % 6 === 1) document['nested'] = { city: at(values, 5), at: at(values, 11), more: at(numbers, 5) };
    if (index % 6 === 2) document['tags'] = at(values, 17);
    if (index % 7 === 0) document['count'] = at(numbers, 7);
    if (index % 8 === 0) Object.defineProperty(document, '__proto__', { value: at(values), enumerable: true });
    if (index % 8 === 1) Object.assign(document, { constructor: at(values), '': 1, 'a.b': { c: 1 }, $x: 2, '12': 3 });
    if (index % 8 === 2) Object.assign(document, { id: index, dm_rest: 'mine', Name: 'N', 'na"me': null });
    if (index % 9 === 0) document[`late ${index}`] = at(values);
    return document;
  });
}
