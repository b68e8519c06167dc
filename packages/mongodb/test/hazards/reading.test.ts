import { entityName, type Partition } from '@datamigrato/core';
import { type Document, deserialize, Int32, Long } from 'bson';
import { MongoClient } from 'mongodb';
import { expect, test } from 'vitest';
import { mongodbConnector } from '../../src/index.js';
import { batchesOf, call, describeOnServers, insert, openEndpoint, partitionsOf } from '../servers/harness.js';

const numberOf = (record: Uint8Array): number => Number(deserialize(record)['_id']);

await describeOnServers('hazards of reading', 'hazards_reading', (database) => {
  test('A-02 what nobody touches is read exactly once, and nothing twice, while others write all over the collection', async () => {
    const { oracle, databaseName } = database();
    const count = 3000;
    const numbers = Array.from({ length: count }, (_, index) => index * 2);
    await insert(
      database(),
      'moving',
      numbers.map((_id) => ({ _id: new Int32(_id), t: 'x' })),
    );
    const collection = oracle.db(databaseName).collection<Document>('moving');
    const isTouched = (id: number): boolean => id % 10 === 0;
    const seen: number[] = [];
    let step = 0;
    for (const partition of await partitionsOf(database(), 'moving', 3)) {
      const reading = { ...call, batchRecords: 50, batchBytes: 1 << 20 };
      for await (const batch of database().endpoint.source().readPartition(partition, reading)) {
        seen.push(...batch.records.map((record) => numberOf(record as Uint8Array)));
        // Ahead of the scan and behind it: documents grow, go away, come again and come anew.
        const id = ((step * 7919) % count) * 2;
        const touched = id - (id % 10);
        await collection.updateOne({ _id: { $eq: touched as never } }, { $set: { t: 'y'.repeat(20_000) } });
        await collection.deleteOne({ _id: { $eq: ((touched + 20) % (2 * count)) as never } });
        await collection.insertOne({ _id: (touched + 1) as never, t: 'new' }).catch(() => undefined);
        await collection.updateOne(
          { _id: { $eq: ((touched + 20) % (2 * count)) as never } },
          { $set: { t: 'again' } },
          { upsert: true },
        );
        step += 1;
      }
    }
    expect(step).toBeGreaterThan(30);
    expect(seen.length).toBe(new Set(seen).size);
    const untouched = numbers.filter((id) => !isTouched(id));
    const found = new Set(seen);
    expect(untouched.filter((id) => !found.has(id))).toEqual([]);
  });

  test('A-03, R-18 a cursor that dies at every page of a scan costs no document and gives none twice', async () => {
    const { oracle, url, databaseName } = database();
    const documents = Array.from({ length: 1000 }, (_, index) => ({ _id: new Int32(index), t: 'x'.repeat(10_000) }));
    await insert(database(), 'expiring', documents);
    const [partition] = await partitionsOf(database(), 'expiring', 1);
    const client = new MongoClient(url, { monitorCommands: true });
    let cursor = 0n;
    let opened = 0;
    client.on('commandSucceeded', (event) => {
      if (event.commandName !== 'find') return;
      opened += 1;
      const reply = event.reply as { readonly cursor: Uint8Array };
      cursor = deserialize(reply.cursor, { useBigInt64: true })['id'];
    });
    const configured = await mongodbConnector.configure({ client, databaseName });
    await using endpoint = await configured.open(call);
    const seen: number[] = [];
    let killed = 0;
    const reading = { ...call, batchRecords: 20, batchBytes: 1 << 20 };
    for await (const batch of endpoint.source().readPartition(partition as Partition, reading)) {
      seen.push(...batch.records.map((record) => numberOf(record as Uint8Array)));
      if (cursor === 0n) continue;
      await oracle.db(databaseName).command({ killCursors: 'expiring', cursors: [Long.fromBigInt(cursor)] });
      cursor = 0n;
      killed += 1;
    }
    await client.close();
    expect(seen).toEqual(documents.map((_, index) => index));
    // A reply that was asked for before the cursor died still came, so that every other page or so meets a dead one.
    expect(killed).toBeGreaterThan(5);
    expect(opened).toBeGreaterThan(5);
  });

  test('A-08 a position serves another connection, another size of batches and a text file in between', async () => {
    await insert(
      database(),
      'positions',
      Array.from({ length: 500 }, (_, index) => ({ _id: new Int32(index) })),
    );
    const [partition] = await partitionsOf(database(), 'positions', 1);
    const batches = await batchesOf(database(), partition as Partition, { batchRecords: 70 });
    await using other = await openEndpoint(database().url, database().databaseName);
    for (const [index, { position }] of batches.entries()) {
      const text = JSON.stringify([partition, position]);
      const [storedPartition, stored] = JSON.parse(text);
      const rest: number[] = [];
      const reading = { ...call, batchRecords: 9, batchBytes: 1 << 20, after: stored };
      for await (const batch of other.source().readPartition(storedPartition, reading))
        rest.push(...batch.records.map((record) => numberOf(record as Uint8Array)));
      const next = Math.min(500, (index + 1) * 70);
      expect(rest).toEqual(Array.from({ length: 500 - next }, (_, at) => next + at));
    }
    expect(await other.admin()?.countRecords(entityName('positions'), call)).toEqual({ value: 500, exact: true });
  });

  test('R-28 documents that expire are not made permanent silently: an index that lets them is told', async () => {
    const { oracle, databaseName, endpoint } = database();
    const collection = oracle.db(databaseName).collection('sessions');
    await collection.createIndex({ plain: 1 });
    const noticesNow = async (): Promise<readonly string[] | undefined> =>
      (await endpoint.source().inferSchema(entityName('sessions'), { ...call, sampleSize: 10 })).notices;
    expect(await noticesNow()).toBeUndefined();
    await collection.createIndex({ at: 1 }, { expireAfterSeconds: 90 });
    expect(await noticesNow()).toEqual([
      'its documents expire 90 s after "at"; what is copied stays unless the target lets it expire, such as MongoDB with `createIndexes`',
    ]);
  });
});
