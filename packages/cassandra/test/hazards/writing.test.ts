import type { AddressInfo } from 'node:net';
import { connect, createServer, type Socket } from 'node:net';
import { type DataRecord, entityName } from '@datamigrato/core';
import { describeWithServer } from '@datamigrato/testbed';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cassandraConnector } from '../../src/index.js';
import { plannedTable } from '../planned-table.js';
import { call, collected, readAll, reading, testKeyspace, writeAll } from '../test-keyspace.js';

/** Operations of the protocol that write what was prepared. */
const writes = new Set([0x0a, 0x0d]);

/** A way to a node that counts the writes on it, and can lose the answers. */
class CountedWay {
  port = 0;
  count = 0;
  losesAnswers = false;
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((client) => this.#accept(client));
  readonly #nodePort: number;

  constructor(nodePort: number) {
    this.#nodePort = nodePort;
  }

  async open(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.port = (this.#server.address() as AddressInfo).port;
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  #accept(client: Socket): void {
    const node = connect(this.#nodePort, '127.0.0.1');
    for (const socket of [client, node]) this.#sockets.add(socket.on('error', () => socket.destroy()));
    client.on('close', () => node.destroy());
    node.on('close', () => client.destroy());
    let unread = Buffer.alloc(0);
    client.on('data', (piece) => {
      unread = Buffer.concat([unread, piece]);
      // A frame is nine bytes, the fifth of which is the operation and the last four the length of what follows.
      while (unread.length >= 9 && unread.length >= 9 + unread.readUInt32BE(5)) {
        if (writes.has(unread.readUInt8(4))) this.count += 1;
        unread = unread.subarray(9 + unread.readUInt32BE(5));
      }
      node.write(piece);
    });
    node.on('data', (piece) => {
      if (!this.losesAnswers) client.write(piece);
    });
  }
}

await describeWithServer('cassandra', 'hazards of writing', (address) => {
  const keyspace = testKeyspace(address);
  const { oracle, name } = keyspace;
  let way: CountedWay;
  beforeAll(async () => {
    way = new CountedWay(address.port);
    await way.open();
  });
  afterAll(() => way.close());

  test.each(['batch', 'single'] as const)(
    'A-15, R-04 the driver sends nothing twice of its own accord when answers are lost (%s)',
    async (writeStrategy) => {
      const schema = plannedTable(`once_${writeStrategy}`, { v: { kind: 'int32' } });
      await writeAll(await keyspace.open(), schema, []);
      const configured = await cassandraConnector.configure({
        contactPoints: '127.0.0.1',
        port: way.port,
        localDataCenter: address.localDataCenter,
        keyspaceName: name,
        writeStrategy,
      });
      way.losesAnswers = false;
      await using endpoint = await configured.open(call);
      const encoder = endpoint.connector.codec.createEncoder(schema);
      const native = encoder.encode({ key: ['a'], fields: { v: 1 } });
      const options = { signal: call.signal, deadline: 1_500, mode: 'replace' as const };
      expect((await endpoint.target().writeBatch(schema.entity, [native], options)).failures).toEqual([]);
      way.count = 0;
      way.losesAnswers = true;
      const { failures } = await endpoint.target().writeBatch(schema.entity, [native], options);
      expect(failures.map(({ error }) => [error.category, error.retry])).toEqual([['transient', 'ambiguous']]);
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      expect(way.count).toBe(1);
      way.losesAnswers = false;
    },
  );

  test('A-16 no statement of ours adds to what is there: a record written three times is there once, as it is', async () => {
    const schema = plannedTable('thrice', {
      n: { kind: 'int64' },
      l: { kind: 'array', element: { kind: 'int32' } },
      s: { kind: 'set', element: { kind: 'string' } },
      m: { kind: 'map', key: { kind: 'string' }, value: { kind: 'int32' } },
    });
    const endpoint = await keyspace.open();
    const record: DataRecord = { key: ['a'], fields: { n: 5n, l: [1, 2, 2] } };
    for (let round = 0; round < 3; round += 1)
      expect((await writeAll(endpoint, schema, [record])).failures).toEqual([]);
    expect(await readAll(endpoint, 'thrice')).toEqual([record]);
  });

  test('A-17 a list that is not frozen holds each element once, however often it is written', async () => {
    await oracle.execute(`CREATE TABLE ${name}.loose (id text PRIMARY KEY, l list<int>)`);
    const endpoint = await keyspace.open();
    const schema = await endpoint.source().inferSchema(entityName('loose'), { ...call, sampleSize: 0 });
    for (let round = 0; round < 3; round += 1)
      await writeAll(endpoint, schema, [{ key: ['a'], fields: { l: [1, 2, 2] } }]);
    expect((await oracle.execute(`SELECT l FROM ${name}.loose`)).first()['l']).toEqual([1, 2, 2]);
  });

  test('A-17 a list that is not frozen and one time of writing for all do not go together: the server would add up', async () => {
    await oracle.execute(`CREATE TABLE ${name}.adding (id text PRIMARY KEY, l list<int>, f frozen<list<int>>)`);
    for (let round = 0; round < 2; round += 1)
      await oracle.execute(`INSERT INTO ${name}.adding (id, l, f) VALUES ('a', [1], [1]) USING TIMESTAMP 1000`);
    const [row] = (await oracle.execute(`SELECT l, f FROM ${name}.adding`)).rows;
    expect([row?.['l'], row?.['f']]).toEqual([[1, 1], [1]]);

    const endpoint = await keyspace.open({ writeTimestamp: 1_700_000_000_000_000 });
    const schema = await endpoint.source().inferSchema(entityName('adding'), { ...call, sampleSize: 0 });
    for (const entity of [schema.entity, entityName('adding_copy')]) {
      const plan = await endpoint.target().planEntity({ ...schema, entity, origin: 'planned' }, call);
      expect(plan.conflicts).toEqual([expect.stringContaining('"l" is a list that is not frozen')]);
      expect(plan.statements).toEqual([]);
    }
    await expect(writeAll(endpoint, schema, [{ key: ['b'], fields: { l: [1] } }])).rejects.toMatchObject({
      code: 'DM_CASSANDRA_SCHEMA_CONFLICT',
    });
  });

  test('A-21 a time to live of 0, which means for ever, is no time to live', async () => {
    for (const timeToLive of [0, '0', -1, 0.5])
      await expect(keyspace.open({ timeToLive })).rejects.toMatchObject({ code: 'DM_OPTIONS_INVALID' });
  });

  test('A-21 rows that expire while they are read disturb nothing: the others are read once, and no time left is 0', async () => {
    await oracle.execute(`CREATE TABLE ${name}.expiring (id int PRIMARY KEY, v text)`);
    for (let id = 0; id < 300; id += 1) {
      const ttl = id % 3 === 0 ? '' : ` USING TTL ${1 + (id % 3)}`;
      await oracle.execute(`INSERT INTO ${name}.expiring (id, v) VALUES (${id}, 'v')${ttl}`);
    }
    const endpoint = await keyspace.open({ readTtl: true, fetchSize: 10 });
    const source = endpoint.source();
    const schema = await source.inferSchema(entityName('expiring'), { ...call, sampleSize: 0 });
    const decoder = endpoint.connector.codec.createDecoder(schema);
    const records: DataRecord[] = [];
    for (const partition of await collected(source.planPartitions(schema.entity, { ...call, targetCount: 2 }))) {
      for await (const batch of source.readPartition(partition, reading(20))) {
        records.push(...batch.records.map((native) => decoder.decode(native)));
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    }
    const keys = records.map(({ key }) => Number(key[0]));
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys.filter((key) => key % 3 === 0)).toHaveLength(100);
    const times = records.map(({ fields }) => (fields as Readonly<Record<string, unknown>>)['_ttl_v']);
    for (const time of times) expect(time === undefined || (typeof time === 'number' && time > 0)).toBe(true);
  });

  test('R-28 rows that expire are not made permanent silently: the plan says so, unless their time left is read', async () => {
    const tables = {
      by_default: 'WITH default_time_to_live = 3600',
      by_row: '',
      of_no_time: '',
      without_columns: '',
    };
    for (const [table, clause] of Object.entries(tables)) {
      const columns = table === 'without_columns' ? 'id int PRIMARY KEY' : 'id int PRIMARY KEY, v text, l list<text>';
      await oracle.execute(`CREATE TABLE ${name}.${table} (${columns}) ${clause}`);
    }
    for (let id = 0; id < 10; id += 1) {
      await oracle.execute(`INSERT INTO ${name}.by_row (id, v) VALUES (${id}, 'v')${id < 3 ? ' USING TTL 600' : ''}`);
      await oracle.execute(`INSERT INTO ${name}.of_no_time (id, v) VALUES (${id}, 'v')`);
    }
    const noticesOf = async (options: Record<string, unknown>, sampleSize: number): Promise<readonly string[]> => {
      const source = (await keyspace.open(options)).source();
      const schemas = await Promise.all(
        Object.keys(tables).map((table) => source.inferSchema(entityName(table), { ...call, sampleSize })),
      );
      return schemas.flatMap(({ entity, notices = [] }) => notices.map((notice) => `${entity}: ${notice}`));
    };
    const said = await noticesOf({}, 1000);
    expect(said).toEqual([
      expect.stringMatching(/^by_default: its rows expire, by default 3600 s after they are written; .*readTtl/),
      expect.stringMatching(/^by_row: of its first 10 rows, 3 were written with a time to live; .*readTtl/),
    ]);
    expect(await noticesOf({ readTtl: true }, 1000)).toEqual([]);
    expect(await noticesOf({}, 0)).toEqual(said.slice(0, 1));
  });

  test('A-08 a position serves another connection, another size of pages and a text file in between', async () => {
    await oracle.execute(`CREATE TABLE ${name}.positions (id int PRIMARY KEY)`);
    for (let id = 0; id < 200; id += 1) await oracle.execute(`INSERT INTO ${name}.positions (id) VALUES (${id})`);
    const first = await keyspace.open({ fetchSize: 7 });
    const other = await keyspace.open({ fetchSize: 100 });
    const entity = entityName('positions');
    const [partition] = await collected(first.source().planPartitions(entity, { ...call, targetCount: 1 }));
    if (partition === undefined) throw new Error('no partition');
    const schema = await first.source().inferSchema(entity, { ...call, sampleSize: 0 });
    const decoder = first.connector.codec.createDecoder(schema);
    const keysOf = async (endpoint: typeof first, after?: unknown): Promise<readonly (readonly unknown[])[]> => {
      const batches = await collected(
        endpoint.source().readPartition(partition, {
          ...reading(30),
          ...(after !== undefined && { after: JSON.parse(JSON.stringify(after)) }),
        }),
      );
      return batches.map((batch) => batch.records.map((native) => decoder.decode(native).key[0]));
    };
    const batches = await collected(first.source().readPartition(partition, reading(30)));
    const all = (await keysOf(first)).flat();
    let read = 0;
    for (const { records, position } of batches) {
      read += records.length;
      expect((await keysOf(other, position)).flat()).toEqual(all.slice(read));
      // Far too little for the paging state of a server.
      expect(JSON.stringify(position).length).toBeLessThan(200);
    }
    expect(read).toBe(200);
  });
});
