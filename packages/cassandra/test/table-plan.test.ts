import { documentEntries, type EntitySchema, entityName, type Value } from '@datamigrato/core';
import { describeWithServer } from '@datamigrato/testbed';
import { expect, test } from 'vitest';
import { plannedTable } from './planned-table.js';
import { call, readAll, testKeyspace, writeAll } from './test-keyspace.js';

await describeWithServer('cassandra', 'tables', (address) => {
  const keyspace = testKeyspace(address);
  const { oracle, name } = keyspace;

  test('A-16 an existing counter table, view, or table of another shape is a list of conflicts, and nothing is made', async () => {
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
      (await endpoint.target().planEntity(plannedTable('counting', { n: { kind: 'int64' } }), call)).conflicts.join(),
    ).toContain('counter table');
    const taken = await endpoint.target().planEntity(
      plannedTable('other', {
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
    const schema = plannedTable(
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
      const { conflicts } = await endpoint.target().planEntity(plannedTable(table, { a: { kind: 'int32' } }), call);
      expect(conflicts.join()).toContain('is not a name that Cassandra takes');
    }
    const { conflicts } = await endpoint
      .target()
      .planEntity(plannedTable('empty_column', { '': { kind: 'int32' } }), call);
    expect(conflicts).toEqual(['a column has no name']);
  });
});
