import { Agent, createServer } from 'node:http';
import type { Socket } from 'node:net';
import { expect, it } from 'vitest';
import { sendRequest } from '../src/http-request.js';

const call = { signal: new AbortController().signal, deadline: 10_000 };

it('a kept connection that the server has closed meanwhile costs nothing that may be repeated', async () => {
  let requests = 0;
  const sockets: Socket[] = [];
  const server = createServer((request, response) => {
    requests += 1;
    // The second request of a connection finds it closed, as after too long a pause.
    if (sockets.includes(request.socket)) request.socket.resetAndDestroy();
    else {
      sockets.push(request.socket);
      request.resume().on('end', () => response.end('null'));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const origin = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  const agent = new Agent({ keepAlive: true });
  try {
    const send = (method: 'PATCH' | 'PUT') =>
      sendRequest({ method, origin, target: '/.json', headers: {}, body: '{}' }, agent, call, 'here');
    expect(await send('PATCH')).toMatchObject({ status: 200 });
    expect(await send('PATCH')).toMatchObject({ status: 200 });
    expect(requests).toBe(3);
    // Creating must not be repeated: whether it was done shows by looking.
    await expect(send('PUT')).rejects.toMatchObject({ code: 'DM_REALTIME_UNAVAILABLE', retry: 'ambiguous' });
  } finally {
    agent.destroy();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});
