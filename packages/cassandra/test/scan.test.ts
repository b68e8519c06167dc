import { setTimeout } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import {
  BinaryValue,
  type DataRecord,
  type Endpoint,
  entityName,
  type Json,
  type Partition,
  valueToText,
} from '@datamigrato/core';
import { type CassandraAddress, describeWithServer } from '@datamigrato/testbed';
import { Client, tracker } from 'cassandra-driver';
import { describe, expect, test } from 'vitest';
import { cassandraConnector } from '../src/index.js';
import { keyWithToken } from './murmur3-key.js';
import { call, collected, readAll, reading, testKeyspace } from './test-keyspace.js';

const minimum = -(2n ** 63n);
const maximum = 2n ** 63n - 1n;

/** Keys of records as text, in the order of the scan. */
const keyText = (record: DataRecord): string => record.key.map(valueToText).join('|');

interface ScannedRecord {
  readonly key: string;
  /** Where a scan goes on after this record. */
  readonly position: Json;
}

/** Every record of a partition of the ring with its position, read one record at a time. */
async function scanned(
  endpoint: Endpoint,
  table: string,
  partition: Partition,
  after?: Json,
  batchRecords = 1,
): Promise<readonly ScannedRecord[]> {
  const source = endpoint.source();
  const schema = await source.inferSchema(entityName(table), { ...call, sampleSize: 0 });
  const decoder = endpoint.connector.codec.createDecoder(schema);
  const records: ScannedRecord[] = [];
  for await (const batch of source.readPartition(partition, reading(batchRecords, after))) {
    expect(batch.records.length).toBeLessThanOrEqual(batchRecords);
    // The position goes through JSON, as in a checkpoint.
    const position = JSON.parse(JSON.stringify(batch.position)) as Json;
    for (const native of batch.records) records.push({ key: keyText(decoder.decode(native)), position });
  }
  return records;
}

/** A client of the caller's, and the bytes that it has received so far. */
function countingClient({ contactPoints, port, localDataCenter }: CassandraAddress): {
  readonly client: Client;
  received(): number;
} {
  let received = 0;
  // The driver checks that it is given an instance of this very class, which its declarations call an interface.
  const base: new () => tracker.RequestTracker = Reflect.get(tracker, 'RequestTracker');
  const requestTracker = Object.assign(new base(), {
    onSuccess: (...facts: Parameters<tracker.RequestTracker['onSuccess']>) => {
      received += facts[5];
    },
  });
  const client = new Client({
    contactPoints: [...contactPoints],
    protocolOptions: { port },
    localDataCenter,
    requestTracker,
  });
  return { client, received: () => received };
}

async function wholeRing(endpoint: Endpoint, table: string): Promise<Partition> {
  const [partition] = await collected(endpoint.source().planPartitions(entityName(table), { ...call, targetCount: 1 }));
  return partition as Partition;
}

interface Resumed {
  readonly keys: readonly string[];
  /** The records before which a read that went on after some record did not give exactly the rest. */
  readonly wrong: readonly string[];
}

/** Reads a table once, then once more after each of its records. */
async function resumedFromEveryRecord(endpoint: Endpoint, table: string): Promise<Resumed> {
  const partition = await wholeRing(endpoint, table);
  const all = await scanned(endpoint, table, partition);
  const wrong: string[] = [];
  for (const [index, record] of all.entries()) {
    const rest = await scanned(endpoint, table, partition, record.position, 1_000);
    const expected = all.slice(index + 1).map(({ key }) => key);
    if (
      !isDeepStrictEqual(
        rest.map(({ key }) => key),
        expected,
      )
    )
      wrong.push(record.key);
  }
  return { keys: all.map(({ key }) => key), wrong };
}

interface Summary {
  readonly count: number;
  readonly different: number;
  readonly wrong: readonly string[];
}

/** So many different records, and the exact rest after each of them. */
const complete = (count: number): Summary => ({ count, different: count, wrong: [] });

async function summaryOfResuming(endpoint: Endpoint, table: string): Promise<Summary> {
  const { keys, wrong } = await resumedFromEveryRecord(endpoint, table);
  return { count: keys.length, different: new Set(keys).size, wrong };
}

