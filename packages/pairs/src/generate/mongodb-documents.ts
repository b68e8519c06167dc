import { BSON, type Document } from 'mongodb';
import { type SeededChoice, seededChoice } from './seeded-choice.js';

const { Binary, BSONRegExp, Code, DBRef, Decimal128, Double, Int32, Long, MaxKey, MinKey, ObjectId, Timestamp, UUID } =
  BSON;

const binary = (subtype: number, bytes: Uint8Array): BSON.Binary => new Binary(bytes, subtype);

/** Values of every kind that a MongoDB server holds, the edges of each often. */
const kinds: Readonly<Record<string, (choice: SeededChoice) => unknown>> = {
  null: () => null,
  boolean: ({ fraction }) => fraction() < 0.5,
  string: ({ text }) => text(),
  int32: ({ integer, pick }) => new Int32(pick([0, 5, -1, 2_147_483_647, -2_147_483_648, integer(-1e6, 1e6)])),
  int64: ({ signed, pick }) => Long.fromBigInt(pick([0n, 5n, 2n ** 53n + 1n, -(2n ** 63n), signed(64), signed(40)])),
  double: ({ fraction, pick }) =>
    new Double(pick([5, 0, -0, Number.NaN, Number.POSITIVE_INFINITY, 0.1, 5e-324, (fraction() - 0.5) * 1e6])),
  decimal: ({ integer, pick }) =>
    Decimal128.fromString(pick(['5', '5.0', 'NaN', '-0.00', `${integer(-1e9, 1e9)}E${integer(-40, 40)}`])),
  binary: ({ bytes, integer }) => binary(0, bytes(integer(0, 6))),
  'binary of a subtype': ({ bytes, pick }) => binary(pick([5, 6, 128]), bytes(4)),
  date: ({ integer, pick }) => new Date(pick([0, -1, 253_402_300_799_999, integer(-1e12, 1e13)])),
  uuid: ({ bytes }) => new UUID(bytes(16)),
  objectId: ({ bytes }) => new ObjectId(bytes(12)),
  regularExpression: ({ integer, pick }) => new BSONRegExp(`^a${integer(0, 99)}/\\d`, pick(['', 'i', 'ix'])),
  timestamp: ({ integer }) => new Timestamp({ t: integer(0, 4_294_967_295), i: integer(0, 4_294_967_295) }),
  code: ({ integer }) => new Code(`return ${integer(0, 99)}`),
  'code with scope': ({ integer }) => new Code('return x', { x: new Int32(integer(0, 9)) }),
  reference: ({ bytes }) => new DBRef('other', new ObjectId(bytes(12))),
  minKey: () => new MinKey(),
  maxKey: () => new MaxKey(),
};

const holders: Readonly<Record<string, (choice: SeededChoice) => unknown>> = {
  'list of int32': ({ several, integer }) => several(3, () => new Int32(integer(-9, 9))),
  'list of integers': ({ several, integer, signed, fraction }) =>
    several(3, () => (fraction() < 0.5 ? new Int32(integer(-9, 9)) : Long.fromBigInt(signed(40)))),
  'list of decimals': ({ several, pick }) =>
    several(2, () => Decimal128.fromString(pick(['0.10', '-0', '1E+9', '12.5']))),
  'list of dates': ({ several, integer }) => several(3, () => new Date(integer(0, 1e12))),
  'list of lists': ({ several, integer }) => several(3, () => several(2, () => new Int32(integer(0, 9)))),
  'list of any': (choice) => choice.several(3, () => anyValue(choice)),
  'list of documents': ({ several, text, bytes }) => several(2, () => ({ id: new ObjectId(bytes(12)), name: text() })),
  nested: (choice) => ({
    city: choice.text(),
    born: new Date(choice.integer(0, 1e12)),
    at: { x: new Double(choice.fraction()), y: new Int32(choice.integer(0, 9)) },
    'a.b': { $x: Long.fromBigInt(choice.signed(64)) },
  }),
  'empty document': () => ({}),
};

function anyValue(choice: SeededChoice): unknown {
  return choice.pick(Object.values(choice.fraction() < 0.8 ? kinds : holders))(choice);
}

/** Keys of which no two are equal, of the kinds that stand as one. */
const keys: readonly ((index: number, choice: SeededChoice) => unknown)[] = [
  (index) => new Int32(index),
  (index) => String(index),
  (index) => new Double(index + 0.5),
  (index) => Long.fromBigInt(2n ** 53n + BigInt(index)),
  (index) => ObjectId.createFromTime(index),
  (index) => ObjectId.createFromTime(index).toHexString(),
  (index) => new Date(index),
  (index) => Decimal128.fromString(`${index}.25`),
  (index, { bytes }) => new UUID(Uint8Array.from([...bytes(12), ...new Uint8Array(Uint32Array.of(index).buffer)])),
  (index) => binary(0, new Uint8Array(Uint32Array.of(index).buffer)),
  (index) => ({ a: new Int32(index), 'b.c': 'x' }),
  (index) => `a/b.${index}#[$]`,
];

/** Documents with a field of each kind, and such in which kinds mix, nest, are null or missing. */
export function mongodbDocuments(count: number, seed: number): readonly Document[] {
  const choice = seededChoice(seed);
  return Array.from({ length: count }, (_, index) => ({
    _id: choice.pick(keys)(index, choice),
    serial: `r${index}`,
    group: `g/${index % 5}.`,
    ...Object.fromEntries(
      Object.entries({ ...kinds, ...holders })
        .filter(() => choice.fraction() < 0.9)
        .map(([kind, make]) => [`of ${kind}`, make(choice)]),
    ),
    mixed: anyValue(choice),
    'a.b': choice.fraction() < 0.5 ? null : new Int32(index),
    $x: choice.pick([new Int32(5), Long.fromBigInt(5n), new Double(5)]),
    '': choice.text(),
    'ü "quoted"': choice.fraction() < 0.5 ? [choice.text()] : { inner: choice.text() },
  }));
}
