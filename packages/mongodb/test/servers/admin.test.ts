import { type EntityListing, entityName, type RecordKey, type Value } from '@datamigrato/core';
import { type Document, Int32, Long } from 'bson';
import { beforeAll, describe, expect, test } from 'vitest';
import { call, describeOnServers, insert, openEndpoint, schemaOf, type TestDatabase } from './harness.js';

await describeOnServers('admin', 'datamigrato_admin', (database, name) => {
  const admin = () => {
    const found = database().endpoint.admin();
    if (found === undefined) throw new Error('the connector has an admin');
    return found;
  };

  test('A-45 counts records one by one', async () => {
    await insert(database(), 'counted', numbered(250));
    expect(await admin().countRecords(entityName('counted'), call)).toEqual({ value: 250, exact: true });
    expect(await admin().countRecords(entityName('nowhere'), call)).toEqual({ value: 0, exact: true });
  });

  describe('deleting by key', () => {
    beforeAll(async () => {
      await insert(database(), 'deleted', [
        ...numbered(1500),
        { _id: 'text' },
        { _id: null },
        { _id: { a: new Int32(1), b: 'x' } },
        { _id: Long.fromString('9007199254740993') },
      ]);
    });

    const remove = (keys: readonly RecordKey[] | 'all') => admin().deleteRecords(schemaOf('deleted'), keys, call);
    const left = async () => (await admin().countRecords(entityName('deleted'), call)).value;

    test('removes these alone, and says how many were not there', async () => {
      const keys: readonly Value[] = ['text', null, { a: 1, b: 'x' }, 9_007_199_254_740_993n, 'absent', 7];
      expect(await remove(keys.map((key) => [key]))).toEqual({ failures: [], unchanged: 1 });
      expect(await left()).toBe(1499);
    });

    test('takes more keys than one command', async () => {
      const keys = Array.from({ length: 1400 }, (_, index) => [index] as const);
      expect(await remove(keys)).toEqual({ failures: [], unchanged: 1 });
      expect(await left()).toBe(100);
    });

    test('S-10 takes a key with an operator for a key', async () => {
      for (const key of [{ $gt: '' }, { $ne: null }, { $exists: true }]) {
        const { failures, unchanged } = await remove([[key]]);
        expect(failures.length + unchanged).toBe(1);
      }
      expect(await left()).toBe(100);
    });

    test('refuses a key that no document can have, alone', async () => {
      const { failures } = await remove([[1400], [[1]], [1401]]);
      expect(failures).toMatchObject([{ index: 1, error: { code: 'DM_MONGODB_KEY_KIND' } }]);
      expect(await left()).toBe(98);
    });

    test('removes all and keeps the collection', async () => {
      expect(await remove('all')).toEqual({ failures: [], unchanged: 0 });
      expect(await left()).toBe(0);
      expect(await namesOf(database())).toContain('deleted');
    });
  });

  test('drops a collection, and one that is not there without complaint', async () => {
    await insert(database(), 'dropped', numbered(3));
    await admin().dropEntity(entityName('dropped'), call);
    await admin().dropEntity(entityName('dropped'), call);
    expect(await namesOf(database())).not.toContain('dropped');
  });

  test('drops the database that the options name and no other', async () => {
    const { oracle, url } = database();
    await oracle.db('datamigrato_other').collection<Document>('things').insertOne({ a: 1 });
    await oracle.db('datamigrato_dropped').collection<Document>('things').insertOne({ a: 1 });
    await using endpoint = await openEndpoint(url, 'datamigrato_dropped');
    await endpoint.admin()?.dropDatabase(call);
    expect(await oracle.db('datamigrato_dropped').collection('things').countDocuments()).toBe(0);
    expect(await oracle.db('datamigrato_other').collection('things').countDocuments()).toBe(1);
    await oracle.db('datamigrato_other').dropDatabase();
  });

  // mongo-java-server has neither views nor capped collections nor time series.
  if (name !== 'mongo-java') {
    test('views, time series and system collections are listed with the reason why they are not copied', async () => {
      const { oracle, databaseName, endpoint } = database();
      const base = oracle.db(databaseName);
      await insert(database(), 'seen', numbered(5));
      await base.createCollection('view', { viewOn: 'seen', pipeline: [{ $match: { n: { $gt: 1 } } }] });
      await base.createCollection('series', { timeseries: { timeField: 't' } });
      await base.createCollection('capped', { capped: true, size: 10_000 });
      const listed = new Map<string, EntityListing['excluded']>();
      for await (const { entity, excluded } of endpoint.source().listEntities(call)) listed.set(entity, excluded);
      expect(listed.get('seen')).toBeUndefined();
      expect(listed.has('capped')).toBe(true);
      expect(listed.get('capped')).toBeUndefined();
      expect(listed.get('view')).toMatch(/view/);
      expect(listed.get('series')).toMatch(/time-series/);
      for (const [entity, excluded] of listed) if (entity.startsWith('system.')) expect(excluded).toMatch(/system/);
      const schema = await endpoint.source().inferSchema(entityName('capped'), { ...call, sampleSize: 10 });
      expect(schema.native).toMatchObject({ capped: true });
    });

    test('a view that is named is read whole, and goes on after a position', async () => {
      const { endpoint } = database();
      const entity = entityName('view');
      for await (const partition of endpoint.source().planPartitions(entity, { ...call, targetCount: 8 })) {
        expect(partition.id).toBe('everything');
        const reading = { ...call, batchRecords: 1, batchBytes: 1000 };
        let read = 0;
        for await (const batch of endpoint.source().readPartition(partition, reading)) {
          read += 1;
          let rest = 0;
          const again = endpoint.source().readPartition(partition, { ...reading, after: batch.position });
          for await (const later of again) rest += later.records.length;
          expect(rest).toBe(3 - read);
        }
        expect(read).toBe(3);
      }
    });
  }
});

function numbered(count: number): Document[] {
  return Array.from({ length: count }, (_, index) => ({ _id: new Int32(index), n: new Int32(index) }) as Document);
}

async function namesOf(database: TestDatabase): Promise<readonly string[]> {
  return (await database.oracle.db(database.databaseName).listCollections().toArray()).map(
    (collection) => collection.name,
  );
}
