import { entityName, isDatamigratoError } from '@datamigrato/core';
import { describeWithOwnServer, startFirestore } from '@datamigrato/testbed';
import { expect, test } from 'vitest';
import { call, openEndpoint, schemaOf } from './harness.js';

await describeWithOwnServer(
  'a server that goes and comes back',
  () => startFirestore(),
  (server) => {
    test('what is asked meanwhile may be asked again, and soon after it is back it is used', async () => {
      await using endpoint = await openEndpoint(server, 'demo-restart');
      const native = endpoint.connector.codec.createEncoder(schemaOf('films')).encode({ key: ['1'], fields: {} });
      const write = () =>
        endpoint.target().writeBatch(entityName('films'), [native], { ...call, deadline: 10_000, mode: 'replace' });
      expect((await write()).failures).toEqual([]);
      await server.kill();
      for (let time = 0; time < 5; time += 1) {
        await expect(write()).rejects.toMatchObject({ category: 'transient' });
        await new Promise((resolve) => setTimeout(resolve, 300));
      }
      await server.restart();
      const back = performance.now();
      let written = false;
      while (!written) {
        try {
          written = (await write()).failures.length === 0;
        } catch (error) {
          if (!isDatamigratoError(error) || error.category !== 'transient') throw error;
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
      }
      // Two seconds, and what a busy machine adds.
      expect(performance.now() - back).toBeLessThan(10_000);
    }, 120_000);
  },
);
