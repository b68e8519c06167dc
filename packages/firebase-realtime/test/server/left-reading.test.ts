import { once } from 'node:events';
import { createServer, request as forward } from 'node:http';
import { expect, it } from 'vitest';
import { call, openDatabase, partitionsOf, startOwnServer } from './harness.js';

it('a reader that leaves early leaves no request under way', async () => {
  const { host, port } = await startOwnServer();
  let underWay = 0;
  let asked = 0;
  // Passes everything on, slowly, and counts.
  const slow = createServer((incoming, answer) => {
    underWay += 1;
    asked += 1;
    answer.on('close', () => {
      underWay -= 1;
    });
    setTimeout(() => {
      const { method, url, headers } = incoming;
      const outgoing = forward({ host, port, method, path: url, headers }, (answered) => {
        answer.writeHead(answered.statusCode ?? 500, answered.headers);
        answered.pipe(answer);
      });
      incoming.pipe(outgoing);
    }, 100);
  });
  slow.listen(0, '127.0.0.1');
  await once(slow, 'listening');
  const address = slow.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  try {
    const database = await openDatabase(`127.0.0.1:${address.port}`, 'left');
    await database.write(
      'many',
      Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`k${index}`, { index }])),
    );
    const [partition] = await partitionsOf(database, 'many', 1);
    if (partition === undefined) throw new Error('no partition');
    const before = asked;
    const reading = { ...call, batchRecords: 100, batchBytes: 1 << 20 };
    for await (const { records } of database.endpoint.source().readPartition(partition, reading)) {
      expect(records).toHaveLength(100);
      break;
    }
    // The page that was read, and the one asked for ahead.
    expect(asked - before).toBe(2);
    expect(underWay).toBe(0);
    await database.endpoint.close();
  } finally {
    slow.closeAllConnections();
    slow.close();
  }
});
