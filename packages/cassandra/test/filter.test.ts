import {
  BinaryValue,
  conditionsHold,
  type DataRecord,
  decimal,
  double,
  type Endpoint,
  entityName,
  type FilterOperator,
  InetValue,
  instant,
  type Json,
  LocalDateValue,
  type Partition,
  type SourceCondition,
  TimeuuidValue,
  UuidValue,
  type Value,
  valueToText,
} from '@datamigrato/core';
import { describeWithServer } from '@datamigrato/testbed';
import { describe, expect, test, vi } from 'vitest';
import { call, collected, reading, testKeyspace } from './test-keyspace.js';

vi.setConfig({ testTimeout: 60_000 });

/** A condition on a column of the key. */
function where(column: string, operator: FilterOperator, ...values: readonly Value[]): SourceCondition {
  return { path: [column], inKey: true, operator, values };
}

interface FilteredReading {
  readonly partitions: readonly Partition[];
  /** What the source handed out, in order. */
  readonly records: readonly DataRecord[];
  /** Where a reading goes on after each of them, and in which partition. */
  readonly places: readonly { readonly partition: Partition; readonly position: Json }[];
}

async function openTable(endpoint: Endpoint, table: string) {
  const source = endpoint.source();
  const schema = await source.inferSchema(entityName(table), { ...call, sampleSize: 0 });
  const decoder = endpoint.connector.codec.createDecoder(schema);
  const { manifest } = endpoint.connector;
  return {
    schema,
    /** The conditions that the connector takes of these, as a plan would say. */
    selects: (filter: readonly SourceCondition[]) => manifest.selects?.(schema, filter) ?? [],
    async read(filter: readonly SourceCondition[], batchRecords = 1_000): Promise<FilteredReading> {
      const partitions = await collected(source.planPartitions(schema.entity, { ...call, targetCount: 3, filter }));
      const records: DataRecord[] = [];
      const places: { partition: Partition; position: Json }[] = [];
      for (const partition of partitions) {
        for await (const batch of source.readPartition(partition, { ...reading(batchRecords), filter })) {
          const position = JSON.parse(JSON.stringify(batch.position)) as Json;
          for (const native of batch.records) {
            records.push(decoder.decode(native));
            places.push({ partition, position });
          }
        }
      }
      return { partitions, records, places };
    },
    async rest(partition: Partition, after: Json, filter: readonly SourceCondition[]): Promise<readonly string[]> {
      const batches = await collected(source.readPartition(partition, { ...reading(1_000, after), filter }));
      return batches.flatMap((batch) => batch.records.map((native) => keyText(decoder.decode(native))));
    },
  };
}

const keyText = (record: DataRecord): string => record.key.map(valueToText).join('|');

const isSingle = ({ partitions }: FilteredReading): boolean => partitions.every(({ id }) => id.startsWith('key:'));

/** Values that stores compare in ways of their own, of every kind that a key may have. */
const probes: readonly Value[] = [
  5,
  5n,
  double(5),
  decimal('5.0'),
  5.5,
  0,
  double(-0),
  double(Number.NaN),
  double(Number.POSITIVE_INFINITY),
  -1,
  300,
  9007199254740993n,
  9007199254740992n,
  2n ** 70n,
  '5',
  '',
  'é',
  'e\u0301',
  '\u{1d4b3}',
  '\uff5e',
  '\ud800',
  'x'.repeat(70_000),
  true,
  false,
  null,
  instant(5),
  instant(-5),
  new LocalDateValue(5),
  new UuidValue(Buffer.from('0000000000001000800000000000000a', 'hex')),
  new UuidValue(Buffer.from('ffffffffffff4fff8fffffffffffffff', 'hex')),
  new UuidValue(Buffer.from('00000000000040008000000000000000', 'hex')),
  new TimeuuidValue(Buffer.from('0000000000001000800000000000000a', 'hex')),
  new TimeuuidValue(Buffer.from('00000000000010008000000000000080', 'hex')),
  new InetValue(Buffer.from([127, 0, 0, 1])),
  new BinaryValue(Buffer.from([5])),
  new BinaryValue(Buffer.from([5]), 4),
];

