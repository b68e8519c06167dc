import { setTimeout as sleep } from 'node:timers/promises';
import { BinaryValue, createRecordStore, type DataRecord, type EntitySchema, entityName } from '@datamigrato/core';
import { describeWithServer } from '@datamigrato/testbed';
import { Client } from 'cassandra-driver';
import { describe, expect, test, vi } from 'vitest';
import { plannedTable } from './planned-table.js';
import { call, testKeyspace, writeAll } from './test-keyspace.js';

await describeWithServer('cassandra', 'writing', (address) => {
  const keyspace = testKeyspace(address);
  const { oracle, name } = keyspace;

  describe.each(['batch', 'single'] as const)('with strategy %s', (writeStrategy) => {
    test('2,500 records arrive, each once, and writing them again changes nothing', async () => {
      const endpoint = await keyspace.open({ writeStrategy });
      const schema = plannedTable(`many_${writeStrategy}`, { number: { kind: 'int32' }, text: { kind: 'string' } });
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

    test('A-14, S-07 a record that the server refuses fails alone, by its index, without its content in the error', async () => {
      const endpoint = await keyspace.open({ writeStrategy });
      const schema = plannedTable(`refused_${writeStrategy}`, { data: { kind: 'binary' } });
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

  test('by default, batches are small enough that a server says nothing about them', async () => {
    const { contactPoints, port, localDataCenter } = address;
    const client = new Client({ contactPoints: [...contactPoints], protocolOptions: { port }, localDataCenter });
    const warnings: string[] = [];
    client.on('log', (level: string, _source: string, message: string) => {
      if (level === 'warning') warnings.push(message);
    });
    const schema = plannedTable(
      'quiet',
      Object.fromEntries(Array.from({ length: 8 }, (_, at) => [`c${at}`, { kind: 'string' }])),
    );
    const records: DataRecord[] = Array.from({ length: 1_000 }, (_, index) => ({
      key: [`k${index}`],
      fields: Object.fromEntries(Array.from({ length: 8 }, (_, at) => [`c${at}`, 'x'.repeat((index * (at + 1)) % 90)])),
    }));
    const quiet = await keyspace.open({
      client,
      contactPoints: undefined,
      port: undefined,
      localDataCenter: undefined,
    });
    expect((await writeAll(quiet, schema, records)).failures).toEqual([]);
    expect(warnings).toEqual([]);
    const loud = await keyspace.open({
      client,
      contactPoints: undefined,
      port: undefined,
      localDataCenter: undefined,
      batchBytes: 40_000,
    });
    expect((await writeAll(loud, schema, records)).failures).toEqual([]);
    expect(warnings.length).toBeGreaterThan(0);
    await client.shutdown();
  });

  test('nothing is sent for a call whose signal is aborted: the server would do it all the same', async () => {
    const { contactPoints, port, localDataCenter } = address;
    const client = new Client({ contactPoints: [...contactPoints], protocolOptions: { port }, localDataCenter });
    try {
      const unused = { contactPoints: undefined, port: undefined, localDataCenter: undefined };
      const endpoint = await keyspace.open({ client, ...unused });
      const schema = plannedTable('kept', { text: { kind: 'string' } });
      await writeAll(endpoint, schema, [{ key: ['x'], fields: { text: 'a' } }]);
      const sent = [vi.spyOn(client, 'execute'), vi.spyOn(client, 'batch')];
      const reason = new Error('stopped');
      const aborted = { ...call, signal: AbortSignal.abort(reason) };
      const admin = endpoint.admin();
      await expect(admin?.deleteRecords(schema, 'all', aborted)).rejects.toBe(reason);
      await expect(admin?.deleteRecords(schema, [['x']], aborted)).rejects.toBe(reason);
      await expect(admin?.dropEntity(schema.entity, aborted)).rejects.toBe(reason);
      await expect(admin?.dropDatabase(aborted)).rejects.toBe(reason);
      await expect(endpoint.target().prepareEntity(schema, aborted)).rejects.toBe(reason);
      for (const spy of sent) expect(spy).not.toHaveBeenCalled();
    } finally {
      await client.shutdown();
    }
  });

  test('many records made and deleted under one signal of a user are no leak in the eyes of Node', async () => {
    const warnings: Error[] = [];
    const hear = (warning: Error): number => warnings.push(warning);
    process.on('warning', hear);
    try {
      const store = createRecordStore(await keyspace.open(), {
        monotonicNow: () => performance.now(),
        wallClock: () => Date.now(),
        random: () => Math.random(),
        sleep: (milliseconds, signal) => sleep(milliseconds, undefined, { signal }),
      });
      const { signal } = new AbortController();
      const records = Array.from({ length: 100 }, (_, index) => ({ key: [`k${index}`], fields: { n: index } }));
      expect(await store.createRecords('crowded', records, { signal })).toMatchObject({ written: 100 });
      const keys = records.map(({ key }) => key);
      expect(await store.deleteRecords('crowded', keys, { signal })).toMatchObject({ failures: [] });
      await sleep(10);
      expect(warnings.map(String)).toEqual([]);
    } finally {
      process.off('warning', hear);
    }
  });

  test('A-22 a missing field leaves what is there, null removes it, and an empty frozen list stays one', async () => {
    const endpoint = await keyspace.open();
    const schema = plannedTable('holes', {
      a: { kind: 'string' },
      b: { kind: 'string' },
      l: { kind: 'array', element: { kind: 'int32' } },
    });
    await writeAll(endpoint, schema, [{ key: ['x'], fields: { a: 'a1', b: 'b1', l: [] } }]);
    await writeAll(endpoint, schema, [{ key: ['x'], fields: { a: null } }]);
    const row = (await oracle.execute(`SELECT * FROM ${name}.holes`)).first();
    expect([row['a'], row['b'], row['l']]).toEqual([null, 'b1', []]);
  });

  test('a column that was dropped meanwhile is the table’s fault, not the records’', async () => {
    const endpoint = await keyspace.open();
    const schema = plannedTable('shrinking', { a: { kind: 'int32' }, b: { kind: 'int32' } });
    const records: readonly DataRecord[] = [
      { key: ['x'], fields: { a: 1, b: 2 } },
      { key: ['y'], fields: { a: 1 } },
    ];
    expect((await writeAll(endpoint, schema, records)).failures).toEqual([]);
    await oracle.execute(`ALTER TABLE ${name}.shrinking DROP b`);
    const encoder = endpoint.connector.codec.createEncoder(schema);
    const natives = records.map((record) => encoder.encode(record));
    const write = () => endpoint.target().writeBatch(schema.entity, natives, { ...call, mode: 'replace' });
    // The server forgot the statement; that passes, and then the true reason is told.
    const first = await write();
    expect(first.failures.map(({ error }) => [error.code, error.retry])).toEqual([
      ['DM_CASSANDRA_UNPREPARED', 'safe'],
      ['DM_CASSANDRA_UNPREPARED', 'safe'],
    ]);
    await expect(write()).rejects.toMatchObject({ code: 'DM_CASSANDRA_SCHEMA_CONFLICT', category: 'endpoint' });
    await oracle.execute(`DROP TABLE ${name}.shrinking`);
    await expect(write()).rejects.toMatchObject({ code: 'DM_ENTITY_MISSING', category: 'endpoint' });
  });

  test('mode create refuses a record whose key is there, mode skip leaves that record as it is', async () => {
    const endpoint = await keyspace.open();
    const schema = plannedTable('modes', { a: { kind: 'int32' } });
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
    const schema = plannedTable('timed', { a: { kind: 'int32' } });
    await writeAll(endpoint, schema, [{ key: ['x'], fields: { a: 1 } }]);
    const row = (await oracle.execute(`SELECT ttl(a) AS ttl, writetime(a) AS written FROM ${name}.timed`)).first();
    expect(row['ttl']).toBeGreaterThan(4_900);
    expect(row['written']).toBe(1_700_000_000_000_000n);
    await expect(writeAll(endpoint, schema, [{ key: ['x'], fields: { a: 1 } }], 'create')).rejects.toMatchObject({
      code: 'DM_OPTIONS_INVALID',
    });
  });

  test('A-45 records are counted exactly, deleted by key, and all at once; tables and the keyspace are dropped', async () => {
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
    expect(await admin.countRecords(schema.entity, { ...call, estimate: true })).toEqual({ value: 301, exact: true });
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
    const schema = plannedTable('first', { a: { kind: 'int32' } });
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
