import { type SeededChoice, seededChoice } from './seeded-choice.js';

const quotedText = (text: string): string => `'${text.replaceAll("'", "''")}'`;
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const uuidOf = (bytes: Uint8Array, version: string): string =>
  hex(bytes).replace(/^(.{8})(.{4}).(.{3})(.{4})(.{12})$/, `$1-$2-${version}$3-$4-$5`);
const day = ({ integer }: SeededChoice): string =>
  `'${String(integer(1, 9999)).padStart(4, '0')}-0${integer(1, 9)}-${integer(10, 28)}'`;
const clockTime = ({ integer }: SeededChoice): string =>
  `'${integer(10, 23)}:${integer(10, 59)}:${integer(10, 59)}.${integer(100_000_000, 999_999_999)}'`;
const decimalText = ({ integer, pick }: SeededChoice): string =>
  pick(['0', '1.00', '1E+30', `-1234567890123456789012345678901234567890.${integer(1, 9)}`, `${integer(-1e9, 1e9)}.5`]);
const doubleText = ({ fraction, pick }: SeededChoice): string =>
  pick(['5', '-0.0', 'NaN', 'Infinity', '0.1', String((fraction() - 0.5) * 1e6)]);
const floatText = ({ integer, pick }: SeededChoice): string =>
  pick(['1.5', 'NaN', '0.1', String(integer(-99, 99) / 8)]);
/** Distinct ones, as the server itself would make them. */
const distinct = (texts: readonly string[]): readonly string[] => [...new Set(texts)];

/** CQL literals of every type that a column can have. */
const types: Readonly<Record<string, (choice: SeededChoice) => string>> = {
  ascii: ({ integer }) => `'plain ${integer(0, 99)}'`,
  text: ({ text }) => quotedText(text()),
  boolean: ({ fraction }) => String(fraction() < 0.5),
  tinyint: ({ integer }) => String(integer(-128, 127)),
  smallint: ({ integer }) => String(integer(-32_768, 32_767)),
  int: ({ integer, pick }) => String(pick([-2_147_483_648, 2_147_483_647, integer(-1e6, 1e6)])),
  bigint: ({ signed, pick }) => String(pick([5n, 2n ** 53n + 1n, -(2n ** 63n), signed(64), signed(40)])),
  varint: ({ signed, pick }) => String(pick([0n, 5n, 2n ** 80n, signed(128), signed(40)])),
  float: floatText,
  double: doubleText,
  decimal: decimalText,
  blob: ({ bytes, integer }) => `0x${hex(bytes(integer(0, 6)))}`,
  timestamp: ({ integer, pick }) => String(pick([0, -1, integer(-1e12, 1e13)])),
  date: day,
  time: clockTime,
  duration: ({ integer }) => `${integer(0, 9)}y${integer(1, 9)}mo${integer(0, 99)}d${integer(1, 999)}ns`,
  uuid: ({ bytes }) => uuidOf(bytes(16), '4'),
  timeuuid: ({ bytes }) => uuidOf(bytes(16), '1'),
  inet: ({ integer, pick }) => pick([`'10.0.${integer(0, 255)}.1'`, `'2001:db8::${integer(1, 99)}'`]),
  'frozen<list<int>>': ({ several, integer }) => `[${several(3, () => integer(-9, 9)).join(', ')}]`,
  'list<timestamp>': ({ several, integer }) => `[${several(3, () => integer(0, 1e12)).join(', ')}]`,
  'frozen<set<bigint>>': ({ several, signed, pick }) =>
    `{${distinct(several(3, () => String(signed(pick([8, 64]))))).join(', ')}}`,
  'set<tinyint>': ({ several, integer }) => `{${distinct(several(3, () => String(integer(-9, 9)))).join(', ')}}`,
  'frozen<map<text, decimal>>': (choice) =>
    `{${distinct(choice.several(3, choice.text))
      .map((key) => `${quotedText(key)}: ${decimalText(choice)}`)
      .join(', ')}}`,
  'map<int, text>': ({ several, integer, text }) =>
    `{${distinct(several(3, () => String(integer(0, 99))))
      .map((key) => `${key}: ${quotedText(text())}`)
      .join(', ')}}`,
  'frozen<tuple<int, text, double>>': (choice) =>
    `(${choice.integer(0, 9)}, ${choice.fraction() < 0.3 ? 'null' : quotedText(choice.text())}, ${doubleText(choice)})`,
  'vector<float, 3>': ({ integer }) => `[${integer(-9, 9)}, ${integer(-9, 9) / 8}, 0.5]`,
  'frozen<item>': (choice) =>
    `{label: ${quotedText(choice.text())}${choice.fraction() < 0.5 ? `, amount: ${decimalText(choice)}` : ''}}`,
  'frozen<list<frozen<item>>>': (choice) =>
    `[${choice.several(2, () => `{label: ${quotedText(choice.text())}}`).join(', ')}]`,
};

const columns = Object.entries(types).map(([type, literal]) => ({ name: `"of ${type}"`, type, literal }));

/** Statements that make the keyspace's types and a table with a column of each type, its key a partition's and a row's. */
export function tableStatements(table: string): readonly string[] {
  const definitions = columns.map(({ name, type }) => `${name} ${type}`);
  return [
    'CREATE TYPE IF NOT EXISTS item (label text, amount decimal)',
    `CREATE TABLE "${table}" (region text, number bigint, serial text, "group" text, "shared" text static, ${definitions.join(', ')}, PRIMARY KEY (region, number)) WITH CLUSTERING ORDER BY (number DESC)`,
  ];
}

/** Statements that write so many rows, in which each column but the key is sometimes empty. */
export function rowStatements(table: string, count: number, seed: number): readonly string[] {
  const choice = seededChoice(seed);
  return Array.from({ length: count }, (_, index) => {
    const filled = columns.filter(() => choice.fraction() < 0.9);
    const region = `a/b.${index % 17} é`;
    const names = ['region', 'number', 'serial', '"group"', '"shared"', ...filled.map(({ name }) => name)];
    const literals = [
      quotedText(region),
      String(2n ** 53n + BigInt(index)),
      `'r${index}'`,
      `'g/${index % 5}.'`,
      quotedText(`of ${region}`),
      ...filled.map(({ literal }) => literal(choice)),
    ];
    return `INSERT INTO "${table}" (${names.join(', ')}) VALUES (${literals.join(', ')})`;
  });
}
