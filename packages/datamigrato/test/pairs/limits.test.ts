import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LimitFinding, LimitReport, MigrationEvent, MigrationPlan } from '@datamigrato/core';
import { type CassandraAddress, type FirestoreAddress, type MongodbAddress, serverOrSkip } from '@datamigrato/testbed';
import type { Client } from 'cassandra-driver';
import { Binary, type Document, Double, ObjectId } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Datamigrato, type MigrateOptions } from '../../src/index.js';
import { deadLettersOf } from './dead-letters.js';
import { connectCassandra, connectMongo, type PlainMongo } from './plain-stores.js';
import { cassandraTable, firestoreCollection, mongoCollection } from './store-references.js';

vi.setConfig({ testTimeout: 60_000 });

const cassandra = await serverOrSkip('cassandra');
const secantus = await serverOrSkip('secantus');
const firestore = await serverOrSkip('firestore');
const folder = await mkdtemp(join(tmpdir(), 'datamigrato-limits-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What was found, with the sizes of the records that are named. */
const found = ({ entities }: LimitReport) =>
  entities.flatMap(({ findings }) =>
    findings.map(({ limit, code, records, allowed, offenders }: LimitFinding) => ({
      limit,
      code,
      records,
      allowed,
      sizes: offenders.map(({ size }) => size).sort((left, right) => (left ?? 0) - (right ?? 0)),
    })),
  );

const nested = (levels: number): Document => {
  let value: Document = { leaf: new ObjectId('00112233445566778899aabb'), level: 1.5 };
  for (let level = 0; level < levels; level += 1) value = { inner: [value] };
  return value;
};

describe.skipIf(secantus === undefined)('limits of the target, before anything is written', () => {
  const datamigrato = new Datamigrato({ stateFolder: join(folder, 'state') });
  const database = 'limits';
  let mongo: PlainMongo;
  const collection = (name: string) => mongoCollection(mongo.url, database, name);
  const collections = async (): Promise<readonly string[]> =>
    (await mongo.client.db(database).listCollections().toArray()).map(({ name }) => name);

  beforeAll(async () => {
    mongo = await connectMongo((secantus as MongodbAddress).url);
  });
  afterAll(() => mongo?.[Symbol.asyncDispose]());

  it('a record that MongoDB would not store is found in a file, with its size to the byte', async () => {
    const path = join(folder, 'large.ndjson');
    const count = 1_400_000;
    const large = { id: 'large', list: Array.from({ length: count }, () => 1) };
    await writeFile(path, [{ id: 'a', list: [] }, large, { id: 'b' }].map((one) => JSON.stringify(one)).join('\n'));
    const { limits } = await datamigrato.check({ from: `file:${path}`, to: collection('large'), primaryKey: 'id' });
    // Numbers of four bytes under their indices as text; then a field of text, one of these numbers, and the document round them.
    const digits = Array.from({ length: count }, (_, index) => String(index).length).reduce((sum, one) => sum + one, 0);
    const list = 4 + count * (1 + 1 + 4) + digits + 1;
    const size = 4 + (1 + 4 + 4 + 6) + (1 + 5 + list) + 1;
    expect(limits).toMatchObject({ checked: 3, beyond: 1 });
    expect(found(limits)).toEqual([
      {
        limit: 'recordBytes',
        code: 'DM_MONGODB_DOCUMENT_TOO_LARGE',
        records: 1,
        allowed: 16_777_216,
        sizes: [size],
      },
    ]);
    expect(await collections()).not.toContain('large');
  });

  describe.skipIf(cassandra === undefined)('MongoDB into Cassandra', () => {
    let client: Client;
    const keyspace = 'limits';
    const table = (name: string) => cassandraTable(cassandra as CassandraAddress, keyspace, name);
    beforeAll(async () => {
      client = connectCassandra(cassandra as CassandraAddress);
      await client.execute(
        `CREATE KEYSPACE IF NOT EXISTS ${keyspace} WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}`,
      );
      await mongo.fill(database, 'keys', [
        ...Array.from({ length: 40 }, (_, index) => ({ _id: `k${index}`, number: index })),
        { _id: 'l'.repeat(65_535), number: 40 },
        { _id: 'm'.repeat(65_536), number: 41 },
        { _id: 'n'.repeat(70_000), number: 42 },
      ]);
    });
    afterAll(() => client?.shutdown());
    const tables = async (): Promise<readonly string[]> => {
      const query = 'SELECT table_name FROM system_schema.tables WHERE keyspace_name = ?';
      const { rows } = await client.execute(query, [keyspace]);
      return rows.map((row) => String(row['table_name']));
    };

    it('finds keys that are too long, those alone, and a run makes dead letters of the very same', async () => {
      const events: MigrationEvent[] = [];
      const options: MigrateOptions = { from: collection('keys'), to: table('keys') };
      const { limits } = await datamigrato.check({ ...options, listener: (event) => events.push(event) });
      expect(limits).toMatchObject({ checked: 43, beyond: 2 });
      expect(found(limits)).toEqual([
        {
          limit: 'keyBytes',
          code: 'DM_CASSANDRA_KEY_TOO_LARGE',
          records: 2,
          allowed: 65_535,
          sizes: [65_536, 70_000],
        },
      ]);
      const keys = limits.entities[0]?.findings[0]?.offenders.map(({ key }) => key);
      expect(keys?.toSorted()).toEqual([`["${'m'.repeat(117)}…`, `["${'n'.repeat(117)}…`]);
      expect(events.map((event) => (event.type === 'batch-checked' ? event.records : 0)).reduce((a, b) => a + b)).toBe(
        43,
      );
      expect(await tables()).not.toContain('keys');

      const result = await datamigrato.migrate(options);
      expect(result.ledger).toMatchObject({ read: 43, written: 41, dead: 2 });
      expect((await deadLettersOf(result)).map(({ code, stage }) => [stage, code])).toEqual([
        ['encode', 'DM_CASSANDRA_KEY_TOO_LARGE'],
        ['encode', 'DM_CASSANDRA_KEY_TOO_LARGE'],
      ]);
    });

    it('refuse keeps the run from starting, and another limit does not', async () => {
      const options: MigrateOptions = { from: collection('keys'), to: table('refused') };
      const reports: LimitReport[] = [];
      const onChecked = (report: LimitReport): void => void reports.push(report);
      await expect(
        datamigrato.migrate({ ...options, onLimit: { keyBytes: 'refuse' }, onChecked }),
      ).rejects.toMatchObject({
        code: 'DM_LIMIT_REFUSED',
        context: { checked: 43, beyond: 2 },
      });
      expect(reports).toHaveLength(1);
      expect(await tables()).not.toContain('refused');
      const { ledger } = await datamigrato.migrate({ ...options, onLimit: { recordBytes: 'refuse' } });
      expect(ledger).toMatchObject({ read: 43, written: 41, dead: 2 });
    });
  });

  describe.skipIf(firestore === undefined)('MongoDB into Firestore', () => {
    const target = (name: string) => firestoreCollection(firestore as FirestoreAddress, 'limits', name);

    it('finds documents beyond 1 MiB; an id beyond 1,500 bytes is no finding, since a hash stands for it', async () => {
      await mongo.fill(database, 'sizes', [
        ...Array.from({ length: 20 }, (_, index) => ({ _id: index, text: 'short' })),
        { _id: 'i'.repeat(1_501), text: 'short' },
        { _id: 'large', parts: Array.from({ length: 11 }, () => 'x'.repeat(100_000)) },
        { _id: 'long', text: 'x'.repeat(1_048_488) },
      ]);
      const { limits } = await datamigrato.check({ from: collection('sizes'), to: target('sizes') });
      expect(limits).toMatchObject({ checked: 23, beyond: 2 });
      const [record, field] = found(limits);
      expect(record).toMatchObject({ limit: 'recordBytes', code: 'DM_FIRESTORE_DOCUMENT_TOO_LARGE', records: 1 });
      expect(record?.allowed).toBe(1_048_576);
      expect(record?.sizes[0]).toBeGreaterThan(1_100_000);
      expect(field).toEqual({
        limit: 'fieldBytes',
        code: 'DM_FIRESTORE_VALUE_TOO_LONG',
        records: 1,
        allowed: 1_048_487,
        sizes: [1_048_488],
      });
    });

    it('what is too large is split by a field into a sub-collection, verifies as equal and comes back', async () => {
      const lines = Array.from({ length: 16_000 }, (_, number) => ({
        number,
        text: `line ${number} ${'é'.repeat(20)}`,
      }));
      const documents: Document[] = [
        { _id: 'small', content: lines.slice(0, 3), other: 1 },
        { _id: 'array', content: lines, other: new ObjectId('00112233445566778899aabb') },
        { _id: 'map', content: Object.fromEntries(lines.map((line) => [`line.${line.number}`, line])) },
        { _id: 'text', content: '😀x'.repeat(350_001) },
        { _id: 'bytes', content: new Binary(Buffer.alloc(1_700_000, 'bytes')) },
        { _id: 'numbers', content: Array.from({ length: 140_000 }, (_, index) => new Double(index)) },
      ];
      await mongo.fill(database, 'large_documents', documents);
      const options: MigrateOptions = {
        from: collection('large_documents'),
        to: target('large'),
        onLimit: { recordBytes: { split: 'content' } },
      };
      const plain = await datamigrato.check({ ...options, onLimit: {} });
      expect(plain.limits).toMatchObject({ checked: 6, beyond: 5 });
      expect((await datamigrato.check(options)).limits).toMatchObject({ checked: 6, beyond: 0 });
      const there = await datamigrato.migrate({ ...options, verify: true });
      expect(there.ledger).toMatchObject({ read: 6, written: 6, dead: 0 });
      expect(there.verification?.verdict).toBe('equal');
      await datamigrato.migrate({ from: target('large'), to: collection('large_back'), lock: there.lock });
      expect(await mongo.texts(database, 'large_back')).toEqual(await mongo.texts(database, 'large_documents'));
    }, 180_000);

    it('a plan that was stored splits as it says', async () => {
      await mongo.fill(database, 'large_planned', [{ _id: 'a', content: 'x'.repeat(1_100_000) }]);
      const onLimit = { recordBytes: { split: 'content' } } as const;
      const [from, to] = [collection('large_planned'), target('large_planned')];
      const plan = JSON.parse(JSON.stringify(await datamigrato.plan({ from, to, onLimit }))) as MigrationPlan;
      const result = await datamigrato.run({ plan, from, to, verify: true });
      expect(result.ledger).toMatchObject({ read: 1, written: 1, dead: 0 });
      expect(result.verification?.verdict).toBe('equal');
    });

    it('what is too large without the field that it is split by stays a dead letter', async () => {
      const other = Array.from({ length: 12 }, () => 'x'.repeat(100_000));
      await mongo.fill(database, 'large_besides', [{ _id: 'a', content: ['x'], other }]);
      const result = await datamigrato.migrate({
        from: collection('large_besides'),
        to: target('large_besides'),
        onLimit: { recordBytes: { split: 'content' } },
      });
      expect((await deadLettersOf(result)).map(({ code }) => code)).toEqual(['DM_FIRESTORE_DOCUMENT_TOO_LARGE']);
    });

    it('a target that stores no record in parts is not asked to', async () => {
      await expect(
        datamigrato.plan({
          from: collection('sizes'),
          to: { connector: 'file', options: { path: join(folder, 'no-parts') } },
          onLimit: { recordBytes: { split: 'text' } },
        }),
      ).rejects.toMatchObject({ code: 'DM_SPLIT_UNSUPPORTED' });
    });

    it('what is too deep is found, and with spill it is written as text, verifies as equal and comes back', async () => {
      const documents = [3, 9, 12, 40].map((levels) => ({
        _id: `levels ${levels}`,
        value: nested(levels),
        other: [1],
      }));
      await mongo.fill(database, 'deep', documents);
      const options: MigrateOptions = { from: collection('deep'), to: target('deep') };
      const { limits } = await datamigrato.check(options);
      expect(found(limits)).toMatchObject([{ limit: 'depth', code: 'DM_FIRESTORE_TOO_DEEP', records: 2, allowed: 20 }]);
      const spilled = { ...options, onLimit: { depth: 'spill' } } as const;
      expect((await datamigrato.check(spilled)).limits.beyond).toBe(0);
      const there = await datamigrato.migrate({ ...spilled, verify: true });
      expect(there.ledger).toMatchObject({ read: 4, written: 4, dead: 0 });
      expect(there.verification?.verdict).toBe('equal');
      await datamigrato.migrate({ from: target('deep'), to: collection('deep_back'), lock: there.lock });
      expect(await mongo.texts(database, 'deep_back')).toEqual(await mongo.texts(database, 'deep'));
    });
  });
});
