import {
  BinaryValue,
  CounterValue,
  type DataRecord,
  DurationValue,
  decimal,
  double,
  type EntitySchema,
  entityName,
  Float32Value,
  InetValue,
  Int8Value,
  Int16Value,
  instant,
  LocalDateValue,
  LocalTimeValue,
  MapValue,
  SetValue,
  TimeuuidValue,
  TupleValue,
  UuidValue,
  type Value,
  VectorValue,
  valuesEqual,
  valueToText,
  varint,
} from '@datamigrato/core';
import { describeWithServer } from '@datamigrato/testbed';
import { types } from 'cassandra-driver';
import { beforeAll, expect, test } from 'vitest';
import { call, collected, readAll, testKeyspace, writeAll } from './test-keyspace.js';

const uuid = '00112233-4455-6677-8899-aabbccddeeff';
const timeuuid = '50554d6e-29bb-11e5-b345-feff819cdc9f';
const bytesOf = (text: string): Buffer => Buffer.from(text.replaceAll('-', ''), 'hex');

/** A column of each type: its CQL literals, and the canonical values that stand for them. */
const columns: Readonly<Record<string, readonly (readonly [literal: string, value: Value])[]>> = {
  ascii: [
    ["''", ''],
    ["'plain'", 'plain'],
  ],
  text: [
    ["''", ''],
    ["'naïve 😀 \u2028'", 'naïve 😀 \u2028'],
  ],
  boolean: [
    ['true', true],
    ['false', false],
  ],
  tinyint: [
    ['-128', new Int8Value(-128)],
    ['127', new Int8Value(127)],
  ],
  smallint: [
    ['-32768', new Int16Value(-32768)],
    ['32767', new Int16Value(32767)],
  ],
  int: [
    ['-2147483648', -2147483648],
    ['2147483647', 2147483647],
    ['0', 0],
  ],
  bigint: [
    ['-9223372036854775808', -(2n ** 63n)],
    ['9223372036854775807', 2n ** 63n - 1n],
    ['5', 5n],
    ['-4294967296', -4294967296n],
  ],
  varint: [
    ['0', varint(0n)],
    ['-1', varint(-1n)],
    ['127', varint(127n)],
    ['128', varint(128n)],
    ['-128', varint(-128n)],
    ['-129', varint(-129n)],
    ['340282366920938463463374607431768211456', 2n ** 128n],
    ['-340282366920938463463374607431768211457', -(2n ** 128n) - 1n],
  ],
  float: [
    ['1.5', new Float32Value(1.5)],
    ['NaN', new Float32Value(Number.NaN)],
    ['-Infinity', new Float32Value(Number.NEGATIVE_INFINITY)],
  ],
  double: [
    ['5', double(5)],
    ['0.1', 0.1],
    ['-0.0', double(-0)],
    ['NaN', double(Number.NaN)],
    ['Infinity', double(Number.POSITIVE_INFINITY)],
    ['9007199254740993', double(9007199254740992)],
  ],
  decimal: [
    ['1.00', decimal('1.00')],
    [
      '-12345678901234567890123456789012345678901234567890.5',
      decimal('-12345678901234567890123456789012345678901234567890.5'),
    ],
    ['1E+30', decimal('1E+30')],
    ['0', decimal('0')],
    ['-0.000001', decimal('-0.000001')],
  ],
  blob: [
    ['0x', new BinaryValue(new Uint8Array())],
    ['0x00ff10', new BinaryValue(Uint8Array.of(0, 255, 16))],
  ],
  timestamp: [
    ["'2020-02-29T12:34:56.789Z'", instant(Date.UTC(2020, 1, 29, 12, 34, 56, 789))],
    ['0', instant(0)],
    ['-1', instant(-1)],
    // Beyond what a JavaScript date can be.
    ['8640000000000001', instant(8640000000000001)],
    ['9223372036854775807', instant(2n ** 63n - 1n)],
    ['-9223372036854775808', instant(-(2n ** 63n))],
  ],
  date: [
    ["'1970-01-01'", new LocalDateValue(0)],
    ["'0001-01-01'", new LocalDateValue(-719162)],
    ['0', new LocalDateValue(-(2 ** 31))],
    ['4294967295', new LocalDateValue(2 ** 31 - 1)],
  ],
  time: [
    ["'00:00:00'", new LocalTimeValue(0)],
    ["'23:59:59.999999999'", new LocalTimeValue(86_399_999_999_999)],
  ],
  duration: [
    ['1y2mo3d4h5ns', new DurationValue(14, 3, 14_400_000_000_005n)],
    ['-1mo2d', new DurationValue(-1, -2, 0n)],
    ['0s', new DurationValue(0, 0, 0n)],
  ],
  uuid: [[uuid, new UuidValue(bytesOf(uuid))]],
  timeuuid: [[timeuuid, new TimeuuidValue(bytesOf(timeuuid))]],
  inet: [
    ["'127.0.0.1'", new InetValue(Uint8Array.of(127, 0, 0, 1))],
    ["'2001:db8::1'", new InetValue(bytesOf('20010db8000000000000000000000001'))],
  ],
  'list<int>': [['[3, 1, 3]', [3, 1, 3]]],
  'frozen<list<text>>': [
    ['[]', []],
    ["['a', '']", ['a', '']],
  ],
  'set<double>': [['{-0.0, 0.0, 1.5}', new SetValue([double(-0), double(0), 1.5])]],
  'frozen<set<bigint>>': [
    ['{}', new SetValue([])],
    ['{3, -1}', new SetValue([-1n, 3n])],
  ],
  'map<int, text>': [
    [
      "{1: 'one', 2: 'two'}",
      new MapValue([
        [1, 'one'],
        [2, 'two'],
      ]),
    ],
  ],
  'map<double, int>': [
    [
      '{-0.0: 1, 0.0: 2}',
      new MapValue([
        [double(-0), 1],
        [double(0), 2],
      ]),
    ],
  ],
  'frozen<map<uuid, frozen<list<int>>>>': [
    [`{${uuid}: [1, 2]}`, new MapValue([[new UuidValue(bytesOf(uuid)), [1, 2]]])],
  ],
  'frozen<tuple<int, text, boolean>>': [
    ["(1, 'x', true)", new TupleValue([1, 'x', true])],
    ['(1, null, null)', new TupleValue([1, null, null])],
  ],
  'vector<float, 3>': [['[1, -2.5, 3]', new VectorValue(Float32Array.of(1, -2.5, 3))]],
  'vector<double, 2>': [['[0.1, -3]', new VectorValue(Float64Array.of(0.1, -3))]],
  'vector<int, 2>': [['[7, -7]', [7, -7]]],
  'vector<text, 2>': [["['a', 'longer']", ['a', 'longer']]],
  'vector<smallint, 2>': [['[1, 2]', [new Int16Value(1), new Int16Value(2)]]],
  'frozen<list_item>': [["{label: 'x', amount: 2.5}", { label: 'x', amount: decimal('2.5') }]],
  list_item: [["{label: 'only'}", { label: 'only' }]],
  'frozen<"Odd ""type""">': [
    ['{"10": 1, b: {label: \'in\'}, "é x": [\'y\']}', { 10: 1, b: { label: 'in' }, 'é x': ['y'] }],
  ],
  'list<frozen<list_item>>': [["[{label: 'a'}, {amount: 1}]", [{ label: 'a' }, { amount: decimal('1') }]]],
  'frozen<map<frozen<tuple<int, int>>, frozen<set<text>>>>': [
    ["{(1, 2): {'a', 'b'}}", new MapValue([[new TupleValue([1, 2]), new SetValue(['a', 'b'])]])],
  ],
};

