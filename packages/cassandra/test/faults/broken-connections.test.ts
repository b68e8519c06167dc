import { setTimeout as pause } from 'node:timers/promises';
import { type Endpoint, type EntitySchema, entityName, isDatamigratoError } from '@datamigrato/core';
import { describeWithServer, type FaultProxy, startFaultProxy } from '@datamigrato/testbed';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { call, testKeyspace } from '../test-keyspace.js';

vi.setConfig({ testTimeout: 60_000 });

const schema: EntitySchema = {
  entity: entityName('records'),
  key: [{ name: 'id', role: 'partition', type: { kind: 'int32' } }],
  fields: [{ name: 't', type: { kind: 'string' } }],
  origin: 'planned',
};

await describeWithServer('cassandra', 'connections in trouble', (address) => {
  const keyspace = testKeyspace(address);
  let proxy: FaultProxy;
  let endpoint: Endpoint;
  beforeEach(async () => {
    proxy = await startFaultProxy(address.port);
    endpoint = await keyspace.open({ port: proxy.port });
    await endpoint.target().prepareEntity(schema, call);
  });
  afterEach(async () => {
    proxy.fault(undefined);
    await endpoint.close();
    await proxy.stop();
  });

  /** Undefined where every record was written, else the first failure. */
  const write = async (deadline: number): Promise<unknown> => {
    const encoder = endpoint.connector.codec.createEncoder(schema);
    const records = Array.from({ length: 20 }, (_, index) => encoder.encode({ key: [index], fields: { t: 'x' } }));
    try {
      const result = await endpoint.target().writeBatch(schema.entity, records, { ...call, deadline, mode: 'replace' });
      return result.failures[0]?.error;
    } catch (error) {
      return error;
    }
  };

  /** Milliseconds until a write succeeds again. Only failures that may pass are met by trying again. */
  const recovery = async (deadline: number): Promise<number> => {
    const started = performance.now();
    for (;;) {
      const error = await write(deadline);
      if (error === undefined) return performance.now() - started;
      if (!isDatamigratoError(error) || error.category !== 'transient') throw error;
      if (performance.now() - started > 30_000) throw new Error('it never recovers', { cause: error });
      await pause(50);
    }
  };

  const connectionsLeft = async (): Promise<number> => {
    for (let attempt = 0; attempt < 300 && proxy.open > 0; attempt += 1) await pause(25);
    return proxy.open;
  };

  test('R-05 reset: a node that is back is used again within seconds, and closing leaves no connection', async () => {
    for (let round = 0; round < 3; round += 1) {
      proxy.fault({ type: 'reset' });
      expect(await write(2000)).toMatchObject({ category: 'transient' });
      await pause(1000);
      proxy.fault(undefined);
      // The driver waits for up to 2 s between two attempts; the rest is for busy machines.
      expect(await recovery(2000)).toBeLessThan(10_000);
    }
    await endpoint.close();
    expect(await connectionsLeft()).toBe(0);
  });

  test('R-05 a connection that is dead without a word costs a deadline, not one for each of many requests', async () => {
    expect(await write(5000)).toBeUndefined();
    proxy.fault({ type: 'half-open' });
    proxy.fault(undefined);
    // Two connections of the pool are dead; each shows it by one request that meets its deadline.
    expect(await recovery(1000)).toBeLessThan(10_000);
    await endpoint.close();
    expect(await connectionsLeft()).toBe(0);
  });

  test('R-04 lost replies to writes are failures that may pass, and leave no connection behind', async () => {
    expect(await write(5000)).toBeUndefined();
    proxy.fault({ type: 'drop-replies', every: 1, of: (request) => request[4] === 0x0d || request[4] === 0x0a });
    for (let round = 0; round < 5; round += 1) {
      expect(await write(2000)).toMatchObject({ category: 'transient' });
      await pause(300);
    }
    expect(proxy.repliesLost).toBeGreaterThan(0);
    const rows = await keyspace.oracle.execute(`SELECT id FROM ${keyspace.name}.records`);
    expect(rows.rowLength).toBe(20);
    proxy.fault(undefined);
    expect(await recovery(2000)).toBeLessThan(10_000);
    await endpoint.close();
    expect(await connectionsLeft()).toBe(0);
  });
});
