import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clientUrlOf } from '../src/credential-file.js';
import { mongodbConnector } from '../src/index.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'datamigrato-mongodb-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function configure(text: string | Uint8Array): Promise<Awaited<ReturnType<typeof mongodbConnector.configure>>> {
  const credFile = join(folder, 'credentials.yaml');
  await writeFile(credFile, text);
  return await mongodbConnector.configure({ credFile });
}

test.each([
  'client_url: mongodb://u:s3cret@h/shop',
  '---\n# where\nclient_url: "mongodb://u:s3cret@h/shop"\n',
  '{client_url: "mongodb://u:s3cret@h/shop"}',
  '\ufeffclient_url: >-\n  mongodb://u:s3cret@h/shop\n',
])('%j is read, and said aloud', async (text) => {
  const { description } = await configure(text);
  expect(description.id).toBe('mongodb://h:27017/shop');
  expect(description.notices).toEqual([expect.stringMatching(/^connection string read from .*credentials\.yaml$/)]);
});

/** Nine levels of nine aliases each: three hundred million when followed. */
const bomb = Array.from({ length: 9 }, (_, level) => {
  const value = level === 0 ? 'lol' : `*a${level - 1}`;
  return `a${level}: &a${level} [${Array.from({ length: 9 }, () => value).join(', ')}]`;
}).join('\n');

describe('S-01 hostile or mistyped files are refused at once, showing nothing of theirs', () => {
  const cases: readonly (readonly [string, string | Uint8Array])[] = [
    ['an empty file', ''],
    ['only a comment', '# s3cret'],
    ['a list', '- client_url: s3cret'],
    ['a text', 's3cret'],
    ['a missing entry', 'other: s3cret'],
    ['an unknown entry', 'client_url: mongodb://s3cret@h/a\npassword: s3cret'],
    ['the entry twice', 'client_url: mongodb://s3cret@h/a\nclient_url: mongodb://s3cret@h/b'],
    ['A-39 a number that would be rounded', 'client_url: 12345678901234567890'],
    ['a map', 'client_url: {s3cret: 1}'],
    ['nothing for a value', 'client_url:'],
    ['an empty value', 'client_url: ""'],
    ['a merge key', 'base: &b {client_url: s3cret}\n<<: *b'],
    ['a merge key alone', '<<: {client_url: s3cret}'],
    ['an alias', 'x: &x s3cret\nclient_url: *x'],
    ['an anchor', 'client_url: &x s3cret'],
    ['a tag of JavaScript', 'client_url: !!js/function "s3cret"'],
    ['a tag of Python', '!!python/object/apply:os.system ["s3cret"]'],
    ['a local tag', 'client_url: !s3cret mongodb://h/a'],
    ['a harmless tag', 'client_url: !!str mongodb://s3cret@h/a'],
    ['a tag directive', '%TAG ! tag:s3cret,2000:\n---\nclient_url: !x y'],
    ['binary', 'client_url: !!binary czNjcmV0'],
    ['two documents', 'client_url: s3cret\n---\nclient_url: s3cret'],
    ['an alias bomb', bomb],
    ['a tab for indentation', 'client_url:\n\t- s3cret'],
    ['an open quote', 'client_url: "s3cret'],
    ['a prototype', '__proto__: {client_url: s3cret}'],
    ['a complex key', '? {client_url: s3cret}\n: s3cret'],
    ['bytes that are not UTF-8', Buffer.from([0x61, 0xff, 0xfe])],
    ['deep lists', `client_url: ${'['.repeat(16_000)}`],
    ['deep maps', `client_url: ${'{a: '.repeat(4_000)}`],
    ['many anchors', Array.from({ length: 700 }, (_, index) => `k${index}: &a${index} s3cret`).join('\n')],
    ['many entries', Array.from({ length: 2000 }, (_, index) => `k${index}: s`).join('\n')],
    ['more than 16 KiB', `client_url: mongodb://h/a\n#${'s3cret'.repeat(2_800)}`],
  ];
  test.each(cases)('%s', async (_, text) => {
    const started = performance.now();
    const error = await configure(text).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(performance.now() - started).toBeLessThan(1000);
    expect(error).toMatchObject({ code: 'DM_MONGODB_CREDENTIAL_FILE', category: 'usage' });
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain('s3cret');
  });

  test('a file that is not there, a folder, and one that may not be read', async () => {
    const refusal = { code: 'DM_MONGODB_CREDENTIAL_FILE', category: 'usage' };
    await expect(mongodbConnector.configure({ credFile: join(folder, 'nowhere.yaml') })).rejects.toMatchObject(refusal);
    await expect(mongodbConnector.configure({ credFile: folder })).rejects.toMatchObject(refusal);
    await expect(mongodbConnector.configure({ credFile: '/dev/zero' })).rejects.toMatchObject(refusal);
    const closed = join(folder, 'closed.yaml');
    await writeFile(closed, 'client_url: mongodb://h/a');
    await chmod(closed, 0o000);
    // The superuser may read whatever the mode says.
    if (process.getuid?.() !== 0)
      await expect(mongodbConnector.configure({ credFile: closed })).rejects.toMatchObject(refusal);
  });

  test('whatever the text, the answer is a connection string or this one error', () => {
    const piece = fc.constantFrom(
      'client_url',
      ': ',
      '\n',
      '- ',
      '&a ',
      '*a',
      '!t ',
      '{',
      '}',
      '[',
      ']',
      '"',
      "'",
      '|\n ',
      '? ',
      '<<',
      '#',
      '%',
      '---\n',
      '\t',
      '1e999',
      '~',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string({ maxLength: 5 })), { maxLength: 30 }), (pieces) => {
        try {
          expect(typeof clientUrlOf(pieces.join(''), 'file')).toBe('string');
        } catch (error) {
          expect(error).toMatchObject({ code: 'DM_MONGODB_CREDENTIAL_FILE' });
        }
      }),
      { numRuns: 3000 },
    );
  });
});