const columnName = (type: string): string => `c ${type}`;
const quotedColumn = (type: string): string => `"${columnName(type).replaceAll('"', '""')}"`;
const rowCount = Math.max(...Object.values(columns).map((values) => values.length));

await describeWithServer('cassandra', 'every type', (address) => {
  const keyspace = testKeyspace(address);
  const { oracle } = keyspace;

  beforeAll(async () => {
    await oracle.execute(`CREATE TYPE ${keyspace.name}.list_item (label text, amount decimal)`);
    await oracle.execute(
      `CREATE TYPE ${keyspace.name}."Odd ""type""" (b frozen<list_item>, "10" int, "é x" frozen<list<text>>)`,
    );
    const definitions = Object.keys(columns).map((type) => `${quotedColumn(type)} ${type}`);
    await oracle.execute(`CREATE TABLE ${keyspace.name}.every (id int PRIMARY KEY, ${definitions.join(', ')})`);
    for (let row = 0; row < rowCount; row += 1) {
      const present = Object.entries(columns).filter(([, values]) => row < values.length);
      const names = present.map(([type]) => quotedColumn(type));
      const literals = present.map(([, values]) => values[row]?.[0]);
      await oracle.execute(
        `INSERT INTO ${keyspace.name}.every (id, ${names.join(', ')}) VALUES (${row}, ${literals.join(', ')})`,
      );
    }
  });

  const expectedFields = (row: number): Record<string, Value> =>
    Object.fromEntries(
      Object.entries(columns).flatMap(([type, values]) =>
        values[row] === undefined ? [] : [[columnName(type), values[row][1]]],
      ),
    );

  test('a row that the server holds is read as it is, kind by kind', async () => {
    const records = await readAll(await keyspace.open(), 'every');
    expect(records).toHaveLength(rowCount);
    for (const record of records) {
      const expected = expectedFields(record.key[0] as number);
      expect(Object.keys(record.fields).sort()).toEqual(Object.keys(expected).sort());
      for (const [name, value] of Object.entries(expected)) {
        const read = (record.fields as Readonly<Record<string, Value>>)[name] as Value;
        expect(valuesEqual(read, value), `${name} of row ${Number(record.key[0])}: ${valueToText(read)}`).toBe(true);
      }
    }
  });

  test('R-21 what is written again is what the server held, cell by cell, in the same types', async () => {
    const endpoint = await keyspace.open();
    const declared = await endpoint.source().inferSchema(entityName('every'), { ...call, sampleSize: 0 });
    const schema: EntitySchema = { ...declared, entity: entityName('every_copy'), origin: 'planned' };
    const records: readonly DataRecord[] = await readAll(endpoint, 'every');
    const result = await writeAll(endpoint, schema, records);
    expect(result.failures).toEqual([]);

    const describeTable = async (table: string): Promise<unknown> =>
      (
        await oracle.execute(
          'SELECT column_name, type, kind FROM system_schema.columns WHERE keyspace_name = ? AND table_name = ?',
          [keyspace.name, table],
        )
      ).rows;
    expect(await describeTable('every_copy')).toEqual(await describeTable('every'));

    const asJson = async (table: string): Promise<readonly string[]> =>
      (await oracle.execute(`SELECT JSON * FROM ${keyspace.name}.${table}`)).rows
        .map((row) => String(row['[json]']))
        .sort();
    const originals = await asJson('every');
    expect(originals).toHaveLength(rowCount);
    expect(await asJson('every_copy')).toEqual(originals);

    // JSON shows no timestamp beyond the year 9999 and no size of an integer: read again what was written.
    const copies = await readAll(endpoint, 'every_copy');
    expect(copies).toHaveLength(rowCount);
    for (const copy of copies) {
      const original = records.find((record) => record.key[0] === copy.key[0]);
      expect(valuesEqual(copy.fields, original?.fields ?? null)).toBe(true);
    }
  });

  test('a table made from kinds alone gets the types that say so in its documentation', async () => {
    const endpoint = await keyspace.open();
    const schema: EntitySchema = {
      entity: entityName('planned'),
      key: [
        { name: 'id', role: 'partition', type: { kind: 'string' } },
        { name: 'at', role: 'clustering', type: { kind: 'instant' } },
      ],
      fields: [
        { name: 'tags', type: { kind: 'array', element: { kind: 'string' } } },
        { name: 'seen', type: { kind: 'set', element: { kind: 'int64' } } },
        { name: 'by', type: { kind: 'map', key: { kind: 'uuid' }, value: { kind: 'double' } } },
        { name: 'place', type: { kind: 'document', fields: [{ name: 'lat', type: { kind: 'double' } }] } },
        { name: 'pair', type: { kind: 'tuple', elements: [{ kind: 'int32' }, { kind: 'decimal' }] } },
        { name: 'sense', type: { kind: 'vector', element: { kind: 'float32' }, dimensions: 2 } },
        { name: 'dm_rest', type: { kind: 'string', encoding: 'json' } },
      ],
      origin: 'planned',
    };
    const record: DataRecord = {
      key: ['a', instant(1)],
      fields: {
        tags: [],
        seen: new SetValue([2n]),
        place: { lat: 1.5 },
        pair: new TupleValue([1, decimal('2.0')]),
        sense: new VectorValue(Float32Array.of(1, 2)),
        dm_rest: '{}',
      },
    };
    expect((await writeAll(endpoint, schema, [record])).failures).toEqual([]);
    const described = await oracle.execute(
      "SELECT column_name, type FROM system_schema.columns WHERE keyspace_name = ? AND table_name = 'planned'",
      [keyspace.name],
    );
    expect(Object.fromEntries(described.rows.map((row) => [row['column_name'], row['type']]))).toEqual({
      at: 'timestamp',
      by: 'frozen<map<uuid, double>>',
      dm_rest: 'text',
      id: 'text',
      pair: 'frozen<tuple<int, decimal>>',
      place: 'frozen<planned_place>',
      seen: 'frozen<set<bigint>>',
      sense: 'vector<float, 2>',
      tags: 'frozen<list<text>>',
    });
    const row = (await oracle.execute(`SELECT * FROM ${keyspace.name}.planned`)).first();
    expect(row['tags']).toEqual([]);
    expect(row['by']).toBeNull();
    expect(row['pair'].elements[1]).toEqual(types.BigDecimal.fromString('2.0'));
  });

  test('A-16 a counter is read as a counter and its table is not copied unless named', async () => {
    await oracle.execute(`CREATE TABLE ${keyspace.name}.visits (page text PRIMARY KEY, count counter)`);
    await oracle.execute(`UPDATE ${keyspace.name}.visits SET count = count + 7 WHERE page = 'home'`);
    const endpoint = await keyspace.open();
    expect(await readAll(endpoint, 'visits')).toEqual([{ key: ['home'], fields: { count: new CounterValue(7n) } }]);
    const listings = await collected(endpoint.source().listEntities(call));
    expect(listings.find((listing) => listing.entity === 'visits')?.excluded).toContain('counter');
    const schema = await endpoint.source().inferSchema(entityName('visits'), { ...call, sampleSize: 0 });
    const plan = await endpoint.target().planEntity({ ...schema, origin: 'planned' }, call);
    expect(plan.conflicts.join()).toContain('counter');
  });
});