await describeWithServer('cassandra', 'scan', (address) => {
  const keyspace = testKeyspace(address);
  const { oracle, name } = keyspace;

  describe('A-07: the edges of the ring', () => {
    test('keys with the lowest, the highest and the node’s own tokens are read once, however the ring is cut', async () => {
      await oracle.execute(`CREATE TABLE ${name}.edges (id blob PRIMARY KEY, token_text text)`);
      const nodeTokens = oracle.hosts.values().flatMap((host) => host.tokens.map(BigInt));
      expect(nodeTokens.length).toBeGreaterThan(1);
      const tokens = [minimum, minimum + 1n, minimum + 2n, maximum - 1n, maximum, 0n, -1n, 1n];
      for (const token of nodeTokens) tokens.push(token - 1n, token, token + 1n);
      for (const [index, token] of tokens.entries()) {
        const key = keyWithToken(token, BigInt(index));
        await oracle.execute(`INSERT INTO ${name}.edges (id, token_text) VALUES (?, ?)`, [key, String(token)], {
          prepare: true,
        });
      }
      const rows = (await oracle.execute(`SELECT id, token(id) AS t, token_text FROM ${name}.edges`)).rows;
      expect(rows).toHaveLength(tokens.length);
      // The construction of the keys is right: a hash of the lowest value counts as the highest token.
      for (const row of rows)
        expect(String(row['t'])).toBe(row['token_text'] === String(minimum) ? String(maximum) : row['token_text']);
      const expected = rows.map((row) => valueToText(new BinaryValue(row['id']))).sort();
      const endpoint = await keyspace.open();
      for (const targetCount of [1, 2, 3, 4, 5, 7, 16, 100]) {
        const records = await readAll(endpoint, 'edges', targetCount);
        expect(records.map(keyText).sort(), `cut into ${targetCount}`).toEqual(expected);
      }
      expect(await summaryOfResuming(endpoint, 'edges')).toEqual(complete(tokens.length));
    });

    test('partitions that share one token are all read, also after a position among them', async () => {
      await oracle.execute(`CREATE TABLE ${name}.shared (id blob, seq int, value text, PRIMARY KEY (id, seq))`);
      const shared = 1234567890123456789n;
      const keys = [0n, 1n, 2n, 3n].map((variant) => keyWithToken(shared, variant));
      expect(new Set(keys.map((key) => key.toString('hex'))).size).toBe(4);
      for (const key of [...keys, keyWithToken(shared - 1n, 9n), keyWithToken(shared + 1n, 9n)]) {
        for (let seq = 0; seq < 3; seq += 1) {
          await oracle.execute(`INSERT INTO ${name}.shared (id, seq, value) VALUES (?, ?, 'v')`, [key, seq], {
            prepare: true,
          });
        }
      }
      const tokens = (await oracle.execute(`SELECT DISTINCT id, token(id) AS t FROM ${name}.shared`)).rows.map(
        (row) => row['t'],
      );
      expect(tokens.filter((token) => token === shared)).toHaveLength(4);
      expect(await summaryOfResuming(await keyspace.open(), 'shared')).toEqual(complete(18));
    });
  });

  describe('wide partitions', () => {
    const clusterings = [
      ['a ASC, b ASC, c ASC', 'asc'],
      ['a DESC, b DESC, c DESC', 'desc'],
      ['a ASC, b DESC, c ASC', 'mixed'],
      ['a DESC, b ASC, c DESC', 'other'],
    ] as const;

    test.each(clusterings)('are resumed at any row with clustering order %s', async (order, suffix) => {
      const table = `wide_${suffix}`;
      await oracle.execute(
        `CREATE TABLE ${name}.${table} (p int, q text, a int, b text, c timestamp, v int, PRIMARY KEY ((p, q), a, b, c)) WITH CLUSTERING ORDER BY (${order})`,
      );
      for (const p of [1, 2]) {
        for (let a = 0; a < 3; a += 1) {
          for (const b of ['', 'x', 'xx']) {
            for (const c of [-5, 0, 7]) {
              await oracle.execute(
                `INSERT INTO ${name}.${table} (p, q, a, b, c, v) VALUES (?, 'q', ?, ?, ?, 1)`,
                [p, a, b, new Date(c)],
                { prepare: true },
              );
            }
          }
        }
      }
      expect(await summaryOfResuming(await keyspace.open({ fetchSize: 4 }), table)).toEqual(complete(54));
    });

    test('the rest of a wide partition is asked for, not the whole of it again', async () => {
      await oracle.execute(`CREATE TABLE ${name}.one_wide (p int, c int, v text, PRIMARY KEY (p, c))`);
      for (let c = 0; c < 2_000; c += 1)
        await oracle.execute(`INSERT INTO ${name}.one_wide (p, c, v) VALUES (1, ?, 'v')`, [c], { prepare: true });
      const { client, received } = countingClient(address);
      const configured = await cassandraConnector.configure({ client, keyspaceName: name, fetchSize: 100 });
      const endpoint = await configured.open(call);
      const partition = await wholeRing(endpoint, 'one_wide');
      const before = received();
      const all = await scanned(endpoint, 'one_wide', partition, undefined, 50);
      const whole = received() - before;
      const position = all[1_900]?.position;
      const rest = await scanned(endpoint, 'one_wide', partition, position);
      const next = all.findLastIndex((record) => record.position === position) + 1;
      expect(rest.map(({ key }) => key)).toEqual(all.slice(next).map(({ key }) => key));
      expect(received() - before - whole).toBeLessThan(whole / 5);
      await client.shutdown();
    });

    test('a reader that leaves early leaves no request under way', async () => {
      const { client, received } = countingClient(address);
      const configured = await cassandraConnector.configure({ client, keyspaceName: name, fetchSize: 100 });
      const endpoint = await configured.open(call);
      const partition = await wholeRing(endpoint, 'one_wide');
      const before = received();
      for await (const { records } of endpoint.source().readPartition(partition, reading(10))) {
        expect(records).toHaveLength(10);
        break;
      }
      const atLeaving = received();
      expect(atLeaving).toBeGreaterThan(before);
      await setTimeout(300);
      expect(received()).toBe(atLeaving);
      await client.shutdown();
    });
  });

  test('a partition that has static columns alone is a record without clustering key, and comes back as it was', async () => {
    await oracle.execute(
      `CREATE TABLE ${name}.sensors (id int, at int, place text static, note text static, value double, PRIMARY KEY (id, at))`,
    );
    for (let id = 0; id < 6; id += 1) {
      await oracle.execute(`INSERT INTO ${name}.sensors (id, place) VALUES (${id}, 'room ${id}')`);
      if (id % 2 === 0)
        for (const at of [1, 2])
          await oracle.execute(`INSERT INTO ${name}.sensors (id, at, value) VALUES (${id}, ${at}, 0.5)`);
    }
    const endpoint = await keyspace.open();
    const records = await readAll(endpoint, 'sensors');
    expect(records).toHaveLength(9);
    expect(records.filter((record) => record.key[1] === null).map((record) => [record.key[0], record.fields])).toEqual(
      expect.arrayContaining([1, 3, 5].map((id) => [id, { place: `room ${id}` }])),
    );
    expect(await summaryOfResuming(endpoint, 'sensors')).toEqual(complete(9));

    const declared = await endpoint.source().inferSchema(entityName('sensors'), { ...call, sampleSize: 0 });
    expect(declared.fields.filter((field) => field.static).map((field) => field.name)).toEqual(['note', 'place']);
    const schema = { ...declared, entity: entityName('sensors_copy'), origin: 'planned' as const };
    const target = endpoint.target();
    await target.prepareEntity(schema, call);
    const encoder = endpoint.connector.codec.createEncoder(schema);
    const result = await target.writeBatch(
      schema.entity,
      records.map((record) => encoder.encode(record)),
      { ...call, mode: 'replace' },
    );
    expect(result.failures).toEqual([]);
    const rows = async (table: string): Promise<readonly string[]> =>
      (await oracle.execute(`SELECT JSON * FROM ${name}.${table}`)).rows.map((row) => String(row['[json]'])).sort();
    expect(await rows('sensors_copy')).toEqual(await rows('sensors'));
  });

  test('rows of very different size come in batches that respect the limit of bytes', async () => {
    await oracle.execute(`CREATE TABLE ${name}.sizes (id int PRIMARY KEY, text text)`);
    for (let id = 0; id < 300; id += 1) {
      await oracle.execute(
        `INSERT INTO ${name}.sizes (id, text) VALUES (?, ?)`,
        [id, 'x'.repeat(id % 50 === 0 ? 400_000 : 10)],
        { prepare: true },
      );
    }
    const endpoint = await keyspace.open();
    const batches = await collected(
      endpoint.source().readPartition(await wholeRing(endpoint, 'sizes'), { ...reading(), batchBytes: 500_000 }),
    );
    expect(batches.reduce((sum, batch) => sum + batch.records.length, 0)).toBe(300);
    for (const batch of batches) expect(batch.records.length === 1 || batch.bytes <= 500_000).toBe(true);
    expect(batches.length).toBeGreaterThanOrEqual(6);
  });

  test('an empty table gives no records, and leaving a read early harms nothing', async () => {
    await oracle.execute(`CREATE TABLE ${name}.nothing (id int PRIMARY KEY)`);
    const endpoint = await keyspace.open({ fetchSize: 5 });
    expect(await readAll(endpoint, 'nothing')).toEqual([]);
    await oracle.execute(`CREATE TABLE ${name}.many (id int PRIMARY KEY)`);
    for (let id = 0; id < 100; id += 1) await oracle.execute(`INSERT INTO ${name}.many (id) VALUES (${id})`);
    for await (const batch of endpoint.source().readPartition(await wholeRing(endpoint, 'many'), reading(3))) {
      expect(batch.records).toHaveLength(3);
      break;
    }
    expect(await readAll(endpoint, 'many')).toHaveLength(100);
  });

  test('an aborted read ends with the signal’s reason', async () => {
    const endpoint = await keyspace.open();
    await oracle.execute(`CREATE TABLE ${name}.aborted (id int PRIMARY KEY)`);
    const controller = new AbortController();
    const reason = new Error('enough');
    const iterator = endpoint
      .source()
      .readPartition(await wholeRing(endpoint, 'aborted'), { ...reading(), signal: controller.signal });
    controller.abort(reason);
    await expect(collected(iterator)).rejects.toBe(reason);
  });

  test('TTL and time of writing are read where they are asked for', async () => {
    await oracle.execute(
      `CREATE TABLE ${name}.facts (id int, c int, s text static, v text, l list<int>, f frozen<list<int>>, PRIMARY KEY (id, c))`,
    );
    await oracle.execute(
      `INSERT INTO ${name}.facts (id, c, v, l, f) VALUES (1, 1, 'v', [1], [2]) USING TTL 1000 AND TIMESTAMP 1700000000000001`,
    );
    await oracle.execute(`INSERT INTO ${name}.facts (id, s) VALUES (1, 's')`);
    const endpoint = await keyspace.open({ readTtl: true, readWritetime: 'true' });
    const [record] = await readAll(endpoint, 'facts');
    const fields = record?.fields as Readonly<Record<string, unknown>>;
    expect(fields['_ttl_v']).toBeGreaterThan(900);
    expect(fields['_ttl_f']).toBeLessThanOrEqual(1000);
    expect(fields['_writetime_v']).toBe(1700000000000001n);
    expect(typeof fields['_writetime_s']).toBe('bigint');
    expect(Object.keys(fields)).not.toContain('_ttl_s');
    expect(Object.keys(fields)).not.toContain('_ttl_l');
  });

  test('a table that is not there and one that was dropped under a read are said to be missing', async () => {
    const endpoint = await keyspace.open();
    await expect(
      endpoint.source().inferSchema(entityName('nowhere'), { ...call, sampleSize: 0 }),
    ).rejects.toMatchObject({ code: 'DM_ENTITY_MISSING', category: 'endpoint' });
    await oracle.execute(`CREATE TABLE ${name}.gone (id int PRIMARY KEY)`);
    const partition = await wholeRing(endpoint, 'gone');
    await oracle.execute(`DROP TABLE ${name}.gone`);
    await expect(collected(endpoint.source().readPartition(partition, reading()))).rejects.toMatchObject({
      code: 'DM_ENTITY_MISSING',
    });
  });

  test('a materialized view is listed with the reason why it is left out', async () => {
    await oracle.execute(`CREATE TABLE ${name}.base (id int PRIMARY KEY, other int)`);
    await oracle.execute(
      `CREATE MATERIALIZED VIEW ${name}.by_other AS SELECT * FROM ${name}.base WHERE id IS NOT NULL AND other IS NOT NULL PRIMARY KEY (other, id)`,
    );
    await oracle.execute(`INSERT INTO ${name}.base (id, other) VALUES (1, 2)`);
    const endpoint = await keyspace.open();
    const listings = await collected(endpoint.source().listEntities(call));
    expect(listings.find((listing) => listing.entity === 'by_other')?.excluded).toBe('a materialized view of base');
    expect(listings.find((listing) => listing.entity === 'base')).toEqual({ entity: 'base' });
    expect(await readAll(endpoint, 'by_other')).toEqual([{ key: [2, 1], fields: {} }]);
  });
});
