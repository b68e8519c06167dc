import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expandVariables } from '../../src/secret/expand-variables.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'datamigrato-variables-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('a variable is put in percent-encoded', async () => {
  const expanded = await expandVariables('mongodb://ada:${PASSWORD}@host/${DB}', { PASSWORD: 'p@ss/1', DB: 'shop' });
  expect(expanded).toEqual({ text: 'mongodb://ada:p%40ss%2F1@host/shop', secrets: ['p@ss/1', 'shop'] });
});

test('what is put in is not looked through again', async () => {
  expect((await expandVariables('${A}', { A: '${B}', B: 'no' }, (value) => value)).text).toBe('${B}');
});

test('a variable may lie in a file', async () => {
  const path = join(folder, 'password');
  await writeFile(path, 'from file\n');
  expect((await expandVariables('${PASSWORD}', { PASSWORD_FILE: path })).text).toBe('from%20file');
});

test.each([
  ['is not set', {}],
  ['names no file', { PASSWORD_FILE: './nowhere/at/all' }],
])('a variable that %s is an error', async (_title, environment) => {
  await expect(expandVariables('${PASSWORD}', environment)).rejects.toMatchObject({
    code: 'DM_VARIABLE_MISSING',
    category: 'usage',
  });
});

test('a file that is far too large is no secret', async () => {
  const path = join(folder, 'large');
  await writeFile(path, 'x'.repeat(100_000));
  await expect(expandVariables('${P}', { P_FILE: path })).rejects.toMatchObject({ code: 'DM_VARIABLE_MISSING' });
});
