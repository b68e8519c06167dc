import { entityName, type Partition, Secret } from '@datamigrato/core';
import { Int32, ObjectId } from 'bson';
import { expect, test } from 'vitest';
import { closeClient, openClient } from '../../src/client.js';
import { connectionFacts } from '../../src/connection-url.js';
import { planPartitions } from '../../src/partitions.js';
import { batchesOf, call, describeOnServers, hexes, insert, rawDocuments } from './harness.js';

await describeOnServers('partitions of a collection too large to count', 'datamigrato_sampled', (database) => {
  test('come from a sample, are disjoint and complete', async () => {
    const { url, databaseName } = database();
    const documents = Array.from({ length: 3000 }, (_, index) => {
      if (index % 3 === 0) return { _id: `text ${index}` };
      return index % 3 === 1 ? { _id: new Int32(index) } : { _id: new ObjectId() };
    });
    await insert(database(), 'large', documents);
    const { address } = connectionFacts(url);
    const connection = new Secret(url);
    const client = await openClient(
      { connection, address, databaseName, unverified: false, createIndexes: false, notices: [] },
      call,
    );
    const partitions: Partition[] = [];
    try {
      const planning = planPartitions(client, entityName('large'), { ...call, targetCount: 9 }, 1000);
      for await (const partition of planning) partitions.push(partition);
    } finally {
      await closeClient(client);
    }
    expect(partitions.length).toBeGreaterThan(5);
    expect(partitions.length).toBeLessThanOrEqual(10);
    const found: Buffer[] = [];
    for (const partition of partitions) {
      for (const batch of await batchesOf(database(), partition)) found.push(...batch.records);
    }
    expect(hexes(found)).toEqual(hexes(await rawDocuments(database(), 'large')));
  });
});
