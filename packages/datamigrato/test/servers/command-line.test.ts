import { readdir } from 'node:fs/promises';
import { describeWithOwnServer, type SecantusServer, serverOrSkip, startSecantus } from '@datamigrato/testbed';
import { Client } from 'cassandra-driver';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createWorkplace, type Workplace } from '../command-line/command-line.js';

// Each test runs whole processes, which a busy machine lets wait.
vi.setConfig({ testTimeout: 60_000 });

let workplace: Workplace;
beforeAll(async () => {
  workplace = await createWorkplace();
});
afterAll(() => workplace[Symbol.asyncDispose]());

await describeWithOwnServer(
  'the command line and a MongoDB with passwords',
  () => startSecantus({ authentication: true }),
  (server: SecantusServer) => {
    const withDatabase = (url: string): string => url.replace(/\/(\?|$)/, '/guarded$1');

    test('moves records with a password from the environment', async () => {
      const { username, password } = server;
      if (username === undefined || password === undefined) throw new TypeError('the server has no user');
      const client = await MongoClient.connect(server.url);
      await client
        .db('guarded')
        .collection<{ _id: number }>('numbers')
        .insertMany([{ _id: 1 }, { _id: 2 }]);
      await client.close();
      const url = withDatabase(server.url).replace(encodeURIComponent(password), '${DB_PASSWORD}');
      expect(url).toContain('${DB_PASSWORD}');
      const { code, stdout, stderr } = await workplace.run(['copy', url, './guarded', '--json'], {
        DB_PASSWORD: password,
      });
      expect({ code, report: JSON.parse(stdout) }).toMatchObject({
        code: 0,
        report: { ledger: { read: 2, written: 2 } },
      });
      expect(stdout + stderr).not.toContain(password);
    });

    test('a wrong password ends with 5, and is not shown', async () => {
      const url = withDatabase(server.urlFor({ username: server.username ?? '', password: 'wr0ng-password' }));
      const { code, stdout, stderr } = await workplace.run(['copy', url, './refused', '--verbose']);
      expect({ code, stdout, stderr }).toEqual({
        code: 5,
        stdout: '',
        stderr: expect.stringContaining('✖ DM_MONGODB_AUTH'),
      });
      expect(stderr).not.toContain('wr0ng');
      expect(await readdir(workplace.folder)).not.toContain('refused');
    });

    test('a role that may only read cannot be written with: 5', async () => {
      const url = withDatabase(server.urlFor(server.readOnly));
      const { code, stderr } = await workplace.run(['copy', './guarded', `${url}#copy`, '--entity', 'numbers=copy']);
      expect({ code, stderr }).toEqual({ code: 5, stderr: expect.stringMatching(/✖ DM_MONGODB_UNAUTHORIZED/) });
    });
  },
);

const mongodb = await serverOrSkip('mongodb');
const cassandra = await serverOrSkip('cassandra');