/** Cells as bytes, so that also those stand there which no driver writes. */
const cells: Readonly<Record<string, readonly string[]>> = {
  int: ['00000005', '00000000', 'ffffffff', '0000012c'],
  bigint: ['0000000000000005', '0020000000000001', '0020000000000000', 'ffffffffffffffff'],
  tinyint: ['05', '00', 'ff'],
  varint: ['05', '0005', '00', 'ff'],
  float: ['40a00000', '40b00000', '00000000', '80000000', '7fc00000', '7fc00001', '7f800000'],
  double: [
    ...['4014000000000000', '4016000000000000', '0000000000000000', '8000000000000000', '4340000000000000'],
    ...['7ff8000000000000', '7ff8000000000001', '7ff0000000000000', 'bff0000000000000'],
  ],
  decimal: ['0000000005', '0000000132', '000000020001f4', '0000000000'],
  boolean: ['00', '01', '02'],
  text: ['5', 'é', 'e\u0301', '\u{1d4b3}', '\uff5e', 'a'].map((text) => Buffer.from(text).toString('hex')),
  ascii: ['35', '61'],
  blob: ['05', '0500', 'ff'],
  timestamp: ['0000000000000005', 'fffffffffffffffb', '0000000000000000'],
  date: ['80000005', '80000000', '7fffffff'],
  // By their bytes the second one, of version 1, comes after the others, of version 4.
  uuid: [
    ...['0000000000001000800000000000000a', 'ffffffffffff1fff8fffffffffffffff'],
    ...['ffffffffffff4fff8fffffffffffffff', '00000000000040008000000000000000'],
  ],
  // The server takes the last bytes for signed.
  timeuuid: [
    '0000000000001000800000000000000a',
    '0000000000001000800000000000007f',
    'ffffffffffff1fff8fffffffffffffff',
  ],
  inet: ['7f000001', '7f000002', '00000000000000000000000000000001'],
};

