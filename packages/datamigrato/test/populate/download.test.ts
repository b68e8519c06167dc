import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import type { RequestListener, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { isDatamigratoError, type RetryPolicy } from '@datamigrato/core';
import { type Certificates, createCertificates } from '@datamigrato/testbed';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Download, download } from '../../src/populate/download.js';
import type { Network } from '../../src/populate/guarded-address.js';
import { isPublicAddress } from '../../src/populate/public-address.js';
import { startLocalServer } from './local-server.js';

let certificates: Certificates;
let tls: { readonly key: string; readonly cert: string };
let authority: string;
let folder: string;

beforeAll(async () => {
  certificates = await createCertificates();
  const { keyFile, certificateFile } = certificates.server.valid;
  tls = { key: await readFile(keyFile, 'utf8'), cert: await readFile(certificateFile, 'utf8') };
  authority = await readFile(certificates.certificateAuthorityFile, 'utf8');
});
afterAll(() => certificates.remove());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'datamigrato-download-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** The world as a guard sees it where 127.0.0.1 is a public host named localhost and everything else keeps its meaning. */
function publicHere(resolve?: (host: string) => Promise<readonly string[]>): Network {
  return {
    resolve: resolve ?? (async () => ['127.0.0.1']),
    isPublic: (address) => address === '127.0.0.1' || isPublicAddress(address),
    certificateAuthority: authority,
  };
}

const json = (body: string | Buffer, headers: Record<string, string> = {}): RequestListener => {
  return (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json', ...headers });
    response.end(body);
  };
};

/** What may pass is not waited for. */
const onlyOnce: RetryPolicy = {
  baseDelay: 1,
  maximumDelay: 1,
  unavailable: { failures: 1, elapsed: 10_000 },
  throttled: { failures: 1, elapsed: 10_000 },
};

function request(url: string, options: Partial<Download> = {}): Download {
  return {
    url,
    file: join(folder, 'source.json'),
    allowPrivate: false,
    maximumBytes: 1024 * 1024,
    signal: new AbortController().signal,
    times: { connect: 2_000, idle: 400, total: 5_000 },
    retries: onlyOnce,
    ...options,
  };
}

/** The code of the error that a promise ends with; of one that may pass, the code of the failure that was the last. */
async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (isDatamigratoError(error)) return String(error.context['lastCode'] ?? error.code);
    throw error;
  }
  return 'no error';
}

describe('a download that is allowed', () => {
  test('is saved privately, byte by byte', async () => {
    await using server = await startLocalServer(json('{"data":[1]}'));
    const url = `http://127.0.0.1:${server.port}/records?page=1`;
    const done = await download(request(url, { allowPrivate: true }));
    expect(done).toEqual({ bytes: 12, from: `http://127.0.0.1:${server.port}/records` });
    expect(await readFile(join(folder, 'source.json'), 'utf8')).toBe('{"data":[1]}');
    if (process.platform !== 'win32') expect((await stat(join(folder, 'source.json'))).mode & 0o777).toBe(0o600);
  });

  test.each([
    ['gzip', gzipSync('[true]')],
    ['br', brotliCompressSync('[true]')],
  ])('may be compressed: %s', async (encoding, body) => {
    await using server = await startLocalServer(json(body, { 'content-encoding': encoding }));
    await download(request(`http://127.0.0.1:${server.port}/`, { allowPrivate: true }));
    expect(await readFile(join(folder, 'source.json'), 'utf8')).toBe('[true]');
  });

  test('may come from a public host over https after three redirects', async () => {
    await using server = await startLocalServer((incoming, response) => {
      const hop = Number(incoming.url?.slice(1));
      if (hop < 3) response.writeHead(302, { location: `/${hop + 1}` }).end();
      else json('[]')(incoming, response);
    }, tls);
    await download(request(`https://localhost:${server.port}/0`, { network: publicHere() }));
    expect(server.requests.map(({ path }) => path)).toEqual(['/0', '/1', '/2', '/3']);
  });

  test('gets user and password of the URL, and another host does not', async () => {
    await using other = await startLocalServer(json('[]'), tls);
    await using server = await startLocalServer((_incoming, response) => {
      response.writeHead(302, { location: `https://localhost:${other.port}/` }).end();
    }, tls);
    await download(request(`https://ada:se%20cret@localhost:${server.port}/`, { network: publicHere() }));
    expect(server.requests[0]?.authorization).toBe(`Basic ${Buffer.from('ada:se cret').toString('base64')}`);
    expect(other.requests).toEqual([{ path: '/', authorization: undefined }]);
  });
});