describe.skipIf(mongodb === undefined || cassandra === undefined)(
  'the command line between MongoDB and Cassandra',
  () => {
    const name = `command_line_${process.pid}`;
    const from = (mongodb?.url ?? '').replace(/\/(\?|$)/, `/${name}$1`);
    const to = (cassandra?.url ?? '').replace('/?', `/${name}?`);
    const create = ['--to-option', 'createKeyspace=true'];
    beforeAll(async () => {
      const client = await MongoClient.connect(mongodb?.url ?? '');
      const people = [
        { name: 'Ada', address: { city: 'London' } },
        { name: 'Grace', address: { city: 'New York' } },
      ];
      await client.db(name).collection('people').insertMany(people);
      await client.close();
    });
    afterAll(async () => {
      const client = await MongoClient.connect(mongodb?.url ?? '');
      await client.db(name).dropDatabase();
      await client.close();
      const { contactPoints = [], localDataCenter = '', port = 9042 } = cassandra ?? {};
      const session = new Client({ contactPoints: [...contactPoints], localDataCenter, protocolOptions: { port } });
      await session.execute(`DROP KEYSPACE IF EXISTS ${name}`);
      await session.shutdown();
    });

    test('a plan shows keys, statements and what changes, and makes nothing', async () => {
      const { code, stdout } = await workplace.run(['plan', from, to, '--flatten', ...create]);
      expect(code).toBe(0);
      expect(stdout).toMatch(/^people +people +2 +\d+ B +id ← _id +is made$/m);
      expect(stdout).toMatch(/CREATE KEYSPACE/);
      expect(stdout).toMatch(/CREATE TABLE [^\n]*people/);
      expect(stdout).toMatch(/address_city/);
      const { code: inspected } = await workplace.run(['inspect', to]);
      expect(inspected).toBe(5);
    });

    test('copy there, consent for a second time, and inspect', async () => {
      expect(await workplace.run(['copy', from, to, '--flatten', ...create])).toMatchObject({ code: 0 });
      const again = await workplace.run(['copy', from, to, '--flatten', ...create]);
      const [, destination = ''] = /--allow-writes-to '(.*)'/.exec(again.stderr) ?? [];
      expect({ code: again.code, destination }).toEqual({
        code: 10,
        destination: expect.stringMatching(/^cassandra:\/\/.*\/command_line_/),
      });
      const agreed = await workplace.run([
        'copy',
        from,
        to,
        '--flatten',
        ...create,
        '--allow-writes-to',
        destination,
        '--json',
      ]);
      expect({ code: agreed.code, report: JSON.parse(agreed.stdout) }).toMatchObject({
        code: 0,
        report: { ledger: { read: 2, dead: 0 } },
      });
      const { stdout, stderr } = await workplace.run(['inspect', to]);
      expect(stdout).toMatch(/^people {2}2 records, declared schema$/m);
      expect(stdout).toMatch(/^id \(key\) +text$/m);
      expect(stderr).not.toMatch(/warning/i);
    });

    test('plan --check shows keys beyond a limit, cut and harmless; with refuse it and copy end with 11, and nothing is made', async () => {
      const database = `${name}_keys`;
      const client = await MongoClient.connect(mongodb?.url ?? '');
      try {
        const long = { _id: `\u001b[31m\u202e${'k'.repeat(70_000)}`, number: 1 };
        const keys = client.db(database).collection<{ _id: string; number: number }>('keys');
        await keys.insertMany([{ _id: 'short', number: 0 }, long]);
        const source = (mongodb?.url ?? '').replace(/\/(\?|$)/, `/${database}$1`);
        const plain = await workplace.run(['plan', source, to, '--check', ...create]);
        expect(plain.code).toBe(0);
        expect(plain.stdout).toMatch(/^keys +keyBytes +65,535 B +70,008 B +1 +DM_CASSANDRA_KEY_TOO_LARGE +reject$/m);
        expect(plain.stdout).toMatch(/^ {2}\["\S{1,12}31m\S{1,12}k+… {2}70,008 B$/m);
        expect(plain.stdout).toMatch(/^! 2 records tried: one record would become a dead letter$/m);
        for (const obeyed of ['\u001b', '\u202e']) expect(plain.stdout).not.toContain(obeyed);
        const refuse = ['--on-limit', 'keyBytes=refuse', ...create];
        const refused = await workplace.run(['plan', source, to, '--json', ...refuse]);
        expect({ code: refused.code, stderr: refused.stderr }).toEqual({ code: 11, stderr: '' });
        const { plan, limits, refused: isRefused } = JSON.parse(refused.stdout);
        expect({ isRefused, limits }).toMatchObject({
          isRefused: true,
          limits: { plan: plan.id, checked: 2, beyond: 1 },
        });
        for (const obeyed of ['\u001b', '\u202e', 'k'.repeat(200)]) expect(refused.stdout).not.toContain(obeyed);
        const copied = await workplace.run(['copy', source, to, ...refuse]);
        expect({ code: copied.code, stderr: copied.stderr }).toEqual({
          code: 11,
          stderr: expect.stringMatching(/✖ DM_LIMIT_REFUSED/),
        });
        expect(copied.stderr).not.toContain('kkk');
        expect(await workplace.run(['inspect', to, '--entity', 'keys'])).toMatchObject({ code: 5 });
      } finally {
        await client.db(database).dropDatabase();
        await client.close();
      }
    });

    test('a table in the way is a conflict: 5, and nothing is written', async () => {
      const { code, stderr } = await workplace.run([
        'copy',
        from,
        to,
        '--entity',
        'people',
        '--primary-key',
        'name',
        ...create,
      ]);
      expect({ code, stderr }).toEqual({ code: 5, stderr: expect.stringContaining('✖ DM_PLAN_CONFLICT') });
    });

    test('a missing keyspace is said, with what makes it', async () => {
      const { code, stderr } = await workplace.run(['copy', from, to.replace(name, `${name}_nowhere`)]);
      expect({ code, stderr }).toEqual({
        code: 5,
        stderr: expect.stringMatching(/✖ DM_CASSANDRA_KEYSPACE_MISSING[\s\S]*createKeyspace/),
      });
    });
  },
);