await describeWithServer('cassandra', 'a filter', (address) => {
  const keyspace = testKeyspace(address);
  const { oracle, name } = keyspace;
  const insert = async (table: string, columns: readonly string[], values: readonly unknown[]): Promise<void> => {
    const marks = columns.map(() => '?').join(', ');
    await oracle.execute(`INSERT INTO ${name}.${table} (${columns.join(', ')}) VALUES (${marks})`, [...values], {
      prepare: true,
    });
  };

  /** What is handed out under a filter holds all that core would move, and how many records that is. */
  async function expectNothingLost(
    table: Awaited<ReturnType<typeof openTable>>,
    all: readonly DataRecord[],
    filter: readonly SourceCondition[],
  ): Promise<{ readonly read: number; readonly single: boolean }> {
    const found = await table.read(filter);
    const holds = conditionsHold(filter, table.schema);
    const keys = (records: readonly DataRecord[]): readonly string[] => records.filter(holds).map(keyText).sort();
    const conditionTexts = filter.map(
      ({ path, operator, values }) => `${path.join('.')} ${operator} ${valueToText(values).slice(0, 60)}`,
    );
    const what = `${table.schema.entity}: ${conditionTexts.join(', ')}`;
    expect(keys(found.records), what).toEqual(keys(all));
    expect(isSingle(found), what).toBe(table.selects(filter).length > 0);
    return { read: found.records.length, single: isSingle(found) };
  }

  describe('on every column of the partition key', () => {
    test('makes one partition of the ring; one that leaves a column open leaves the ring as it is', async () => {
      await oracle.execute(
        `CREATE TABLE ${name}.events (tenant text, day int, at int, note text, PRIMARY KEY ((tenant, day), at))`,
      );
      for (const tenant of ['a', 'b'])
        for (const day of [1, 2, 3])
          for (let at = 0; at < 5; at += 1)
            await insert('events', ['tenant', 'day', 'at', 'note'], [tenant, day, at, 'n']);
      const table = await openTable(await keyspace.open(), 'events');
      const both = [where('day', '=', 2n), where('tenant', '=', 'b')];
      const one = await table.read(both);
      expect(one.partitions).toHaveLength(1);
      expect(one.partitions[0]?.id).toBe('key:1');
      expect(one.records.map(({ key }) => key)).toEqual([0, 1, 2, 3, 4].map((at) => ['b', 2, at]));
      expect(table.selects(both)).toEqual(both);

      for (const open of [
        [where('tenant', '=', 'b')],
        [where('tenant', '=', 'b'), where('day', '>=', 2)],
        [where('tenant', '=', 'b'), where('day', '!=', 2)],
        [where('tenant', '=', 'b'), where('at', '=', 2)],
        [{ path: ['note'], inKey: false, operator: '=', values: ['n'] } as const],
      ]) {
        const whole = await table.read(open);
        expect(whole.records).toHaveLength(30);
        expect(isSingle(whole)).toBe(false);
        expect(table.selects(open)).toEqual([]);
      }
    });

    test('with several values makes several partitions, each once, and none of what no row can be', async () => {
      const table = await openTable(await keyspace.open(), 'events');
      const tenants = where('tenant', 'in', 'a', 'b', 'a', 'nobody', 7);
      const several = await table.read([tenants, where('day', 'in', 1, double(1), 3)]);
      expect(several.partitions.map(({ id }) => id)).toEqual(['key:1', 'key:2', 'key:3', 'key:4', 'key:5', 'key:6']);
      expect(new Set(several.records.map(({ key }) => valueToText(key.slice(0, 2))))).toEqual(
        new Set(['["a",1]', '["a",3]', '["b",1]', '["b",3]']),
      );
      expect(several.records).toHaveLength(20);
      const narrowed = await table.read([tenants, where('tenant', '=', 'b'), where('day', '=', 3)]);
      expect(narrowed.partitions).toHaveLength(1);
      for (const impossible of [
        [where('tenant', '=', 'a'), where('tenant', '=', 'b'), where('day', '=', 1)],
        [where('tenant', '=', 'a'), where('day', '=', '1')],
        [where('tenant', '=', 'a'), where('day', '=', 1.5)],
        [where('tenant', '=', 'x'.repeat(70_000)), where('day', '=', 1)],
        [where('tenant', '=', 'a'), where('day', '=', 1), where('at', '=', 'text')],
      ])
        expect((await table.read(impossible)).partitions).toEqual([]);
      const many = where('day', 'in', ...Array.from({ length: 1_001 }, (_, day) => day));
      expect((await table.read([where('tenant', '=', 'a'), many])).records).toHaveLength(30);
      expect(table.selects([where('tenant', '=', 'a'), many])).toEqual([]);
    });

    test('an empty text is looked for where a key may have one', async () => {
      await oracle.execute(`CREATE TABLE ${name}.pairs (a text, b text, PRIMARY KEY ((a, b)))`);
      await insert('pairs', ['a', 'b'], ['', '']);
      await insert('pairs', ['a', 'b'], ['', 'b']);
      const pairs = await openTable(await keyspace.open(), 'pairs');
      expect((await pairs.read([where('a', '=', ''), where('b', '=', '')])).records).toHaveLength(1);
      await oracle.execute(`CREATE TABLE ${name}.singles (a text PRIMARY KEY)`);
      await insert('singles', ['a'], ['a']);
      expect((await (await openTable(await keyspace.open(), 'singles')).read([where('a', '=', '')])).records).toEqual(
        [],
      );
    });

    test.each(Object.keys(cells))('of type %s leaves out no row that core would move', async (type) => {
      await oracle.execute(`CREATE TABLE ${name}.p_${type} (p int, k ${type}, PRIMARY KEY ((p, k)))`);
      for (const hex of cells[type] ?? []) await insert(`p_${type}`, ['p', 'k'], [1, Buffer.from(hex, 'hex')]);
      const table = await openTable(await keyspace.open(), `p_${type}`);
      const all = (await table.read([])).records;
      expect(all).toHaveLength(cells[type]?.length ?? 0);
      let single = 0;
      for (const probe of probes) {
        const found = await expectNothingLost(table, all, [where('p', '=', 1), where('k', '=', probe)]);
        single += Number(found.single);
      }
      expect(single > 0).toBe(type !== 'decimal' && type !== 'varint');
    });
  });

  describe('on leading clustering columns as well', () => {
    test.each(Object.keys(cells))('of type %s leaves out no row that core would move', async (type) => {
      await oracle.execute(
        `CREATE TABLE ${name}.c_${type} (p int, k ${type}, PRIMARY KEY (p, k)) WITH CLUSTERING ORDER BY (k DESC)`,
      );
      for (const hex of cells[type] ?? []) await insert(`c_${type}`, ['p', 'k'], [1, Buffer.from(hex, 'hex')]);
      const table = await openTable(await keyspace.open(), `c_${type}`);
      const all = (await table.read([])).records;
      let left = 0;
      for (const operator of ['=', '<', '<=', '>', '>='] as const)
        for (const probe of probes) {
          const { read } = await expectNothingLost(table, all, [where('p', '=', 1), where('k', operator, probe)]);
          left += all.length - read;
        }
      expect(left > 0).toBe(type !== 'decimal' && type !== 'varint');
    });

    const orders = ['a ASC, b ASC, c ASC', 'a DESC, b ASC, c DESC', 'a ASC, b DESC, c ASC'];
    test.each(orders)('reads that range alone, and goes on after any of its rows: %s', async (order) => {
      const tableName = `ranges_${orders.indexOf(order)}`;
      await oracle.execute(
        `CREATE TABLE ${name}.${tableName} (p int, a int, b text, c double, s text static, PRIMARY KEY (p, a, b, c)) WITH CLUSTERING ORDER BY (${order})`,
      );
      await oracle.execute(`INSERT INTO ${name}.${tableName} (p, s) VALUES (2, 'alone')`);
      for (const p of [1, 3])
        for (let a = 0; a < 3; a += 1)
          for (const b of ['', 'x', 'xx', 'y'])
            for (const c of ['8000000000000000', '0000000000000000', '3ff0000000000000'])
              await insert(tableName, ['p', 'a', 'b', 'c'], [p, a, b, Buffer.from(c, 'hex')]);
      const table = await openTable(await keyspace.open({ fetchSize: 4 }), tableName);
      const all = (await table.read([])).records;
      expect(all).toHaveLength(73);
      const one = where('p', '=', 1);
      const filters: readonly (readonly [number, readonly SourceCondition[]])[] = [
        [36, [one]],
        [12, [one, where('a', '=', 1)]],
        [24, [one, where('a', '>=', 1)]],
        [12, [one, where('a', '>', 0), where('a', '<', 2)]],
        [6, [one, where('a', '=', 1), where('b', '>=', 'x'), where('b', '<=', 'xx')]],
        [2, [one, where('a', '=', 1), where('b', '=', 'x'), where('c', '=', 0)]],
        [3, [one, where('a', '=', 1), where('b', '=', 'x'), where('c', '>=', 0)]],
        [1, [one, where('a', '=', 1), where('b', '=', 'x'), where('c', '=', 1)]],
        // What follows a range narrows it no further, nor does what leaves a column before it open.
        [24, [one, where('a', '<=', 1), where('b', '=', 'x')]],
        [36, [one, where('b', '=', 'x')]],
        [36, [one, where('a', 'in', 0, 2)]],
        [1, [where('p', '=', 2)]],
        [0, [where('p', '=', 2), where('a', '>=', 0)]],
        [72, [where('p', 'in', 1, 3)]],
      ];
      for (const [read, filter] of filters) {
        expect((await expectNothingLost(table, all, filter)).read, JSON.stringify(filter)).toBe(read);
        const { records, places, partitions } = await table.read(filter, 1);
        const keys = records.map(keyText);
        expect(new Set(keys).size).toBe(read);
        for (const [index, { partition, position }] of places.entries()) {
          const last = places.findLastIndex((place) => place.partition === partition);
          expect(await table.rest(partition, position, filter)).toEqual(keys.slice(index + 1, last + 1));
        }
        expect(partitions.length).toBeLessThanOrEqual(2);
      }
      const used = [one, where('a', '<=', 1)];
      expect(table.selects([...used, where('b', '=', 'x'), where('a', '<', 1), where('a', '!=', 0)])).toEqual(used);
    });
  });

  test('parts of the ring that an earlier version planned are read whole with a filter, too', async () => {
    const endpoint = await keyspace.open();
    const table = await openTable(endpoint, 'events');
    const [ring] = await collected(endpoint.source().planPartitions(entityName('events'), { ...call, targetCount: 1 }));
    const filter = [where('tenant', '=', 'a'), where('day', '=', 1)];
    const { schema } = table;
    const batches = await collected(endpoint.source().readPartition(ring as Partition, { ...reading(), filter }));
    expect(batches.flatMap(({ records }) => records)).toHaveLength(30);
    const foreign = { entity: schema.entity, id: 'key:1', range: { key: ['61'] } };
    await expect(collected(endpoint.source().readPartition(foreign, reading()))).rejects.toMatchObject({
      code: 'DM_CASSANDRA_SCHEMA_CONFLICT',
    });
  });
});
