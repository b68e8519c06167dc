import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createWorkplace, type Outcome, trialConnector, type Workplace } from './command-line.js';

// Each test runs whole processes, which a busy machine lets wait.
vi.setConfig({ testTimeout: 60_000 });

let workplace: Workplace;
const write = (name: string, text: string): Promise<void> => writeFile(join(workplace.folder, name), text);
beforeAll(async () => {
  workplace = await createWorkplace();
  await write(
    'people.json',
    JSON.stringify([
      { id: 1, name: 'Ada' },
      { id: 2, name: 'Grace' },
    ]),
  );
});
afterAll(() => workplace[Symbol.asyncDispose]());

/** Runs a command line that must fail, and checks what every failure has: a code, a next step, no stack, nothing written, nothing on stdout. */
async function refused(
  args: readonly string[],
  environment?: Readonly<Record<string, string>>,
): Promise<Outcome & { readonly error: string | undefined }> {
  const before = await everything(workplace.folder);
  const outcome = await workplace.run(args, environment);
  expect(outcome.stdout).toBe('');
  expect(outcome.stderr).not.toMatch(/^ +at /m);
  expect(outcome.stderr).not.toContain('\u001b');
  expect(outcome.stderr).toMatch(/^ {2}→ ./m);
  expect(await everything(workplace.folder)).toEqual(before);
  return { ...outcome, error: /^✖ (DM_\w+) {2}./m.exec(outcome.stderr)?.[1] };
}

/** Every file, without the run folders of runs that failed after they began and the state folder itself. */
async function everything(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder, { recursive: true });
  return names.filter((name) => !name.startsWith('.datamigrato')).sort();
}

describe('R-30 what a user gets wrong ends with 2', () => {
  const target = './target';
  const cases: readonly (readonly [title: string, args: readonly string[], error: string])[] = [
    ['an unknown scheme', ['copy', 'dynamodb://x', target], 'DM_CONNECTOR_UNKNOWN'],
    ['a web page as a store', ['copy', 'https://example.com/', target], 'DM_CONNECTOR_UNKNOWN'],
    ['an empty connection string', ['copy', '', target], 'DM_URL_EMPTY'],
    [
      'a connector that is not installed',
      ['copy', './people.json', target, '--connector', 'datamigrato-connector-nowhere'],
      'DM_CONNECTOR_MISSING',
    ],
    [
      'a module that is no connector',
      ['copy', './people.json', target, '--connector', './no-connector.mjs'],
      'DM_CONNECTOR_INCOMPATIBLE',
    ],
    ['a file that is not there', ['copy', './nothing.json', target], 'DM_FILE_NOT_FOUND'],
    ['a variable that is not set', ['copy', 'mongodb://u:${NOPE}@127.0.0.1/x', target], 'DM_VARIABLE_MISSING'],
    ['a lock that is none', ['copy', './people.json', target, '--lock', './people.json'], 'DM_LOCK_INVALID'],
    ['a plan that is none', ['run', './people.json'], 'DM_PLAN_FILE'],
    [
      'an option that the connector has not',
      ['copy', './people.json', target, '--to-option', 'nope=1'],
      'DM_OPTIONS_INVALID',
    ],
    ['a field that nobody has', ['copy', './people.json', target, '--select', 'nope'], 'DM_FIELD_UNKNOWN'],
    ['a key field that nobody has', ['copy', './people.json', target, '--primary-key', 'nope'], 'DM_KEY_FIELD_UNKNOWN'],
    [
      'two entities of one name',
      ['copy', './twice', target, '--entity', 'a=c', '--entity', 'b=c'],
      'DM_NAME_COLLISION',
    ],
    ['names that meet when flattened', ['copy', './meeting.json', target, '--flatten'], 'DM_NAME_COLLISION'],
    ['plain http', ['populate', 'http://127.0.0.1:1/x.json', target], 'DM_DOWNLOAD_REFUSED'],
    ['a private address', ['populate', 'https://127.0.0.1:1/x.json', target], 'DM_DOWNLOAD_REFUSED'],
    ['another scheme than https', ['populate', 'ftp://example.com/x.json', target], 'DM_DOWNLOAD_REFUSED'],
    ['a folder to populate from', ['populate', './twice', target], 'DM_POPULATE_FOLDER'],
    [
      'a hostile credential file',
      ['copy', 'mongodb:', target, '--from-option', 'credFile=hostile.yaml'],
      'DM_MONGODB_CREDENTIAL_FILE',
    ],
    [
      'a credential file of another shape',
      ['copy', 'mongodb:', target, '--from-option', 'credFile=mistyped.yaml'],
      'DM_MONGODB_CREDENTIAL_FILE',
    ],
    [
      'a secure bundle that is none',
      ['copy', 'astra://0-1/ks?bundle=people.json&token=AstraCS:x', target],
      'DM_CASSANDRA_BUNDLE_INVALID',
    ],
  ];
  beforeAll(async () => {
    await mkdir(join(workplace.folder, 'twice'));
    await write('twice/a.json', '[{"id":1}]');
    await write('twice/b.json', '[{"id":1}]');
    await write('meeting.json', '[{"id":1,"a":{"b":1},"a_b":2}]');
    await write('no-connector.mjs', 'export const connector = { id: "x" };');
    await write('hostile.yaml', 'a: &a [x, x]\nb: &b [*a, *a]\nclient_url: *b\n');
    await write('mistyped.yaml', '- client_url\n');
  });
  test.each(cases)('%s', async (_title, args, error) => {
    const outcome = await refused(args);
    expect({ code: outcome.code, error: outcome.error, stderr: outcome.stderr }).toMatchObject({ code: 2, error });
  });

  test.each([
    ['an unknown verb', ['cpoy']],
    ['a missing argument', ['copy', 'file:.']],
    ['an unknown flag', ['copy', 'a', 'b', '--force']],
    ['a number that is none', ['copy', 'a', 'b', '--max-rate', 'fast']],
    ['a mode that is none', ['copy', 'a', 'b', '--write-mode', 'upsert']],
  ])('%s', async (_title, args) => {
    const { code, stdout, stderr } = await workplace.run(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^error: .*\n/);
  });
});

