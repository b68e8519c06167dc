import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RetryPolicy } from '@datamigrato/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Download, download } from '../../src/populate/download.js';
import { startLocalServer } from './local-server.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'datamigrato-download-retry-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const retries: RetryPolicy = {
  baseDelay: 1,
  maximumDelay: 5,
  unavailable: { failures: 4, elapsed: 20_000 },
  throttled: { failures: 4, elapsed: 20_000 },
};

function request(port: number, options: Partial<Download> = {}): Download {
  return {
    url: `http://ada:hunter2@127.0.0.1:${port}/records?token=topsecret`,
    file: join(folder, 'source.json'),
    allowPrivate: true,
    maximumBytes: 1024,
    signal: new AbortController().signal,
    times: { connect: 2_000, idle: 500, total: 20_000 },
    retries,
    ...options,
  };
}

const whole: RequestListener = (_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json' }).end('["whole"]');
};

/** Answers one request after the other, and all further ones like the last. */
function inTurn(...answers: readonly RequestListener[]): RequestListener {
  let asked = 0;
  return (incoming, response) => {
    const answer = answers[Math.min(asked, answers.length - 1)];
    asked += 1;
    answer?.(incoming, response);
  };
}

const status =
  (code: number, headers: Record<string, string> = {}): RequestListener =>
  (_request, response) => {
    response.writeHead(code, headers).end();
  };

describe('what may pass is tried again', () => {
  const trouble: readonly (readonly [title: string, answer: RequestListener])[] = [
    ['status 500', status(500)],
    ['status 503', status(503)],
    ['status 429', status(429)],
    ['a connection that is closed without an answer', (_request, response) => void response.destroy()],
    [
      'a body cut short',
      (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
        response.write('["half', () => response.destroy());
      },
    ],
    ['silence', () => undefined],
  ];
  test.each(trouble)('%s', async (_title, answer) => {
    await using server = await startLocalServer(inTurn(answer, answer, whole));
    expect(await download(request(server.port))).toMatchObject({ bytes: 9 });
    expect(server.requests).toHaveLength(3);
    expect(await readFile(join(folder, 'source.json'), 'utf8')).toBe('["whole"]');
  });

  test('the user and password of the URL go with every attempt', async () => {
    await using server = await startLocalServer(inTurn(status(503), whole));
    await download(request(server.port));
    const sent = `Basic ${Buffer.from('ada:hunter2').toString('base64')}`;
    expect(server.requests.map(({ authorization }) => authorization)).toEqual([sent, sent]);
  });
});

describe('a host that says when to come again', () => {
  const inTwoSeconds = (): string => new Date(Date.now() + 2_000).toUTCString();
  test.each([
    ['in seconds', status(429, { 'retry-after': '1' })],
    ['in seconds, while it is not available', status(503, { 'retry-after': '1' })],
    [
      'as a date',
      (_request: unknown, response: Parameters<RequestListener>[1]) => {
        response.writeHead(429, { 'retry-after': inTwoSeconds() }).end();
      },
    ],
  ])('%s is not asked before', async (_title, answer) => {
    await using server = await startLocalServer(inTurn(answer, whole));
    const started = performance.now();
    await download(request(server.port));
    // A date has no fractions of a second.
    expect(performance.now() - started).toBeGreaterThan(900);
    expect(server.requests).toHaveLength(2);
  });

  test('much later than we wait is not waited for', async () => {
    await using server = await startLocalServer(status(429, { 'retry-after': '3600' }));
    const error = await download(request(server.port)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'DM_ENDPOINT_UNAVAILABLE', context: { failures: 1, throttled: true } });
    expect(server.requests).toHaveLength(1);
  });

  test('in words that mean nothing is asked again soon', async () => {
    await using server = await startLocalServer(inTurn(status(429, { 'retry-after': 'tomorrow' }), whole));
    expect(await download(request(server.port))).toMatchObject({ bytes: 9 });
  });
});

describe('trying again ends', () => {
  test('after so many failures, without a file, and without a word of user, password and query', async () => {
    await using server = await startLocalServer(status(502));
    const error = await download(request(server.port)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'DM_ENDPOINT_UNAVAILABLE',
      context: { failures: 4, lastCode: 'DM_DOWNLOAD_FAILED' },
      cause: { code: 'DM_DOWNLOAD_FAILED', context: { status: 502 } },
    });
    expect(String(error)).toContain('/records');
    expect(String(error)).toContain('502');
    expect(JSON.stringify(error) + String(error)).not.toMatch(/hunter2|topsecret/);
    expect(server.requests).toHaveLength(4);
    expect(await readdir(folder)).toEqual([]);
  });

  test('at the total time, in the middle of waiting', async () => {
    await using server = await startLocalServer(status(503));
    const times = { connect: 1_000, idle: 400, total: 700 };
    const slow: RetryPolicy = { ...retries, baseDelay: 60_000, maximumDelay: 60_000 };
    const downloading = download(
      request(server.port, { times, retries: { ...slow, unavailable: { failures: 50, elapsed: 600_000 } } }),
    );
    await expect(downloading).rejects.toMatchObject({ code: 'DM_DOWNLOAD_TIMEOUT' });
  });

  test('at once where the signal says so', async () => {
    await using server = await startLocalServer(status(429, { 'retry-after': '15' }));
    const controller = new AbortController();
    const reason = new Error('stopped');
    setTimeout(() => controller.abort(reason), 200);
    const started = performance.now();
    await expect(download(request(server.port, { signal: controller.signal }))).rejects.toBe(reason);
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  test.each([
    ['status 404', status(404)],
    ['status 403', status(403)],
    [
      'a web page',
      ((_request, response) => response.writeHead(200, { 'content-type': 'text/html' }).end()) as RequestListener,
    ],
    ['a redirect to a private host', status(302, { location: 'http://127.0.0.2:1/' })],
  ])('before it began for what will not pass: %s', async (_title, answer) => {
    await using server = await startLocalServer(answer);
    await expect(download(request(server.port))).rejects.toMatchObject({ category: 'usage' });
    expect(server.requests).toHaveLength(1);
  });

  test('before it began where the disk refuses the file', async () => {
    await using server = await startLocalServer(whole);
    await expect(
      download(request(server.port, { file: join(folder, 'nowhere', 'source.json') })),
    ).rejects.toMatchObject({ code: 'DM_STATE_UNWRITABLE' });
    expect(server.requests).toHaveLength(1);
  });
});