describe('S-13 the guard refuses', () => {
  const spellings = [
    'https://127.0.0.1/',
    'https://127.1/',
    'https://2130706433/',
    'https://0x7f000001/',
    'https://0x7f.0.0.1/',
    'https://0177.0.0.1/',
    'https://[::1]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[::ffff:7f00:1]/',
    'https://[64:ff9b::127.0.0.1]/',
    'https://[fe80::1]/',
    'https://10.0.0.1/',
    'https://169.254.169.254/latest/meta-data/',
    'https://%31%32%37.0.0.1/',
    'https://１２７.0.0.1/',
    'https://0/',
  ];
  test.each(spellings)('%s: a private address in any spelling', async (url) => {
    expect(await codeOf(download(request(url)))).toBe('DM_DOWNLOAD_REFUSED');
    expect(await readdir(folder)).toEqual([]);
  });

  test('a name that resolves to this machine', async () => {
    await using server = await startLocalServer(json('[]'), tls);
    expect(await codeOf(download(request(`https://localhost:${server.port}/`)))).toBe('DM_DOWNLOAD_REFUSED');
    expect(server.requests).toEqual([]);
  });

  test('a name of which one of several addresses is private', async () => {
    const network = publicHere(async () => ['127.0.0.1', '10.0.0.7']);
    expect(await codeOf(download(request('https://mixed.test/', { network })))).toBe('DM_DOWNLOAD_REFUSED');
  });

  test.each(['https://[::1]/', 'https://10.0.0.1/', 'http://localhost/', 'file:///etc/hosts', 'https://2130706434/'])(
    'a redirect of a public host to %s',
    async (location) => {
      await using server = await startLocalServer((_incoming, response) => {
        response.writeHead(302, { location }).end();
      }, tls);
      const url = `https://localhost:${server.port}/`;
      expect(await codeOf(download(request(url, { network: publicHere() })))).toBe('DM_DOWNLOAD_REFUSED');
      expect(await readdir(folder)).toEqual([]);
    },
  );

  test('a redirect of a private host that was allowed to another private host', async () => {
    await using inner = await startLocalServer(json('["inner"]'));
    await using server = await startLocalServer((_incoming, response) => {
      response.writeHead(307, { location: `http://127.0.0.1:${inner.port}/` }).end();
    });
    const url = `http://127.0.0.1:${server.port}/`;
    expect(await codeOf(download(request(url, { allowPrivate: true })))).toBe('DM_DOWNLOAD_REFUSED');
    expect(inner.requests).toEqual([]);
  });

  test('a fourth redirect', async () => {
    await using server = await startLocalServer((incoming, response) => {
      response.writeHead(302, { location: `${incoming.url}x` }).end();
    }, tls);
    const url = `https://localhost:${server.port}/`;
    expect(await codeOf(download(request(url, { network: publicHere() })))).toBe('DM_DOWNLOAD_REFUSED');
    expect(server.requests).toHaveLength(4);
  });

  test('plain http, unless the host was allowed', async () => {
    const error = await download(request('http://example.com/', { network: publicHere() })).catch((thrown) => thrown);
    expect(error).toMatchObject({ code: 'DM_DOWNLOAD_REFUSED', nextStep: expect.stringContaining('--allow-private') });
  });

  test('a name whose address changes between the check and the connection', async () => {
    await using server = await startLocalServer(json('[]'), tls);
    const answers = [['127.0.0.1'], ['10.0.0.1'], ['10.0.0.1']];
    let asked = 0;
    const network = publicHere(async () => answers[asked++] ?? []);
    await download(request(`https://localhost:${server.port}/`, { network }));
    expect({ asked, requests: server.requests.length }).toEqual({ asked: 1, requests: 1 });
  });

  test('a name whose address changes between two hops', async () => {
    await using server = await startLocalServer((_incoming, response) => {
      response.writeHead(302, { location: '/again' }).end();
    }, tls);
    const answers = [['127.0.0.1'], ['10.0.0.1']];
    let asked = 0;
    const network = publicHere(async () => answers[asked++] ?? []);
    expect(await codeOf(download(request(`https://localhost:${server.port}/`, { network })))).toBe(
      'DM_DOWNLOAD_REFUSED',
    );
    expect(server.requests).toHaveLength(1);
  });
});

