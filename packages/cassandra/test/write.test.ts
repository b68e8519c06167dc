import {
  BinaryValue,
  type DataRecord,
  DecimalValue,
  DurationValue,
  documentEntries,
  type EntitySchema,
  entityName,
  Float32Value,
  InstantValue,
  SetValue,
  TimeuuidValue,
  TupleValue,
  type Value,
  type ValueType,
  VectorValue,
  valueToText,
} from '@datamigrato/core';
import { describeWithServer } from '@datamigrato/testbed';
import { describe, expect, test } from 'vitest';
import { call, readAll, testKeyspace, writeAll } from './test-keyspace.js';

const simple = (entity: string, fields: Readonly<Record<string, ValueType>>): EntitySchema => ({
  entity: entityName(entity),
  key: [{ name: 'id', role: 'partition', type: { kind: 'string' } }],
  fields: Object.entries(fields).map(([name, type]) => ({ name, type })),
  origin: 'planned',
});

await describeWithServer('cassandra', 'writing', (address) => {
  const keyspace = testKeyspace(address);
  const { oracle, name } = keyspace;

  describe.each(['batch', 'single'] as const)('with strategy %s', (writeStrategy) => {
    test('2,500 records arrive, each once, and writing them again changes nothing', async () => {
      const endpoint = await keyspace.open({ writeStrategy });
      const schema = simple(`many_${writeStrategy}`, { number: { kind: 'int32' }, text: { kind: 'string' } });
      const records: DataRecord[] = Array.from({ length: 2_500 }, (_, index) => ({
        key: [`k${index}`],
        fields: { number: index, text: 'x'.repeat(index % 700) },
      }));
      for (let round = 0; round < 2; round += 1)
        expect(await writeAll(endpoint, schema, records)).toEqual({ failures: [], unchanged: 0 });
      const rows = (
        await oracle.execute(`SELECT id, number, text FROM ${name}."${schema.entity}"`, [], { fetchSize: 5_000 })
      ).rows;
      expect(rows).toHaveLength(2_500);
      for (const row of rows) {
        expect(row['id']).toBe(`k${row['number']}`);
        expect(row['text']).toHaveLength(row['number'] % 700);
      }
    });

    test('a record that the server refuses fails alone, by its index, without its content in the error', async () => {
      const endpoint = await keyspace.open({ writeStrategy });
      const schema = simple(`refused_${writeStrategy}`, { data: { kind: 'binary' } });
      const canary = 'canary-4711';
      const records: DataRecord[] = Array.from({ length: 40 }, (_, index) => ({
        key: [index === 17 ? canary : `k${index}`],
        // More than half a commit log segment, which the server answers with the key in its message.
        fields: { data: new BinaryValue(new Uint8Array(index === 17 ? 5 * 1024 * 1024 : 100)) },
      }));
      const { failures } = await writeAll(endpoint, schema, records);
      expect(failures.map((failure) => failure.index)).toEqual([17]);
      expect(failures[0]?.error).toMatchObject({ code: 'DM_CASSANDRA_RECORD_TOO_LARGE', category: 'record' });
      expect(
        JSON.stringify([failures[0]?.error, failures[0]?.error.message, String(failures[0]?.error.cause)]),
      ).not.toContain(canary);
      expect((await oracle.execute(`SELECT count(*) AS n FROM ${name}."${schema.entity}"`)).first()['n']).toBe(39n);
    });
  });

  test('a missing field leaves what is there, null removes it, and an empty frozen list stays one', async () => {
    const endpoint = await keyspace.open();
    const schema = simple('holes', {
      a: { kind: 'string' },
      b: { kind: 'string' },
      l: { kind: 'array', element: { kind: 'int32' } },
    });
    await writeAll(endpoint, schema, [{ key: ['x'], fields: { a: 'a1', b: 'b1', l: [] } }]);
    await writeAll(endpoint, schema, [{ key: ['x'], fields: { a: null } }]);
    const row = (await oracle.execute(`SELECT * FROM ${name}.holes`)).first();
    expect([row['a'], row['b'], row['l']]).toEqual([null, 'b1', []]);
  });

  test('mode create refuses a record whose key is there, mode skip leaves that record as it is', async () => {
    const endpoint = await keyspace.open();
    const schema = simple('modes', { a: { kind: 'int32' } });
    expect(await writeAll(endpoint, schema, [{ key: ['x'], fields: { a: 1 } }], 'create')).toEqual({
      failures: [],
      unchanged: 0,
    });
    const records: readonly DataRecord[] = [
      { key: ['y'], fields: { a: 2 } },
      { key: ['x'], fields: { a: 3 } },
    ];
    const created = await writeAll(endpoint, schema, records, 'create');
    expect(created.failures.map((failure) => [failure.index, failure.error.code])).toEqual([[1, 'DM_RECORD_EXISTS']]);
    expect(await writeAll(endpoint, schema, [{ key: ['z'], fields: { a: 4 } }, ...records], 'skip')).toEqual({
      failures: [],
      unchanged: 2,
    });
    const rows = (await oracle.execute(`SELECT id, a FROM ${name}.modes`)).rows;
    expect(Object.fromEntries(rows.map((row) => [row['id'], row['a']]))).toEqual({ x: 1, y: 2, z: 4 });
  });

  test('time to live and time of writing are those of the options', async () => {
    const endpoint = await keyspace.open({ timeToLive: '5000', writeTimestamp: 1_700_000_000_000_000 });
    const schema = simple('timed', { a: { kind: 'int32' } });
    await writeAll(endpoint, schema, [{ key: ['x'], fields: { a: 1 } }]);
    const row = (await oracle.execute(`SELECT ttl(a) AS ttl, writetime(a) AS written FROM ${name}.timed`)).first();
    expect(row['ttl']).toBeGreaterThan(4_900);
    expect(row['written']).toBe(1_700_000_000_000_000n);
    await expect(writeAll(endpoint, schema, [{ key: ['x'], fields: { a: 1 } }], 'create')).rejects.toMatchObject({
      code: 'DM_OPTIONS_INVALID',
    });
  });

  test('an existing counter table, view, or table of another shape is a list of conflicts, and nothing is made', async () => {
    await oracle.execute(`CREATE TYPE ${name}.spot (lat double, lng double)`);
    await oracle.execute(
      `CREATE TABLE ${name}.there (id text, at int, a int, s text static, l list<int>, p frozen<spot>, ascii_text ascii, extra blob, PRIMARY KEY (id, at))`,
    );
    const endpoint = await keyspace.open();
    const schema = (fields: EntitySchema['fields'], key?: EntitySchema['key']): EntitySchema => ({
      entity: entityName('there'),
      key: key ?? [
        { name: 'id', role: 'partition', type: { kind: 'string' } },
        { name: 'at', role: 'clustering', type: { kind: 'int32' } },
      ],
      fields,
      origin: 'planned',
    });
    const fits = await endpoint.target().planEntity(
      schema([
        { name: 'a', type: { kind: 'int32' } },
        { name: 's', type: { kind: 'string' }, static: true },
        { name: 'l', type: { kind: 'array', element: { kind: 'int32' } } },
        {
          name: 'p',
          type: {
            kind: 'document',
            fields: [
              { name: 'lat', type: { kind: 'double' } },
              { name: 'lng', type: { kind: 'double' } },
            ],
          },
        },
        { name: 'ascii_text', type: { kind: 'string' } },
      ]),
      call,
    );
    expect(fits).toMatchObject({ exists: true, statements: [], conflicts: [] });
    expect(fits.fingerprint).toMatch(/^[0-9a-f]{64}$/);

    const { conflicts } = await endpoint.target().planEntity(
      schema([
        { name: 'a', type: { kind: 'int64' } },
        { name: 's', type: { kind: 'string' } },
        { name: 'l', type: { kind: 'set', element: { kind: 'int32' } } },
        {
          name: 'p',
          type: {
            kind: 'document',
            fields: [
              { name: 'lng', type: { kind: 'double' } },
              { name: 'lat', type: { kind: 'double' } },
            ],
          },
        },
        { name: 'more', type: { kind: 'uuid' } },
      ]),
      call,
    );
    expect(conflicts).toEqual([
      'the column "a" is int, the plan wants bigint',
      'the column "s" is static, the plan wants it regular',
      'the column "l" is list<int>, the plan wants frozen<set<int>>',
      expect.stringContaining('the column "p" is frozen<"spot">'),
      'it has no column "more" uuid',
    ]);
    const otherKey = await endpoint
      .target()
      .planEntity(schema([], [{ name: 'id', role: 'partition', type: { kind: 'string' } }]), call);
    expect(otherKey.conflicts).toEqual([
      'its key is "id" (partition), "at" (clustering), the plan wants "id" (partition)',
    ]);
    await expect(
      endpoint.target().prepareEntity(schema([{ name: 'a', type: { kind: 'int64' } }]), call),
    ).rejects.toMatchObject({ code: 'DM_CASSANDRA_SCHEMA_CONFLICT', category: 'endpoint' });

    await oracle.execute(`CREATE TABLE ${name}.counting (id text PRIMARY KEY, n counter)`);
    expect(
      (await endpoint.target().planEntity(simple('counting', { n: { kind: 'int64' } }), call)).conflicts.join(),
    ).toContain('counter table');
    const taken = await endpoint.target().planEntity(
      simple('other', {
        p: { kind: 'document', fields: [{ name: 'x', type: { kind: 'int32' } }], native: 'frozen<"spot">' },
      }),
      call,
    );
    expect(taken.conflicts.join()).toContain('type "spot" with other fields');
  });

  test('the plan of a new table is what preparing it runs, and preparing again changes nothing', async () => {
    const endpoint = await keyspace.open();
    const schema: EntitySchema = {
      entity: entityName('made'),
      key: [
        { name: 'a', role: 'partition', type: { kind: 'int32' } },
        { name: 'B', role: 'partition', type: { kind: 'string' } },
        { name: 'c', role: 'clustering', type: { kind: 'int32' } },
        { name: 'd', role: 'clustering', type: { kind: 'int32' } },
      ],
      fields: [
        { name: 's', type: { kind: 'string' }, static: true },
        {
          name: 'deep',
          type: {
            kind: 'document',
            fields: [{ name: 'inner', type: { kind: 'document', fields: [{ name: 'x', type: { kind: 'int32' } }] } }],
          },
        },
      ],
      origin: 'planned',
      native: { descending: ['d'] },
    };
    const plan = await endpoint.target().planEntity(schema, call);
    expect(plan).toEqual({
      exists: false,
      conflicts: [],
      fingerprint: 'absent',
      statements: [
        `CREATE TYPE IF NOT EXISTS "${name}"."made_deep_inner" ("x" int)`,
        `CREATE TYPE IF NOT EXISTS "${name}"."made_deep" ("inner" frozen<"made_deep_inner">)`,
        `CREATE TABLE IF NOT EXISTS "${name}"."made" ("a" int, "B" text, "c" int, "d" int, "s" text static, "deep" frozen<"made_deep">, PRIMARY KEY (("a", "B"), "c", "d")) WITH CLUSTERING ORDER BY ("c" ASC, "d" DESC)`,
      ],
    });
    await endpoint.target().prepareEntity(schema, call);
    const again = await endpoint.target().planEntity(schema, call);
    expect(again).toMatchObject({ exists: true, statements: [], conflicts: [] });
    await endpoint.target().prepareEntity(schema, call);
    expect(await endpoint.target().planEntity(schema, call)).toEqual(again);
  });

  test('S-09: hostile names are names and nothing else', async () => {
    const endpoint = await keyspace.open();
    const names = [
      'a"b',
      '"; DROP KEYSPACE x; --',
      'a.b',
      '$x',
      '__proto__',
      'constructor',
      'select',
      'Ünïcode 😀',
      'line\nbreak',
      'nul\0',
      '10',
      "it's",
      'id2) VALUES (1); --',
      ' ',
      'x'.repeat(3000),
    ];
    const schema = simple(
      'hostile',
      Object.fromEntries(
        names.filter((field) => field !== '__proto__').map((field) => [field, { kind: 'int32' as const }]),
      ),
    );
    const withProto: EntitySchema = {
      ...schema,
      key: [{ name: 'KEY "k"', role: 'partition', type: { kind: 'string' } }],
      fields: [...schema.fields, { name: '__proto__', type: { kind: 'int32' } }],
    };
    const fields: Record<string, Value> = {};
    for (const [index, field] of names.entries())
      Object.defineProperty(fields, field, { value: index, enumerable: true });
    expect((await writeAll(endpoint, withProto, [{ key: ["'; --"], fields }])).failures).toEqual([]);
    const columns = (
      await oracle.execute(
        "SELECT column_name FROM system_schema.columns WHERE keyspace_name = ? AND table_name = 'hostile'",
        [name],
      )
    ).rows;
    expect(columns.map((row) => String(row['column_name'])).sort()).toEqual([...names, 'KEY "k"'].sort());

    const [record] = await readAll(endpoint, 'hostile', 1);
    expect(record?.key).toEqual(["'; --"]);
    const read = documentEntries(record?.fields ?? {});
    expect([...read].sort(([left], [right]) => (left < right ? -1 : 1))).toEqual(
      names.map((field, index) => [field, index] as const).sort(([left], [right]) => (left < right ? -1 : 1)),
    );
    expect(Object.keys(Object.prototype)).toEqual([]);
    for (const table of ['a-b', 'a"b', '', 'x'.repeat(49), 'table; DROP']) {
      const { conflicts } = await endpoint.target().planEntity(simple(table, { a: { kind: 'int32' } }), call);
      expect(conflicts.join()).toContain('is not a name that Cassandra takes');
    }
    const { conflicts } = await endpoint.target().planEntity(simple('empty_column', { '': { kind: 'int32' } }), call);
    expect(conflicts).toEqual(['a column has no name']);
  });

  test('A-34, A-36: a value that the column cannot hold exactly is refused, with the column’s name and never the value', async () => {
    const endpoint = await keyspace.open();
    const refuse = (type: ValueType, value: Value, code: string): void => {
      const encoder = endpoint.connector.codec.createEncoder(simple('strict', { field: type }));
      let thrown: unknown;
      try {
        encoder.encode({ key: ['k'], fields: { field: value } });
      } catch (error) {
        thrown = error;
      }
      expect(thrown, `${type.kind} given ${valueToText(value)}`).toMatchObject({
        code,
        category: 'record',
        context: { column: 'field' },
      });
      expect((thrown as Error).message).toContain('"field"');
      expect((thrown as Error).message).not.toContain('4711');
    };
    const kind = 'DM_CASSANDRA_VALUE_KIND';
    const range = 'DM_CASSANDRA_VALUE_RANGE';
    refuse({ kind: 'int32' }, 4711.7, kind);
    refuse({ kind: 'int32' }, 4711n, kind);
    refuse({ kind: 'int32' }, '4711', kind);
    refuse({ kind: 'int64' }, 4711, kind);
    refuse({ kind: 'int64' }, 2n ** 63n, kind);
    refuse({ kind: 'double' }, 4711, kind);
    refuse({ kind: 'float32' }, 0.4711, kind);
    refuse({ kind: 'double' }, new Float32Value(1), kind);
    refuse({ kind: 'boolean' }, 1, kind);
    refuse({ kind: 'string' }, 4711, kind);
    refuse({ kind: 'string' }, 'half \ud83d 4711', 'DM_CASSANDRA_TEXT_INVALID');
    refuse({ kind: 'string', native: 'ascii' }, 'ä 4711', 'DM_CASSANDRA_TEXT_INVALID');
    refuse({ kind: 'decimal' }, new DecimalValue('NaN'), range);
    refuse({ kind: 'decimal' }, new DecimalValue('-Infinity'), range);
    refuse({ kind: 'decimal' }, new DecimalValue('-0'), range);
    refuse({ kind: 'instant' }, new InstantValue(0, 4711), range);
    refuse({ kind: 'instant' }, new InstantValue(2n ** 63n, 0), range);
    refuse({ kind: 'duration' }, new DurationValue(1, -1, 0n), range);
    refuse({ kind: 'timeuuid' }, new TimeuuidValue(new Uint8Array(16)), range);
    refuse({ kind: 'uuid' }, new TimeuuidValue(new Uint8Array(16)), kind);
    refuse({ kind: 'array', element: { kind: 'int32' } }, [1, null], kind);
    refuse({ kind: 'array', element: { kind: 'int32' } }, [1, 'x'], kind);
    refuse({ kind: 'set', element: { kind: 'int32' } }, [1], kind);
    refuse({ kind: 'array', element: { kind: 'int32' } }, new SetValue([1]), kind);
    refuse({ kind: 'tuple', elements: [{ kind: 'int32' }] }, new TupleValue([1, 2]), range);
    refuse({ kind: 'vector', element: { kind: 'float32' }, dimensions: 2 }, new VectorValue(Float32Array.of(1)), range);
    refuse({ kind: 'vector', element: { kind: 'float32' }, dimensions: 1 }, new VectorValue(Float64Array.of(1)), kind);
    refuse({ kind: 'document', fields: [{ name: 'a', type: { kind: 'int32' } }] }, { b: 4711 }, range);
    const encoder = endpoint.connector.codec.createEncoder(simple('strict', { a: { kind: 'int32' } }));
    const refuseKey = (record: DataRecord): void =>
      expect(() => encoder.encode(record)).toThrow(expect.objectContaining({ code: 'DM_CASSANDRA_KEY_INVALID' }));
    refuseKey({ key: [''], fields: {} });
    refuseKey({ key: [null], fields: {} });
    refuseKey({ key: ['x'.repeat(65_536)], fields: {} });
    expect(() => encoder.encode({ key: ['x'], fields: { a: 1, stranger: 1 } })).toThrow(
      expect.objectContaining({ code: kind }),
    );
  });

  test('records are counted exactly, deleted by key, and all at once; tables and the keyspace are dropped', async () => {
    const endpoint = await keyspace.open();
    const admin = endpoint.admin();
    if (admin === undefined) throw new Error('the connector has no admin');
    const schema: EntitySchema = {
      entity: entityName('counted'),
      key: [
        { name: 'id', role: 'partition', type: { kind: 'int32' } },
        { name: 'c', role: 'clustering', type: { kind: 'string' } },
      ],
      fields: [
        { name: 's', type: { kind: 'string' }, static: true },
        { name: 'v', type: { kind: 'int32' } },
      ],
      origin: 'planned',
    };
    const records: DataRecord[] = Array.from({ length: 300 }, (_, index) => ({
      key: [index >> 1, `c${index}`],
      fields: { v: index },
    }));
    await writeAll(endpoint, schema, [...records, { key: [1000, null], fields: { s: 'alone' } }]);
    expect(await admin.countRecords(schema.entity, call)).toEqual({ value: 301, exact: true });
    const result = await admin.deleteRecords(
      schema,
      [
        [0, 'c0'],
        [0, 'not there'],
        [5, 'c10'],
        [1000, null],
      ],
      call,
    );
    expect(result).toEqual({ failures: [], unchanged: 0 });
    expect(await admin.countRecords(schema.entity, call)).toEqual({ value: 298, exact: true });
    const wrong = await admin.deleteRecords(
      schema,
      [
        [1, 'c2'],
        ['1', 'c3'],
      ],
      call,
    );
    expect(wrong.failures.map((failure) => [failure.index, failure.error.code])).toEqual([
      [1, 'DM_CASSANDRA_VALUE_KIND'],
    ]);
    await admin.deleteRecords(schema, 'all', call);
    expect(await admin.countRecords(schema.entity, call)).toEqual({ value: 0, exact: true });
    await admin.dropEntity(schema.entity, call);
    await admin.dropEntity(schema.entity, call);
    await expect(admin.countRecords(schema.entity, call)).rejects.toMatchObject({ code: 'DM_ENTITY_MISSING' });
  });
});