describe('files that are no records', () => {
  test.each([
    ['an object instead of an array', '{"name":"Ada"}', 'DM_FILE_RECORDS_NOT_FOUND'],
    ['an array that is cut short', '[{"id":1},{"id":', 'DM_FILE_TRUNCATED'],
    ['a number', '17', 'DM_FILE_FORMAT_UNKNOWN'],
  ])('%s', async (_title, text, wanted) => {
    await write('odd.json', text);
    const outcome = await workplace.run(['copy', './odd.json', './odd-target']);
    expect({ code: outcome.code, error: /^✖ (DM_\w+)/m.exec(outcome.stderr)?.[1] }).toEqual({ code: 2, error: wanted });
  });

  test.each([
    ['an empty array', '[]'],
    ['a file of 0 bytes', ''],
  ])('%s is a copy of nothing', async (title, text) => {
    const name = title.replaceAll(' ', '-');
    await write(`${name}.json`, text);
    const { code, stdout } = await workplace.run(['copy', `./${name}.json`, `./${name}`, '--json']);
    expect({ code, report: JSON.parse(stdout) }).toMatchObject({
      code: 0,
      report: { ledger: { read: 0, written: 0 } },
    });
  });

  test('an array of arrays instead of objects', async () => {
    await write('arrays.json', '[[1,2],{"id":1}]');
    const { code, stdout } = await workplace.run(['copy', './arrays.json', './arrays-target', '--json']);
    expect({ code, report: JSON.parse(stdout) }).toMatchObject({
      code: 3,
      report: { ledger: { read: 2, written: 1, dead: 1 } },
    });
  });
});

