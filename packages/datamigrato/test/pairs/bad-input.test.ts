import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDatamigratoError } from '@datamigrato/core';
import { type CassandraAddress, type MongodbAddress, serverOrSkip } from '@datamigrato/testbed';
import type { Client } from 'cassandra-driver';
import { BSON } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Datamigrato, type MigrateOptions } from '../../src/index.js';
import { deadLettersOf, missingRecords } from './dead-letters.js';
import { connectCassandra, connectMongo, type PlainMongo } from './plain-stores.js';
import { cassandraTable, mongoCollection } from './store-references.js';

const cassandra = await serverOrSkip('cassandra');
const secantus = await serverOrSkip('secantus');
const folder = await mkdtemp(join(tmpdir(), 'datamigrato-bad-input-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.skipIf(cassandra === undefined || secantus === undefined)('bad input', () => {
  const datamigrato = new Datamigrato({ stateFolder: join(folder, 'state') });
  const keyspace = 'bad_input';
  let mongo: PlainMongo;
  let client: Client;
  const table = (name: string) => cassandraTable(cassandra as CassandraAddress, keyspace, name);
  const collection = (name: string) => mongoCollection(mongo.url, keyspace, name);

  beforeAll(async () => {
    mongo = await connectMongo((secantus as MongodbAddress).url);
    client = connectCassandra(cassandra as CassandraAddress);
    await client.execute(
      `CREATE KEYSPACE ${keyspace} WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}`,
    );
  });
  afterAll(() => Promise.all([mongo?.[Symbol.asyncDispose](), client?.shutdown()]));

  const failure = async (options: MigrateOptions): Promise<{ readonly code: string; readonly message: string }> => {
    try {
      await datamigrato.migrate(options);
    } catch (error) {
      if (isDatamigratoError(error)) return { code: error.code, message: error.message };
      throw error;
    }
    throw new Error('the migration went through');
  };
  const tables = async (): Promise<readonly string[]> => {
    const { rows } = await client.execute('SELECT table_name FROM system_schema.tables WHERE keyspace_name = ?', [
      keyspace,
    ]);
    return rows.map((row) => String(row['table_name']));
  };

  it('a collection, table or keyspace that is missing is named, and nothing is made', async () => {
    expect(await failure({ from: collection('nowhere'), to: table('nowhere') })).toMatchObject({
      code: 'DM_ENTITY_MISSING',
      message: expect.stringContaining('nowhere'),
    });
    expect(await failure({ from: table('nowhere'), to: collection('nowhere') })).toMatchObject({
      code: 'DM_ENTITY_MISSING',
      message: expect.stringContaining('nowhere'),
    });
    const absent = cassandraTable(cassandra as CassandraAddress, 'no_such_keyspace', 'x');
    const elsewhere = { ...absent, options: { ...absent.options, createKeyspace: false } };
    await mongo.fill(keyspace, 'one', [{ _id: 'a' }]);
    const missing = await failure({ from: collection('one'), to: elsewhere });
    expect(missing.message).toContain('no_such_keyspace');
    expect(missing.code).toMatch(/^DM_/);
    expect(missing.code).not.toBe('DM_INTERNAL');
    expect(await tables()).not.toContain('nowhere');
    const { rows } = await client.execute(
      "SELECT keyspace_name FROM system_schema.keyspaces WHERE keyspace_name = 'no_such_keyspace'",
    );
    expect(rows).toEqual([]);
  });

  it('an empty collection becomes an empty table, and an empty table an empty collection', async () => {
    await mongo.client.db(keyspace).createCollection('empty');
    const there = await datamigrato.migrate({ from: collection('empty'), to: table('empty') });
    expect(there.ledger).toEqual({ read: 0, written: 0, unchanged: 0, dead: 0, filtered: 0 });
    expect(await tables()).toContain('empty');
    const back = await datamigrato.migrate({ from: table('empty'), to: collection('empty_back'), lock: there.lock });
    expect(back.ledger.read).toBe(0);
    expect(await mongo.texts(keyspace, 'empty_back')).toEqual(new Map());
  });

  it('records without the key field are dead letters, whole and typed; the others arrive', async () => {
    await mongo.fill(keyspace, 'keyless', [
      ...Array.from({ length: 20 }, (_, index) => ({ _id: index, email: `e${index}` })),
      { _id: new BSON.ObjectId('00112233445566778899aabb'), amount: BSON.Decimal128.fromString('1.50') },
      { _id: 'null', email: null, big: BSON.Long.fromBigInt(9007199254740993n) },
    ]);
    const result = await datamigrato.migrate({
      from: collection('keyless'),
      to: table('keyless'),
      primaryKey: 'email',
    });
    expect(result.ledger).toEqual({ read: 22, written: 20, unchanged: 0, dead: 2, filtered: 0 });
    const letters = [...(await deadLettersOf(result))].sort((left, right) =>
      (left.record?.key ?? '') < (right.record?.key ?? '') ? -1 : 1,
    );
    expect(letters.map(({ code, stage }) => [code, stage])).toEqual([
      ['DM_KEY_FIELD_MISSING', 'map'],
      ['DM_KEY_FIELD_MISSING', 'map'],
    ]);
    expect(letters.map(({ record }) => [JSON.parse(record?.key ?? ''), JSON.parse(record?.fields ?? '')])).toEqual([
      [['null'], { email: null, big: { '@dm': 'int64', v: '9007199254740993' } }],
      [[{ '@dm': 'objectId', v: '00112233445566778899aabb' }], { amount: { '@dm': 'decimal', v: '1.50' } }],
    ]);
    const { rows } = await client.execute(`SELECT count(*) AS rows FROM ${keyspace}.keyless`);
    expect(Number(rows[0]?.['rows'])).toBe(20);
  });

  it('two records with one target key stop the migration, which names both', async () => {
    await mongo.fill(keyspace, 'colliding', [
      { _id: 'first', email: 'same' },
      { _id: 'second', email: 'same' },
      { _id: 'third', email: 'other' },
    ]);
    const collision = await failure({ from: collection('colliding'), to: table('colliding'), primaryKey: 'email' });
    expect(collision.code).toBe('DM_KEY_COLLISION');
    expect(collision.message).toContain('first');
    expect(collision.message).toContain('second');
  });

  it('a column called _id beside the key is a collision in the plan, and goes through renamed', async () => {
    await client.execute(`CREATE TABLE ${keyspace}.own_id (id int PRIMARY KEY, "_id" text)`);
    await client.execute(`INSERT INTO ${keyspace}.own_id (id, "_id") VALUES (1, 'mine')`);
    expect(await failure({ from: table('own_id'), to: collection('own_id') })).toMatchObject({
      code: 'DM_NAME_COLLISION',
      message: expect.stringContaining('"_id"'),
    });
    await datamigrato.migrate({ from: table('own_id'), to: collection('own_id'), rename: { _id: 'own' } });
    expect([...(await mongo.texts(keyspace, 'own_id')).values()]).toEqual(['{"_id":{"$numberInt":"1"},"own":"mine"}']);
  });

  it('S-09, S-10 names and keys that mean something in a query are data', async () => {
    const hostile = `"; DROP TABLE ${keyspace}.one; --`;
    const document = { [hostile]: 1, 'a.b': 2, $where: 'x', constructor: 3, "'": 4, '`': 5, é: 6 };
    await mongo.fill(keyspace, 'hostile', [
      { _id: { 'a.b': '', constructor: 1 }, ...document },
      { _id: '{"$gt":""}', ...document },
      { _id: hostile, ...document },
    ]);
    const there = await datamigrato.migrate({ from: collection('hostile'), to: table('hostile') });
    expect(await missingRecords(there)).toEqual([]);
    const { rows, columns } = await client.execute(`SELECT * FROM ${keyspace}.hostile`);
    expect(columns.map(({ name }) => name)).toEqual(expect.arrayContaining(Object.keys(document)));
    expect(rows).toHaveLength(3);
    const back = await datamigrato.migrate({
      from: table('hostile'),
      to: collection('hostile_back'),
      lock: there.lock,
    });
    expect(await missingRecords(back)).toEqual([]);
    expect(await mongo.texts(keyspace, 'hostile_back')).toEqual(await mongo.texts(keyspace, 'hostile'));
    await mongo.fill(keyspace, 'bad"name; --', [{ _id: 1 }]);
    expect(
      await failure({ from: collection('bad"name; --'), to: { ...table('x'), entity: 'bad"name; --' } }),
    ).toMatchObject({ code: 'DM_ENTITY_NAME' });
  });
});
