import { describeWithOwnServer, type SecantusServer, startSecantus } from '@datamigrato/testbed';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createWorkplace, type Workplace } from '../command-line/command-line.js';

// Each test runs whole processes, which a busy machine lets wait.
vi.setConfig({ testTimeout: 60_000 });

let workplace: Workplace;
beforeAll(async () => {
  workplace = await createWorkplace();
});
afterAll(() => workplace[Symbol.asyncDispose]());

await describeWithOwnServer(
  'proof and a MongoDB with passwords',
  () => startSecantus({ authentication: true }),
  (server: SecantusServer) => {
    const withDatabase = (url: string): string => url.replace(/\/(\?|$)/, '/proven$1');
    const password = server.password ?? '';
    const url = withDatabase(server.url).replace(encodeURIComponent(password), '${DB_PASSWORD}');

    test('verify and repair reach both sides again without a flag, with the password from where it was', async () => {
      const client = await MongoClient.connect(server.url);
      const numbers = client.db('proven').collection<{ _id: number; name?: string }>('numbers');
      await numbers.insertMany([{ _id: 1, name: 'one' }, { _id: 2 }, { _id: 3 }]);
      const secret = { DB_PASSWORD: password };
      const copied = await workplace.run(
        ['copy', url, `${url}#copies`, '--entity', 'numbers=copies', '--quiet'],
        secret,
      );
      expect(copied).toMatchObject({ code: 0 });
      const copies = client.db('proven').collection<{ _id: number; name?: string }>('copies');
      await copies.updateOne({ _id: 1 }, { $set: { name: 'un' } });
      await copies.deleteOne({ _id: 2 });
      const verified = await workplace.run(['verify'], secret);
      expect(verified).toMatchObject({ code: 6, stdout: expect.stringMatching(/^✖ different: 2 records$/m) });
      expect(await workplace.run(['repair', '--quiet'], secret)).toMatchObject({ code: 0 });
      expect(await copies.find().sort({ _id: 1 }).toArray()).toEqual([{ _id: 1, name: 'one' }, { _id: 2 }, { _id: 3 }]);
      await client.close();
      const { stdout: path } = await workplace.run(['report']);
      const page = await workplace.run(['report', '--json']);
      expect(path).toMatch(/report\.html\n$/);
      expect(page.stdout + verified.stdout + verified.stderr).not.toContain(password);
    });

    test('doctor ends with 0 where the password is right, and with 5 where the store refuses it', async () => {
      expect(await workplace.run(['doctor', url], { DB_PASSWORD: password })).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/^✔ store +mongodb:.* answers after /m),
      });
      const refused = await workplace.run(['doctor', url], { DB_PASSWORD: 'wr0ng-password' });
      expect(refused).toMatchObject({ code: 5, stdout: expect.stringMatching(/^✖ store +DM_MONGODB_AUTH: .* → /m) });
      expect(refused.stdout).not.toContain('wr0ng');
    });
  },
);