describe('records that do not fit', () => {
  test('two with one target key: both are named, and the copy ends', async () => {
    await write('rivals.json', '[{"id":1,"team":"red"},{"id":2,"team":"blue"},{"id":3,"team":"red"}]');
    const { code, stderr } = await workplace.run(['copy', './rivals.json', './rivals', '--primary-key', 'team']);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(/✖ DM_KEY_COLLISION {2}.*: 1 and 3$/m) });
    // The run has this key for good.
    expect(stderr).not.toContain('resume');
    const { stdout } = await workplace.run(['status']);
    const run = /^(\S+) +failed/m.exec(stdout)?.[1] ?? 'no run failed';
    const shown = await workplace.run(['status', run]);
    expect(shown.stdout).toContain('next: datamigrato explain DM_KEY_COLLISION, since going on would meet it again');
    expect(shown.stdout).not.toContain('resume');
  });

  test.each([
    ['named for populate', ['populate', './repeated.json', './repeated', '--primary-key', 'team'], '"red"'],
    ['that the file has', ['copy', './late.json', './repeated'], '1'],
  ])('two with one key %s: nothing is overwritten, and the key is named', async (_title, args, key) => {
    await write('repeated.json', '[{"id":1,"team":"red"},{"id":2,"team":"red"}]');
    // The second 1 stands behind what is looked at to find the key.
    const ids = [...Array.from({ length: 1500 }, (_, index) => index + 1), 1];
    await write('late.json', JSON.stringify(ids.map((id, index) => ({ id, index }))));
    const { code, stderr } = await workplace.run(args);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('✖ DM_KEY_COLLISION') });
    expect(stderr).toContain(`: both have the key ${key}\n`);
  });

  test('one without its key field is a dead letter', async () => {
    await write('keyless.json', '[{"id":1,"team":"red"},{"id":2}]');
    const { code, stdout } = await workplace.run([
      'copy',
      './keyless.json',
      './keyless',
      '--primary-key',
      'team',
      '--json',
    ]);
    expect({ code, report: JSON.parse(stdout) }).toMatchObject({
      code: 3,
      report: { ledger: { read: 2, written: 1, dead: 1 } },
    });
  });

  test('names that JavaScript or a database would trip over are data', async () => {
    await write('names.json', '[{"id":{"$gt":""},"$x":1,"a.b":2,"__proto__":{"polluted":true},"constructor":3}]');
    const { code } = await workplace.run(['copy', './names.json', './names', '--primary-key', 'id']);
    expect(code).toBe(0);
    const folder = join(workplace.folder, 'names/names');
    const [chunk = ''] = (await readdir(folder)).filter((name) => name.endsWith('.ndjson'));
    const text = await readFile(join(folder, chunk), 'utf8');
    for (const name of ['"$gt"', '"$x"', '"a.b"', '"__proto__"', '"polluted"', '"constructor"'])
      expect(text).toContain(name);
  });
});

describe('stores that refuse or are away', () => {
  test('a missing entity ends with 5', async () => {
    const outcome = await refused(['copy', './people.json', './target', '--entity', 'nobody']);
    expect({ code: outcome.code, error: outcome.error }).toEqual({ code: 5, error: 'DM_ENTITY_MISSING' });
  });

  test.each(['mongodb://127.0.0.1:1/shop', 'cassandra://127.0.0.1:1/shop?localDataCenter=dc1'])(
    'nobody at %s ends with 9 within its deadline',
    async (url) => {
      const started = performance.now();
      const outcome = await refused(['copy', url, './target', '--connect-timeout', '2']);
      expect({ code: outcome.code, error: outcome.error }).toEqual({
        code: 9,
        error: expect.stringMatching(/UNREACHABLE/),
      });
      expect(performance.now() - started).toBeLessThan(8_000);
    },
  );

  test('too many dead letters end with 4', async () => {
    const args = [
      'copy',
      'trial:?records=500',
      'trial:?refuse=1',
      '--connector',
      trialConnector,
      '--max-dead-letters',
      '20',
    ];
    const { code, stderr } = await workplace.run(args);
    expect({ code, stderr }).toEqual({ code: 4, stderr: expect.stringContaining('✖ DM_TOO_MANY_DEAD_LETTERS') });
  });

  test('a state folder that is a link ends with 8', async () => {
    await mkdir(join(workplace.folder, 'elsewhere'));
    await symlink('elsewhere', join(workplace.folder, 'linked-state'));
    const outcome = await refused(['copy', './people.json', './target', '--state-folder', 'linked-state']);
    expect({ code: outcome.code, error: outcome.error }).toEqual({ code: 8, error: 'DM_STATE_UNSAFE' });
  });
});