await describeWithServer('cassandra', 'a keyspace that is missing', (address) => {
  const keyspace = testKeyspace(address, false);
  const { oracle, name } = keyspace;

  test('is an error at opening, unless it may be made; then it is made with the table, and not before', async () => {
    await expect(keyspace.open()).rejects.toMatchObject({
      code: 'DM_CASSANDRA_KEYSPACE_MISSING',
      category: 'endpoint',
    });
    const endpoint = await keyspace.open({ createKeyspace: true });
    const schema = simple('first', { a: { kind: 'int32' } });
    const plan = await endpoint.target().planEntity(schema, call);
    expect(plan.statements[0]).toBe(
      `CREATE KEYSPACE IF NOT EXISTS "${name}" WITH replication = {'class': 'SimpleStrategy', 'replication_factor': '1'}`,
    );
    expect(
      (await oracle.execute('SELECT keyspace_name FROM system_schema.keyspaces WHERE keyspace_name = ?', [name])).rows,
    ).toEqual([]);
    expect((await writeAll(endpoint, schema, [{ key: ['x'], fields: { a: 1 } }])).failures).toEqual([]);
    expect((await oracle.execute(`SELECT a FROM ${name}.first`)).first()['a']).toBe(1);
    await endpoint.admin()?.dropDatabase(call);
    expect(
      (await oracle.execute('SELECT keyspace_name FROM system_schema.keyspaces WHERE keyspace_name = ?', [name])).rows,
    ).toEqual([]);
  });
});
