import { type EntitySchema, entityName, type Partition } from '@datamigrato/core';
import { describeWithOwnServer, startCassandraPair } from '@datamigrato/testbed';
import { Client } from 'cassandra-driver';
import { expect, test, vi } from 'vitest';
import { cassandraConnector } from '../src/index.js';
import { CassandraSession } from '../src/session.js';
import { groupForBatches } from '../src/write-group.js';
import { call, collected, readAll, reading, writeAll } from './test-keyspace.js';

const schema: EntitySchema = {
  entity: entityName('numbers'),
  key: [{ name: 'id', role: 'partition', type: { kind: 'int32' } }],
  fields: [{ name: 'text', type: { kind: 'string' } }],
  origin: 'planned',
};
const records = Array.from({ length: 400 }, (_, id) => ({ key: [id], fields: { text: `number ${id}` } }));

await describeWithOwnServer(
  'a cluster of two nodes, each with half of the rows',
  startCassandraPair,
  ({ address, nodes }) => {
    const { contactPoints, localDataCenter, port } = address;

    test('is written and read by both nodes; batches hold rows of one node; with a node dead the trouble is a passing one', async () => {
      const configured = await cassandraConnector.configure({
        contactPoints: contactPoints.slice(0, 1),
        port,
        localDataCenter,
        keyspaceName: 'halves',
        createKeyspace: true,
        consistency: 'one',
      });
      const endpoint = await configured.open(call);
      expect((await writeAll(endpoint, schema, records)).failures).toEqual([]);
      for (const targetCount of [1, 3, 8, 50])
        expect(await readAll(endpoint, 'numbers', targetCount)).toHaveLength(400);
      expect(await endpoint.admin()?.countRecords(schema.entity, call)).toEqual({ value: 400, exact: true });

      const client = new Client({ contactPoints: [...contactPoints], localDataCenter, protocolOptions: { port } });
      await client.connect();
      const session = new CassandraSession(client, {
        keyspace: 'halves',
        readConsistency: 'one',
        writeConsistency: 'one',
        owned: true,
      });
      const encoder = endpoint.connector.codec.createEncoder(schema);
      const decoded = records.map((record) => encoder.encode(record) as Parameters<typeof groupForBatches>[1][number]);
      const groups = groupForBatches(session, decoded, 5 * 1024);
      const ownerOf = (index: number): string | undefined =>
        client.metadata.getReplicas('halves', decoded[index]?.values[0] as Buffer)[0]?.address;
      expect(groups.flat().sort((left, right) => left - right)).toEqual(records.map((_, index) => index));
      expect(groups.filter((group) => new Set(group.map(ownerOf)).size > 1)).toEqual([]);
      expect(new Set(groups.map((group) => ownerOf(group[0] as number))).size).toBe(2);
      await session.close();

      await nodes[1].kill();
      const short = { ...call, deadline: 3_000 };
      const start = performance.now();
      const written = await endpoint.target().writeBatch(schema.entity, decoded, { ...short, mode: 'replace' });
      expect(performance.now() - start).toBeLessThan(15_000);
      const lost = new Set(written.failures.map(({ index }) => index));
      expect(written.failures.filter(({ error }) => error.category !== 'transient')).toEqual([]);
      expect(lost.size).toBeGreaterThan(100);
      expect(lost.size).toBeLessThan(300);
      // Connections on which requests met their deadline are given up, and take a moment to be made anew.
      const [whole] = await vi.waitFor(
        () => collected(endpoint.source().planPartitions(schema.entity, { ...call, targetCount: 1 })),
        { timeout: 20_000, interval: 200 },
      );
      await expect(
        collected(endpoint.source().readPartition(whole as Partition, { ...reading(), deadline: 3_000 })),
      ).rejects.toMatchObject({ category: 'transient' });
      await endpoint.close();
    }, 60_000);
  },
);
