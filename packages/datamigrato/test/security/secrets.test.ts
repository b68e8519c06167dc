import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer as createWebServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRedactor, type Redactor } from '../../src/secret/redactor.js';
import { canaryOf } from './canary.js';
import { type Peers, places } from './failing-runs.js';
import { type Trace, traceOf } from './trace.js';

const runs = 500;
const atOnce = 20;

let root: string;
let peers: Peers;
const servers: Server[] = [];

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'datamigrato-canaries-'));
  const echo = createServer((socket) => socket.on('error', () => socket.destroy()).pipe(socket));
  const web = createWebServer((request, response) => {
    const { url, headers } = request;
    response.writeHead(404, `no ${encodeURIComponent(url ?? '')}`, { 'x-asked': encodeURIComponent(url ?? '') });
    response.end(JSON.stringify({ url, headers }));
  });
  const closed = createServer();
  const ports: number[] = [];
  for (const server of [echo, web, closed]) {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ports.push((server.address() as AddressInfo).port);
  }
  await new Promise((resolve) => closed.close(resolve));
  servers.push(echo, web);
  peers = { echo: ports[0] ?? 0, web: ports[1] ?? 0, closed: ports[2] ?? 0 };
});
afterAll(async () => {
  for (const server of servers) server.close();
  await rm(root, { recursive: true, force: true });
});

/** Every run, a few at once; what it left, and with which canary. */
async function allRuns(
  count: number,
  redactor: () => Redactor,
  check: (title: string, trace: Trace, holds: (text: string) => boolean) => void,
): Promise<void> {
  const titles = Object.keys(places);
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < count) {
      const seed = next;
      next += 1;
      const title = titles[seed % titles.length] ?? '';
      const canary = canaryOf(seed);
      const folder = join(root, `${seed}`);
      await mkdir(folder);
      await writeFile(join(folder, 'people.json'), '[{"id":1,"name":"Ada"},{"id":2,"name":"Grace"}]');
      const run = await places[title]?.(canary.text, folder, peers);
      if (run === undefined) throw new Error(`no place ${title}`);
      check(title, await traceOf(folder, run, redactor()), (text) => canary.isIn(text));
      await rm(folder, { recursive: true, force: true });
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}

describe('S-06 a secret reaches nobody', () => {
  test(`in ${runs} failing runs with one in every place where it may stand, at the finest level`, async () => {
    const hits: string[] = [];
    const codes = new Map<string, Set<number>>();
    await allRuns(runs, createRedactor, (title, { code, texts }, holds) => {
      codes.set(title, (codes.get(title) ?? new Set()).add(code));
      for (const [where, text] of texts) if (holds(text)) hits.push(`${title}: ${where}: ${text.slice(0, 2_000)}`);
    });
    expect(hits).toEqual([]);
    // Every run failed, and failed as such a run does: what was searched is what users see.
    const failures = Object.fromEntries([...codes].map(([title, seen]) => [title, [...seen]]));
    expect(Object.values(failures).flat()).not.toContain(0);
    expect(Object.keys(failures)).toEqual(expect.arrayContaining(Object.keys(places)));
    expect(
      Object.entries(failures)
        .filter(([title]) => title !== 'a connector that throws with it')
        .flatMap(([, seen]) => seen),
    ).not.toContain(1);
  }, 240_000);

  test('and without the redactor it would', async () => {
    const deaf: Redactor = { register: () => undefined, registerUrl: () => undefined, redact: (text) => text };
    const found = new Set<string>();
    await allRuns(
      Object.keys(places).length,
      () => deaf,
      (title, { texts }, holds) => {
        for (const text of texts.values()) if (holds(text)) found.add(title);
      },
    );
    expect([...found]).toContain('a connector that throws with it');
  }, 120_000);
});