describe('consent', () => {
  test('writing where records are ends with 10 and names the flag, which then helps', async () => {
    expect((await workplace.run(['copy', './people.json', './full'])).code).toBe(0);
    const again = await refused(['copy', './people.json', './full']);
    expect({ code: again.code, error: again.error }).toEqual({ code: 10, error: 'DM_CONSENT_MISSING' });
    const flag = /--allow-writes-to '(.*)'/.exec(again.stderr)?.[1] ?? '';
    expect((await workplace.run(['copy', './people.json', './full', '--allow-writes-to', 'file:./other'])).code).toBe(
      10,
    );
    expect((await workplace.run(['copy', './people.json', './full', '--allow-writes-to', flag])).code).toBe(0);
  });

  test('a loss that nobody accepted ends with 11', async () => {
    const args = ['copy', 'trial:', 'trial-lossy:', '--connector', trialConnector];
    const outcome = await refused(args);
    expect({ code: outcome.code, error: outcome.error }).toEqual({ code: 11, error: 'DM_LOSS_UNACCEPTED' });
    expect((await workplace.run([...args, '--accept-loss'])).code).toBe(0);
    expect((await workplace.run([...args, '--fidelity', 'tagged'])).code).toBe(0);
  });
});

describe('R-14 a fault of a program', () => {
  const args = ['copy', 'trial:?broken=true&password=correct-horse', 'trial:', '--connector', trialConnector];

  test('ends with 1 and shows nothing that could hold data', async () => {
    const outcome = await refused(args);
    expect({ code: outcome.code, error: outcome.error }).toEqual({ code: 1, error: 'DM_INTERNAL' });
    expect(outcome.stderr).not.toMatch(/correct-horse|cannot read/);
  });

  test('shows everything but secrets with --verbose', async () => {
    const { stderr } = await workplace.run([...args, '--verbose']);
    expect(stderr).toMatch(/TypeError: cannot read the password … of undefined\n +at /);
    expect(stderr).not.toContain('correct-horse');
  });

  test('is one document with --json', async () => {
    const { code, stdout } = await workplace.run(['copy', './nothing.json', './target', '--json']);
    expect({ code, error: JSON.parse(stdout) }).toMatchObject({
      code: 2,
      error: { schema: 'datamigrato.error/1', code: 'DM_FILE_NOT_FOUND', category: 'usage' },
    });
  });
});

describe('S-06 secrets', () => {
  const canary = 'c4n4ry/pass word';
  test.each([
    ['in a connection string', [`mongodb://ada:${encodeURIComponent(canary)}@127.0.0.1:1/shop`, './target']],
    ['in a broken connection string', [`mongodb://ada:${canary}@@127.0.0.1:1:2/shop`, './target']],
    [
      'in an option',
      [
        'cassandra://127.0.0.1:1/ks?localDataCenter=dc1',
        './target',
        '--from-option',
        'username=ada',
        '--from-option',
        `password=${canary}`,
      ],
    ],
    [
      'in a parameter',
      [
        `cassandra://127.0.0.1:1/ks?localDataCenter=dc1&username=ada&password=${encodeURIComponent(canary)}`,
        './target',
      ],
    ],
    ['in a variable', ['mongodb://ada:${CANARY}@127.0.0.1:1/shop', './target']],
  ])('%s reach nobody, not even with --verbose', async (_title, args) => {
    const { code, stdout, stderr } = await workplace.run(
      ['copy', ...args, '--connect-timeout', '1', '--verbose', '--json'],
      { CANARY: canary },
    );
    expect(code).toBeGreaterThan(1);
    const forms = [canary, encodeURIComponent(canary), Buffer.from(canary).toString('base64').slice(0, 12), 'c4n4ry'];
    for (const form of forms) expect(stdout + stderr).not.toContain(form);
  });
});
