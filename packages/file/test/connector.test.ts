import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { valueKinds } from '@datamigrato/core';
import { describe, expect, it } from 'vitest';
import { errorCatalogue, fileConnector } from '../src/index.js';
import { failureOf, listed, openFile, readAll, temporaryFolder } from './harness.js';

describe('a connection string', () => {
  it.each([
    ['file:./dump/', { path: './dump/' }],
    ['file:movies.json', { path: 'movies.json' }],
    ['file:../a b%20c#d', { path: '../a b%20c#d' }],
    ['FILE:x', { path: 'x' }],
    ['file:/abs/x', { path: '/abs/x' }],
    [
      'file:x.json?recordsPath=data.items&key=a,b&gzip=true',
      { path: 'x.json', recordsPath: 'data.items', key: ['a', 'b'], gzip: 'true' },
    ],
  ])('%s', async (url, options) => {
    expect(fileConnector.parseUrl(url)).toEqual({ options });
    await fileConnector.configure(fileConnector.parseUrl(url).options);
  });

  it('with three slashes is absolute, its escapes read', () => {
    const { options } = fileConnector.parseUrl('file:///abs/a%20b#c/');
    expect(options).toEqual({ path: '/abs/a b#c/' });
    expect(isAbsolute(String(options['path']))).toBe(true);
  });

  it.each([
    'file:',
    'file:?key=x',
    'file://host/x',
    'file://x',
    'file:x?none=1',
    'file:x?path=y',
    'http:x',
    'file:///a%2Fb',
  ])('%s is refused', (url) => {
    expect(() => fileConnector.parseUrl(url)).toThrow(
      expect.objectContaining({ code: 'DM_FILE_URL_INVALID', category: 'usage' }),
    );
  });
});

describe('options', () => {
  it.each([
    [{}, 'path'],
    [{ path: '' }, 'path'],
    [{ path: 'a\0b' }, 'path'],
    [{ path: 'x', format: 'xml' }, 'format'],
    [{ path: 'x', key: [] }, 'key'],
    [{ path: 'x', chunkBytes: 1 }, 'chunkBytes'],
    [{ path: 'x', delimiter: ';;' }, 'delimiter'],
    [{ path: 'x', unknown: 1 }, 'unknown'],
    [null, ''],
  ])('%j are refused', async (options, name) => {
    const failure = await failureOf(fileConnector.configure(options));
    expect(failure.code).toBe('DM_OPTIONS_INVALID');
    expect(failure.message).toContain(name);
  });

  it('describe the path alone', async () => {
    const { description } = await fileConnector.configure({ path: './x', key: 'a' });
    expect(description).toEqual({ id: 'file:./x', notices: [] });
  });
});

it('holds every kind of value exactly', () => {
  expect(Object.keys(fileConnector.manifest.values).sort()).toEqual([...valueKinds].sort());
  expect(Object.values(fileConnector.manifest.values).every(({ fidelity }) => fidelity === 'exact')).toBe(true);
  expect(JSON.parse(JSON.stringify(fileConnector.manifest))).toEqual(fileConnector.manifest);
});

it('explains every error, and each explanation says what to do', () => {
  for (const [code, { meaning, remedy }] of Object.entries(errorCatalogue)) {
    expect(code).toMatch(/^DM_FILE_[A-Z0-9_]+$/);
    expect(meaning.length).toBeGreaterThan(20);
    expect(remedy.length).toBeGreaterThan(20);
  }
});

describe('a folder of files', () => {
  it('is an entity a file, by its name without extensions; where two share one, by all of it', async () => {
    const folder = await temporaryFolder();
    for (const name of ['movies.json', 'cars.csv.gz', 'a.b.ndjson', 'twin.json', 'twin.csv', 'notes.md', 'README']) {
      await writeFile(join(folder, name), '');
    }
    await mkdir(join(folder, 'inner'));
    expect(await listed(await openFile(folder))).toEqual({
      movies: undefined,
      cars: undefined,
      'a.b': undefined,
      'twin.json': undefined,
      'twin.csv': undefined,
      'notes.md': 'a file of no known format',
      README: 'a file of no known format',
      inner: 'a folder that holds no dumped collections',
    });
  });

  it('may be read with one format for all', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'x.json'), '{"_id":1}\n');
    expect((await readAll(await openFile(folder, { format: 'ndjson' }), 'x')).records).toHaveLength(1);
  });
});

it('a file that cannot be read is told by name', async () => {
  const folder = await temporaryFolder();
  await symlink('x.json', join(folder, 'x.json'));
  const failure = await failureOf(readAll(await openFile(folder), 'x'));
  expect(failure).toMatchObject({
    code: 'DM_FILE_UNREADABLE',
    context: { path: join(folder, 'x.json'), reason: 'ELOOP' },
  });
});