describe('S-13 an answer that is no good is given up', () => {
  const refusals: readonly (readonly [title: string, answer: RequestListener, code: string])[] = [
    ['a web page', json('<html>', { 'content-type': 'text/html; charset=utf-8' }), 'DM_DOWNLOAD_UNUSABLE'],
    ['an image', json('', { 'content-type': 'image/png' }), 'DM_DOWNLOAD_UNUSABLE'],
    ['an unknown encoding', json('[]', { 'content-encoding': 'gzip, gzip' }), 'DM_DOWNLOAD_UNUSABLE'],
    ['status 404', (_request, response) => void response.writeHead(404).end(), 'DM_DOWNLOAD_UNUSABLE'],
    ['status 206', (_request, response) => void response.writeHead(206).end('[]'), 'DM_DOWNLOAD_UNUSABLE'],
    ['status 503', (_request, response) => void response.writeHead(503).end(), 'DM_DOWNLOAD_FAILED'],
    ['a broken archive', json('no gzip', { 'content-encoding': 'gzip' }), 'DM_DOWNLOAD_UNUSABLE'],
    ['no Brotli', json('no Brotli, whatever it says', { 'content-encoding': 'br' }), 'DM_DOWNLOAD_UNUSABLE'],
    [
      'an archive cut short',
      json(gzipSync('[1,2,3,4,5,6,7]').subarray(0, 18), { 'content-encoding': 'gzip' }),
      'DM_DOWNLOAD_FAILED',
    ],
    ['a length above the limit', json('', { 'content-length': '1048577' }), 'DM_DOWNLOAD_TOO_LARGE'],
    [
      'a gzip bomb',
      json(gzipSync(Buffer.alloc(64 * 1024 * 1024)), { 'content-encoding': 'gzip' }),
      'DM_DOWNLOAD_TOO_LARGE',
    ],
    ['an endless body', endless, 'DM_DOWNLOAD_TOO_LARGE'],
    ['silence before the answer', () => undefined, 'DM_DOWNLOAD_TIMEOUT'],
    ['silence in the body', (_request, response) => void response.writeHead(200).write('['), 'DM_DOWNLOAD_TIMEOUT'],
    ['a body cut short', cutShort, 'DM_DOWNLOAD_FAILED'],
  ];
  test.each(refusals)('%s', async (_title, answer, code) => {
    await using server = await startLocalServer(answer);
    const url = `http://127.0.0.1:${server.port}/`;
    expect(await codeOf(download(request(url, { allowPrivate: true })))).toBe(code);
    expect(await readdir(folder)).toEqual([]);
  });

  test('drops that never end, at the total', async () => {
    await using server = await startLocalServer((_incoming, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const timer = setInterval(() => response.write(' '), 100);
      response.on('close', () => clearInterval(timer));
    });
    const times = { connect: 1_000, idle: 400, total: 1_200 };
    const started = performance.now();
    const url = `http://127.0.0.1:${server.port}/`;
    expect(await codeOf(download(request(url, { allowPrivate: true, times })))).toBe('DM_DOWNLOAD_TIMEOUT');
    expect(performance.now() - started).toBeLessThan(3_000);
  });

  test('a head that comes by drops', async () => {
    await using server = await startLocalServer((_incoming, response) => {
      const { socket } = response;
      socket?.write('HTTP/1.1 200 OK\r\n');
      const timer = setInterval(() => socket?.write('x-drop: 1\r\n'), 100);
      socket?.on('close', () => clearInterval(timer));
    });
    expect(await codeOf(download(request(`http://127.0.0.1:${server.port}/`, { allowPrivate: true })))).toBe(
      'DM_DOWNLOAD_TIMEOUT',
    );
  });

  test('a certificate of nobody we trust, whatever the environment says', async () => {
    await using server = await startLocalServer(json('[]'), tls);
    const network: Network = { resolve: async () => ['127.0.0.1'], isPublic: () => true };
    const before = process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    try {
      expect(await codeOf(download(request(`https://localhost:${server.port}/`, { network })))).toBe(
        'DM_DOWNLOAD_REFUSED',
      );
    } finally {
      if (before === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
      else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = before;
    }
    expect(server.requests).toEqual([]);
  });

  test('stops as soon as the signal says so', async () => {
    await using server = await startLocalServer(endlessDrops);
    const reason = new Error('stopped');
    const controller = new AbortController();
    setTimeout(() => controller.abort(reason), 150);
    const url = `http://127.0.0.1:${server.port}/`;
    await expect(download(request(url, { allowPrivate: true, signal: controller.signal }))).rejects.toBe(reason);
  });

  test('says nothing of user, password and query', async () => {
    await using server = await startLocalServer((_incoming, response) => void response.writeHead(404).end());
    const url = `http://ada:hunter2@127.0.0.1:${server.port}/records?token=topsecret`;
    const error = await download(request(url, { allowPrivate: true })).catch((thrown: unknown) => thrown);
    expect(String(error)).toContain('/records');
    expect(JSON.stringify(error) + String(error)).not.toMatch(/hunter2|topsecret/);
  });
});

function endless(_request: unknown, response: ServerResponse): void {
  const piece = Buffer.alloc(64 * 1024, 0x20);
  response.writeHead(200, { 'content-type': 'application/json' });
  const more = (): void => {
    while (!response.destroyed && response.write(piece));
  };
  response.on('drain', more);
  more();
}

function endlessDrops(_request: unknown, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  const timer = setInterval(() => response.write(' '), 20);
  response.on('close', () => clearInterval(timer));
}

function cutShort(_request: unknown, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
  response.write('[1,');
  setTimeout(() => response.destroy(), 50);
}
