import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdir, readFile, readlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeWithServer } from '@datamigrato/testbed';
import { Client } from 'cassandra-driver';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createWorkplace, type Outcome, trialConnector, type Workplace } from '../command-line/command-line.js';

// Each test runs whole processes, which a busy machine lets wait.
vi.setConfig({ testTimeout: 120_000 });

/** `Object.prototype.__proto__` throws: whatever asks for it, or sets it, ends the process. */
const withoutProto = { NODE_OPTIONS: '--disable-proto=throw' };

/** Names that mean something to JavaScript, and one that means something to nobody. */
const names = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'valueOf',
  'hasOwnProperty',
  '__defineGetter__',
  '__lookupSetter__',
  'then',
  'toJSON',
  'length',
  'plain',
];

const count = 600;

/** Documents with such names as keys, as fields and inside one another. */
const documents = Array.from({ length: count }, (_, index) => {
  const name = names[index % names.length] ?? '';
  const other = names[(index * 5 + 1) % names.length] ?? '';
  return `{"id":${JSON.stringify(`${name}${index < names.length ? '' : index}`)},${JSON.stringify(name)}:{${JSON.stringify(other)}:{"isAdmin":true}},"value":${index}}`;
});

let workplace: Workplace;
beforeAll(async () => {
  workplace = await createWorkplace();
  await writeFile(join(workplace.folder, 'hostile.ndjson'), `${documents.join('\n')}\n`);
  // The driver of Cassandra keeps columns by name in a plain object, so that no column may be called `__proto__` here.
  const columns = documents.map((document) => document.replace(/"__proto__":\{/, '"inner":{'));
  await writeFile(join(workplace.folder, 'columns.ndjson'), `${columns.join('\n')}\n`);
});
afterAll(() => workplace[Symbol.asyncDispose]());

async function moved(from: string, to: string, more: readonly string[] = []): Promise<void> {
  const outcome: Outcome = await workplace.run(['copy', from, to, '--json', '--verify', ...more], withoutProto);
  expect(outcome.stderr).not.toMatch(/✖/);
  expect({ code: outcome.code, stderr: outcome.code === 0 ? '' : outcome.stderr }).toEqual({ code: 0, stderr: '' });
  expect(JSON.parse(outcome.stdout)).toMatchObject({ ledger: { read: count, dead: 0 } });
}

await describeWithServer('mongo-java', 'S-12 a process without `__proto__`', (mongo) => {
  test('moves names that mean something to JavaScript as data: file, MongoDB, archive', async () => {
    const database = `hostile_${randomBytes(4).toString('hex')}`;
    const url = new URL(mongo.url);
    url.pathname = `/${database}`;
    const client = new MongoClient(mongo.url);
    try {
      await moved('./hostile.ndjson', url.href);
      await moved(url.href, './from-mongodb', ['--entity', 'hostile']);
      const found = await client.db(database).collection('hostile').find({}, { raw: true }).toArray();
      expect(found).toHaveLength(count);
      const text = found.map((document) => Buffer.from(Object.values(document)).toString('latin1')).join();
      for (const name of names) expect(text).toContain(name);
    } finally {
      await client.db(database).dropDatabase();
      await client.close();
    }
  });
});

await describeWithServer('cassandra', 'S-12 a process without `__proto__`', (cassandra) => {
  test('moves them through a table and back', async () => {
    const keyspace = `hostile_${randomBytes(4).toString('hex')}`;
    const { contactPoints, port, localDataCenter } = cassandra;
    const table = `cassandra://${contactPoints[0]}:${port}/${keyspace}?localDataCenter=${localDataCenter}`;
    const client = new Client({ contactPoints: [...contactPoints], protocolOptions: { port }, localDataCenter });
    try {
      await moved('./columns.ndjson', `${table}&createKeyspace=true`, ['--primary-key', 'id']);
      await moved(table, './from-cassandra');
      const answer = await client.execute(`SELECT count(*) AS n FROM ${keyspace}.columns`);
      expect(String(answer.first()['n'])).toBe(String(count));
    } finally {
      await client.execute(`DROP KEYSPACE IF EXISTS ${keyspace}`);
      await client.shutdown();
    }
  });
});

describe.skipIf(process.platform !== 'linux')('S-18 a process that moves records', () => {
  test('listens nowhere', async () => {
    const seen: { readonly sockets: number; readonly listening: readonly string[] }[] = [];
    const watch = (child: ChildProcess): void => {
      let text = '';
      child.stderr?.on('data', (more: string) => {
        text += more;
        if (!text.includes('started:') || seen.length > 0 || child.pid === undefined) return;
        const { pid } = child;
        void socketsOf(pid).then((found) => {
          seen.push(found);
          child.kill('SIGINT');
        });
      });
    };
    const args = ['copy', 'trial:?records=100000&pause=20', './listening', '--connector', trialConnector];
    await workplace.start(args, watch);
    expect(seen.map(({ listening }) => listening)).toEqual([[]]);
  });

  test('and one that listens is found', async () => {
    const { createServer } = await import('node:net');
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      expect((await socketsOf(process.pid)).listening).not.toEqual([]);
    } finally {
      server.close();
    }
  });
});

/** The sockets of a process, and those that take connections, as Linux tells. */
async function socketsOf(pid: number): Promise<{ readonly sockets: number; readonly listening: readonly string[] }> {
  const inodes = new Set<string>();
  for (const name of await readdir(`/proc/${pid}/fd`)) {
    const target = await readlink(`/proc/${pid}/fd/${name}`).catch(() => '');
    const [, inode] = /^socket:\[(\d+)\]$/.exec(target) ?? [];
    if (inode !== undefined) inodes.add(inode);
  }
  const lines = await Promise.all(['tcp', 'tcp6'].map((table) => readFile(`/proc/${pid}/net/${table}`, 'utf8')));
  const listening = lines.flatMap((text) =>
    text.split('\n').filter((line) => {
      const fields = line.trim().split(/\s+/);
      return fields[3] === '0A' && inodes.has(fields[9] ?? '');
    }),
  );
  return { sockets: inodes.size, listening };
}
