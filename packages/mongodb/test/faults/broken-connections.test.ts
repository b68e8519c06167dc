import { setTimeout as pause } from 'node:timers/promises';
import { type Endpoint, entityName, type Partition } from '@datamigrato/core';
import { describeWithServer, type FaultProxy, startFaultProxy } from '@datamigrato/testbed';
import { MongoClient } from 'mongodb';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { codec } from '../../src/codec.js';
import { call, openEndpoint, schemaOf } from '../servers/harness.js';

vi.setConfig({ testTimeout: 60_000 });

const databaseName = 'broken_connections';
const entity = entityName('records');
const encoder = codec.createEncoder(schemaOf('records'));
const recordsOf = (count: number, bytes: number): readonly unknown[] =>
  Array.from({ length: count }, (_, index) => encoder.encode({ key: [index], fields: { t: 'x'.repeat(bytes) } }));

await describeWithServer('secantus', 'connections in trouble', ({ url }) => {
  let proxy: FaultProxy;
  let oracle: MongoClient;
  let endpoint: Endpoint;
  beforeAll(async () => {
    oracle = new MongoClient(url);
    await oracle.connect();
  });
  afterAll(async () => {
    await oracle.db(databaseName).dropDatabase();
    await oracle.close();
  });
  beforeEach(async () => {
    await oracle.db(databaseName).dropDatabase();
    proxy = await startFaultProxy(Number(new URL(url).port));
    endpoint = await openEndpoint(`mongodb://127.0.0.1:${proxy.port}/?directConnection=true`, databaseName);
  });
  afterEach(async () => {
    proxy.fault(undefined);
    await endpoint.close();
    await proxy.stop();
  });

  const write = (records: readonly unknown[], deadline: number) =>
    endpoint.target().writeBatch(entity, records, { ...call, deadline, mode: 'replace' });

  test('R-05 a connection that breaks while a large write is on its way costs no record', async () => {
    await write(recordsOf(10, 10), 10_000);
    // More than the sockets on the way hold, so that the driver waits for room when the connection breaks.
    proxy.fault({ type: 'hang' });
    const writing = write(recordsOf(100, 100_000), 30_000);
    const outcome = Promise.allSettled([writing]);
    await pause(500);
    proxy.cut();
    proxy.fault(undefined);
    expect(await outcome).toEqual([{ status: 'fulfilled', value: { failures: [], unchanged: expect.any(Number) } }]);
    expect(await oracle.db(databaseName).collection('records').countDocuments()).toBe(100);
  });

  test.each(['hang', 'half-open'] as const)(
    'R-05 %s: a write ends at its deadline, and the next one is served',
    async (type) => {
      await write(recordsOf(10, 10), 10_000);
      proxy.fault({ type });
      const started = performance.now();
      await expect(write(recordsOf(10, 10), 800)).rejects.toMatchObject({ category: 'transient' });
      expect(performance.now() - started).toBeLessThan(800 + 5000);
      proxy.fault(undefined);
      expect((await write(recordsOf(10, 10), 20_000)).failures).toEqual([]);
    },
  );

  test('R-05 hang: reading ends at its deadline, freeing included', async () => {
    await oracle
      .db(databaseName)
      .collection('records')
      .insertMany(Array.from({ length: 5000 }, () => ({ t: 'x'.repeat(500) })));
    let partition: Partition | undefined;
    for await (const found of endpoint.source().planPartitions(entity, { ...call, targetCount: 1 }))
      partition ??= found;
    if (partition === undefined) throw new Error('there is a partition');
    const started = { at: 0 };
    const reading = async (): Promise<void> => {
      const options = { ...call, deadline: 800, batchRecords: 100, batchBytes: 1 << 20 };
      for await (const _ of endpoint.source().readPartition(partition, options)) {
        if (started.at > 0) continue;
        started.at = performance.now();
        proxy.fault({ type: 'hang' });
      }
    };
    await expect(reading()).rejects.toMatchObject({ category: 'transient', code: 'DM_DEADLINE_EXCEEDED' });
    expect(performance.now() - started.at).toBeLessThan(800 + 5000);
  });

  test('R-05 many connections that are dead without a word do not cost a deadline each', async () => {
    const many = 12;
    // Replies that come late keep all of them busy at once.
    proxy.fault({ type: 'latency', milliseconds: 300 });
    await Promise.all(Array.from({ length: 2 * many }, () => write(recordsOf(1, 10), 20_000)));
    proxy.fault({ type: 'half-open' });
    proxy.fault(undefined);
    expect(proxy.open).toBeGreaterThanOrEqual(many);
    let deadlines = 0;
    const attempt = (): Promise<boolean> =>
      write(recordsOf(1, 10), 1000).then(
        () => true,
        () => false,
      );
    while (!(await attempt())) deadlines += 1;
    expect(deadlines).toBeGreaterThan(0);
    expect(deadlines).toBeLessThan(9);
  });

  test('R-05 closing leaves no connection, whatever happened before', async () => {
    await write(recordsOf(10, 10), 10_000);
    proxy.cut();
    // The first to notice may be a failure that may pass.
    await vi.waitFor(() => write(recordsOf(10, 10), 20_000), { timeout: 20_000 });
    await endpoint.close();
    await expectNoneOpen();
  });

  test('R-05 half-open: closing leaves no connection that still waits for its first answer', async () => {
    await write(recordsOf(10, 10), 10_000);
    const before = proxy.accepted;
    proxy.fault({ type: 'half-open' });
    // The first gives up the connection that there is, and the second waits for another.
    for (let attempt = 0; attempt < 2; attempt += 1)
      await expect(write(recordsOf(1, 10), 500)).rejects.toMatchObject({ category: 'transient' });
    await vi.waitFor(() => expect(proxy.accepted).toBeGreaterThan(before), { timeout: 10_000 });
    await endpoint.close();
    await expectNoneOpen();
  });

  test('R-05 half-open: closing ends soon where saying goodbye would take a new connection', async () => {
    await write(recordsOf(10, 10), 10_000);
    const before = proxy.accepted;
    proxy.fault({ type: 'half-open' });
    // Until the connection that there is counts as too old.
    await pause(5200);
    const started = performance.now();
    await endpoint.close();
    expect(performance.now() - started).toBeLessThan(2000 + 4000);
    expect(proxy.accepted).toBeGreaterThan(before);
    await expectNoneOpen();
  });

  test('R-05 half-open: an endpoint opens although the first connection to it is silent', async () => {
    const before = proxy.accepted;
    proxy.fault({ type: 'half-open' });
    const opening = openEndpoint(`mongodb://127.0.0.1:${proxy.port}/?directConnection=true`, databaseName);
    const outcome = Promise.allSettled([opening]);
    await vi.waitFor(() => expect(proxy.accepted).toBeGreaterThan(before), { timeout: 10_000 });
    proxy.fault(undefined);
    const [opened] = await outcome;
    expect(opened).toMatchObject({ status: 'fulfilled' });
    await (await opening).close();
  });

  /** Closing takes a moment at both ends; less than the 10 s in which a connection is given up by itself. */
  async function expectNoneOpen(): Promise<void> {
    for (let attempt = 0; attempt < 120 && proxy.open > 0; attempt += 1) await pause(25);
    expect(proxy.open).toBe(0);
  }
});
