const uuid = '00112233-4455-6677-8899-aabbccddeeff';
const timeuuid = '50554d6e-29bb-11e5-b345-feff819cdc9f';

/** A column of each type with CQL literals, the first ones at the edges of what the type holds. */
const columns: Readonly<Record<string, readonly string[]>> = {
  ascii: ["''", "'plain'"],
  text: ["''", "'naïve 😀 \u2028'", `'{"@dm":"int64","v":"5"}'`],
  boolean: ['true', 'false'],
  tinyint: ['-128', '127'],
  smallint: ['-32768', '32767'],
  int: ['-2147483648', '2147483647'],
  bigint: ['-9223372036854775808', '9223372036854775807', '5'],
  varint: ['340282366920938463463374607431768211456', '0', '-99999999999999999999999999999999999'],
  float: ['1.5', 'NaN', '-Infinity', '0.1'],
  double: ['5', '-0.0', 'NaN', 'Infinity', '0.1'],
  decimal: ['1.00', '-12345678901234567890123456789012345678901234567890.5', '1E+30', '0'],
  blob: ['0x', '0x00ff10'],
  timestamp: ["'2020-02-29T12:34:56.789Z'", '-1', "'9999-12-31T23:59:59.999Z'"],
  date: ["'1970-01-01'", "'0001-01-01'"],
  time: ["'23:59:59.999999999'", "'00:00:00'"],
  duration: ['1y2mo3d4h5ns', '-1mo2d3ns', '0s'],
  uuid: [uuid],
  timeuuid: [timeuuid],
  inet: ["'127.0.0.1'", "'2001:db8::1'"],
  'list<int>': ['[3, 1, 3]'],
  'frozen<list<text>>': ['[]', "['a', '']"],
  'set<tinyint>': ['{-128, 1}'],
  'set<double>': ['{-0.0, 0.0, 1.5}'],
  'frozen<set<bigint>>': ['{}', '{3, -1}'],
  'set<varint>': ['{1, 99999999999999999999999999999999999999999}'],
  'map<text, int>': ["{'a.b': 1, '$x': 2, '': 3, '__proto__': 4, '10': 5, '9': 6, '@dm': 7}"],
  'map<text, text>': [`{'@dm': 'int64', 'v': '5'}`],
  'map<int, text>': ["{1: 'one', 2: 'two'}"],
  'map<double, smallint>': ['{-0.0: 1, 0.0: 2}'],
  'map<inet, date>': ["{'10.0.0.1': '2020-01-01'}"],
  'frozen<map<uuid, frozen<list<int>>>>': [`{${uuid}: [1, 2]}`],
  'frozen<map<text, decimal>>': ['{}', "{'x': 1.50, 'y': 12345678901234567890123456789012345678901234567890.5}"],
  'frozen<tuple<int, text, boolean>>': ["(1, 'x', true)", '(1, null, null)'],
  'frozen<tuple<tinyint, frozen<list<float>>>>': ['(1, [1.5, 0.1])'],
  'vector<float, 3>': ['[1, -2.5, 3]'],
  'vector<double, 2>': ['[0.1, -3]'],
  'vector<int, 2>': ['[7, -7]'],
  'vector<text, 2>': ["['a', 'longer']"],
  'frozen<item>': ["{label: 'x', amount: 2.5}", "{label: 'only'}"],
  item: ['{amount: 1}', "{label: 'y', amount: 0}"],
  'frozen<"Odd ""type""">': [`{"10": 1, b: {label: 'in'}, "é x": ['y'], tiny: 7}`],
  'list<frozen<item>>': ["[{label: 'a'}, {amount: 1}]"],
  'map<text, frozen<item>>': ["{'k': {label: 'a', amount: 1.0}}"],
  'frozen<map<frozen<tuple<int, int>>, frozen<set<text>>>>': ["{(1, 2): {'a', 'b'}}"],
};

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const namedColumns = Object.entries(columns).map(([type, literals]) => ({ name: quoted(`c ${type}`), type, literals }));
const rows = Math.max(...namedColumns.map(({ literals }) => literals.length));

/** What both tables need in their keyspace. */
export const typeStatements: readonly string[] = [
  'CREATE TYPE item (label text, amount decimal)',
  'CREATE TYPE "Odd ""type""" (b frozen<item>, "10" int, "é x" frozen<list<text>>, tiny tinyint)',
];

/** A table with a key of one column; names that mean something elsewhere. */
export const plainTable = {
  name: 'plain',
  /** A document's `_id` is the key, so that no other column can be called so there. */
  mapping: { rename: { _id: 'own id' } },
  definition: [
    `CREATE TABLE plain (id varint PRIMARY KEY, "_id" text, "Mixed Case" int, "a.b" int, "$x" text, "__proto__" text, constructor int, ${namedColumns
      .map(({ name, type }) => `${name} ${type}`)
      .join(', ')})`,
  ],
  rows: [
    ...Array.from({ length: rows }, (_, row) => {
      const there = namedColumns.filter(({ literals }) => row < literals.length);
      return `INSERT INTO plain (id, ${there.map(({ name }) => name).join(', ')}) VALUES (${row}, ${there
        .map(({ literals }) => literals[row])
        .join(', ')})`;
    }),
    `INSERT INTO plain (id, "_id", "Mixed Case", "a.b", "$x", "__proto__", constructor) VALUES (99999999999999999999999999999999999999, 'mine', 1, 2, 'x', 'p', 3)`,
    'INSERT INTO plain (id) VALUES (-1)',
  ],
} as const;

/** A table with partitions of two columns, ordered rows, and columns that a whole partition shares. */
export const wideTable = {
  name: 'wide',
  mapping: {},
  definition: [
    `CREATE TABLE wide (
      region text, "day of" date, at timeuuid, rank decimal, shared text static, tags set<int> static, v double, note text,
      PRIMARY KEY ((region, "day of"), at, rank)
    ) WITH CLUSTERING ORDER BY (at DESC, rank ASC)`,
  ],
  rows: [
    ...Array.from(
      { length: 20 },
      (_, row) =>
        `INSERT INTO wide (region, "day of", at, rank, v, note) VALUES ('r${row % 3}', '2020-01-0${1 + (row % 2)}', ${timeuuid}, ${row}.50, ${row}, 'n${row}')`,
    ),
    `INSERT INTO wide (region, "day of", shared, tags) VALUES ('r0', '2020-01-01', 'of r0', {1, 2})`,
    `INSERT INTO wide (region, "day of", shared) VALUES ('alone', '2020-01-01', 'no rows')`,
    `INSERT INTO wide (region, "day of", at, rank) VALUES ('', '2020-01-01', ${timeuuid}, -1.0)`,
  ],
} as const;
