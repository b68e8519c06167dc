import { cp, mkdir, readdir, readFile, rename, rm, stat, truncate, unlink, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { DataRecord } from '@datamigrato/core';
import { describe, expect, it } from 'vitest';
import {
  call,
  failureOf,
  listed,
  named,
  openDoomed,
  openFile,
  readAll,
  schemaOf,
  temporaryFolder,
  writeRecords,
} from './harness.js';

const record = (id: number, round = 0): DataRecord => ({ key: [id], fields: { round, text: 'x'.repeat(80) } });
const records = (from: number, to: number, round = 0) =>
  Array.from({ length: to - from }, (_, index) => record(from + index, round));
const options = { chunkBytes: 4096 };

/** A finished archive of several chunks with the records 0 to 199. */
async function finished(more = {}): Promise<string> {
  const path = join(await temporaryFolder(), 'archive');
  const endpoint = await openFile(path, { ...options, ...more });
  for (let at = 0; at < 200; at += 20) await writeRecords(endpoint, schemaOf('x'), records(at, at + 20));
  await endpoint.close();
  return path;
}

interface StoredManifest {
  entities: [{ nextChunk: number; settled: boolean; chunks: { name: string }[]; [name: string]: unknown }];
  [name: string]: unknown;
}

const manifestOf = async (path: string): Promise<StoredManifest> =>
  JSON.parse(await readFile(join(path, 'manifest.json'), 'utf8'));
const changeManifest = async (path: string, change: (manifest: StoredManifest) => unknown) => {
  const manifest = await manifestOf(path);
  change(manifest);
  await writeFile(join(path, 'manifest.json'), JSON.stringify(manifest));
};

const idsOf = async (path: string) => (await readAll(await openFile(path), 'x')).records.map(({ key }) => key[0]);
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);

describe('S-19 a damaged archive is refused, naming the file', () => {
  const damages: Readonly<Record<string, (chunk: string) => Promise<unknown>>> = {
    'a byte flipped': async (chunk) => {
      const bytes = await readFile(chunk);
      bytes.writeUInt8(bytes.readUInt8(100) ^ 1, 100);
      await writeFile(chunk, bytes);
    },
    'cut off': async (chunk) => truncate(chunk, (await stat(chunk)).size - 1),
    'with a line more': async (chunk) => writeFile(chunk, '{"key":[1],"fields":{}}\n', { flag: 'a' }),
    missing: (chunk) => unlink(chunk),
    'exchanged for its neighbour': (chunk) => cp(chunk.replace('2.', '1.'), chunk),
    'twice, under another name': (chunk) => cp(chunk, chunk.replace('000002', '000099')),
  };

  for (const gzip of [false, true]) {
    it.each(Object.entries(damages))(`a chunk %s (packed: ${gzip})`, async (_what, damage) => {
      const path = await finished({ gzip });
      const name = `000002.ndjson${gzip ? '.gz' : ''}`;
      await damage(join(path, 'x', name));
      const failure = await failureOf(idsOf(path));
      expect(failure.code).toBe('DM_FILE_CHUNK_DAMAGED');
      expect(failure.message).toMatch(/0000(02|99)\.ndjson/);
    });
  }

  it('a chunk with another number of records than the manifest says', async () => {
    const path = await finished();
    await changeManifest(path, ({ entities: [entity] }) => Object.assign(entity.chunks[0] ?? {}, { records: 7 }));
    expect((await failureOf(idsOf(path))).code).toBe('DM_FILE_CHUNK_DAMAGED');
  });

  it.each<[string, (manifest: StoredManifest) => unknown]>([
    ['another version', (manifest) => Object.assign(manifest, { version: 2 })],
    [
      'a chunk outside',
      ({ entities: [entity] }) => Object.assign(entity.chunks[0] ?? {}, { name: '../../000001.ndjson' }),
    ],
    ['a folder outside', ({ entities: [entity] }) => Object.assign(entity, { folder: '..' })],
    ['a folder that is a path', ({ entities: [entity] }) => Object.assign(entity, { folder: 'x/../..' })],
    [
      'no key',
      ({ entities: [entity] }) => Object.assign(entity, { schema: { key: [], fields: [], origin: 'planned' } }),
    ],
    ['an entity twice', (manifest) => manifest.entities.push(structuredClone(manifest.entities[0]))],
    ['a negative count', ({ entities: [entity] }) => Object.assign(entity.chunks[0] ?? {}, { records: -1 })],
  ])('a manifest with %s', async (_what, change) => {
    const path = await finished();
    await changeManifest(path, change);
    expect((await failureOf(openFile(path))).code).toBe('DM_FILE_MANIFEST_INVALID');
  });

  it('a manifest that is cut off', async () => {
    const path = await finished();
    await truncate(join(path, 'manifest.json'), 100);
    expect((await failureOf(openFile(path))).code).toBe('DM_FILE_MANIFEST_INVALID');
  });

  it('a chunk that would have to be rewritten is not', async () => {
    const path = await finished();
    const chunk = join(path, 'x', '000001.ndjson');
    await writeFile(chunk, (await readFile(chunk, 'utf8')).replace('"round":0', '"round":8'));
    const endpoint = await openDoomed(path, options);
    await writeRecords(endpoint, schemaOf('x'), [record(1, 1)]);
    expect((await failureOf(endpoint.close())).code).toBe('DM_FILE_CHUNK_DAMAGED');
    expect(await readdir(join(path, 'x'))).toContain('000001.ndjson');
  });
});

it("somebody else's manifest.json is a file like any other", async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'manifest.json'), '[{"_id":1}]');
  expect(await listed(await openFile(folder))).toEqual({ manifest: undefined });
  expect((await failureOf(openFile(folder, { format: 'archive' }))).code).toBe('DM_FILE_MANIFEST_INVALID');
});

describe('an archive whose writer was killed', () => {
  /** What a kill leaves: the files as they are while the writer is still open, with the lock of a process that is gone. */
  async function killed(path: string): Promise<string> {
    const copy = join(await temporaryFolder(), 'archive');
    await cp(path, copy, { recursive: true });
    await writeFile(join(copy, 'writing.lock'), `999999999 ${hostname()}\n`);
    return copy;
  }

  it.each([false, true])('holds every acknowledged batch, whenever that is (packed: %s)', async (gzip) => {
    const path = join(await temporaryFolder(), 'archive');
    const endpoint = await openFile(path, { ...options, gzip });
    const states: [string, number][] = [];
    for (let at = 0; at < 200; at += 25) {
      await writeRecords(endpoint, schemaOf('x'), records(at, at + 25));
      states.push([await killed(path), at + 25]);
    }
    for (const [state, count] of states) {
      expect((await failureOf(idsOf(state))).code).toBe('DM_FILE_ARCHIVE_UNFINISHED');
      const next = await openFile(state, { ...options, gzip: !gzip });
      await next.target().prepareEntity(schemaOf('x'), call);
      await next.close();
      expect(await idsOf(state)).toEqual(upTo(count));
    }
  });

  it('is finished by a writer that writes to another entity', async () => {
    const path = join(await temporaryFolder(), 'archive');
    const endpoint = await openFile(path, options);
    await writeRecords(endpoint, schemaOf('x'), records(0, 30));
    const state = await killed(path);
    const next = await openFile(state, options);
    await writeRecords(next, schemaOf('y'), records(0, 1));
    expect((await readAll(next, 'x')).records).toHaveLength(30);
    await next.close();
    expect(await idsOf(state)).toEqual(upTo(30));
  });

  it('loses nothing but the line that was being written', async () => {
    const path = join(await temporaryFolder(), 'archive');
    const endpoint = await openFile(path, options);
    await writeRecords(endpoint, schemaOf('x'), records(0, 10));
    const state = await killed(path);
    const part = join(state, 'x', '000001.part');
    await writeFile(part, '{"key":[10],"fields":{}}\n{"key":[11],"fie', { flag: 'a' });
    const next = await openFile(state, options);
    await writeRecords(next, schemaOf('x'), records(5, 12, 1));
    await next.close();
    const found = (await readAll(await openFile(state), 'x')).records;
    expect(found.map(({ key }) => key[0])).toEqual(upTo(12));
    expect(found.filter(({ fields }) => JSON.stringify(fields).includes('"round":1'))).toHaveLength(7);
  });

  it('between sealing a chunk and listing it', async () => {
    const path = join(await temporaryFolder(), 'archive');
    const endpoint = await openFile(path, options);
    await writeRecords(endpoint, schemaOf('x'), records(0, 10));
    const state = await killed(path);
    await rename(join(state, 'x', '000001.part'), join(state, 'x', '000001.ndjson'));
    const next = await openFile(state, options);
    await next.target().prepareEntity(schemaOf('x'), call);
    await next.close();
    expect(await idsOf(state)).toEqual(upTo(10));
  });

  it('between packing a chunk and removing its plain lines, listed or not', async () => {
    for (const isListed of [false, true]) {
      const path = join(await temporaryFolder(), 'archive');
      const endpoint = await openFile(path, { ...options, gzip: true });
      await writeRecords(endpoint, schemaOf('x'), records(0, 10));
      const before = await killed(path);
      await endpoint.close();
      await cp(join(path, 'x', '000001.ndjson.gz'), join(before, 'x', '000001.ndjson.gz'));
      if (isListed) await cp(join(path, 'manifest.json'), join(before, 'manifest.json'));
      const next = await openFile(before, { ...options, gzip: true });
      await writeRecords(next, schemaOf('x'), records(10, 12));
      await next.close();
      expect(await idsOf(before)).toEqual(upTo(12));
      expect((await readdir(join(before, 'x'))).filter((name) => name.endsWith('.part'))).toEqual([]);
    }
  });

  it('between announcing a chunk and beginning it', async () => {
    const path = await finished();
    await changeManifest(path, ({ entities: [entity] }) =>
      Object.assign(entity, { appending: entity.nextChunk, nextChunk: entity.nextChunk + 1, settled: false }),
    );
    const next = await openFile(path, options);
    await writeRecords(next, schemaOf('x'), records(200, 201));
    await next.close();
    expect(await idsOf(path)).toEqual(upTo(201));
  });

  it('before there was anything', async () => {
    const path = await temporaryFolder();
    await writeFile(join(path, 'writing.lock'), `999999999 ${hostname()}\n`);
    await writeFile(join(path, 'manifest.json.tmp'), '{"form');
    const next = await openFile(path, options);
    await writeRecords(next, schemaOf('x'), records(0, 3));
    await next.close();
    expect(await idsOf(path)).toEqual(upTo(3));
    expect(await readdir(path)).toEqual(['manifest.json', 'x']);
  });

  it('while it was rewriting chunks', async () => {
    const path = await finished();
    const { nextChunk } = (await manifestOf(path)).entities[0];
    await changeManifest(path, ({ entities: [entity] }) =>
      Object.assign(entity, { rewriting: nextChunk, settled: false }),
    );
    const name = (number: number, end: string) => join(path, 'x', `${String(number).padStart(6, '0')}.${end}`);
    await writeFile(name(nextChunk, 'ndjson'), '{"key":[1],"fields":{}}\n');
    await writeFile(name(nextChunk + 1, 'part'), '{"key":[1],"fi');
    await writeFile(join(path, 'x', 'keys-07.tmp'), 'rest of an index');
    expect((await failureOf(idsOf(path))).code).toBe('DM_FILE_ARCHIVE_UNFINISHED');
    const next = await openFile(path, options);
    await writeRecords(next, schemaOf('x'), [record(0, 1)]);
    await next.close();
    expect((await idsOf(path)).toSorted((a, b) => Number(a) - Number(b))).toEqual(upTo(200));
    expect(await readdir(join(path, 'x'))).not.toContain('keys-07.tmp');
  });

  it('while it was removing chunks that had been rewritten', async () => {
    const path = await finished();
    await writeFile(join(path, 'x', '000050.ndjson'), '{"key":[1],"fields":{}}\n');
    await changeManifest(path, ({ entities: [entity] }) => Object.assign(entity, { obsolete: ['000050.ndjson'] }));
    expect(await idsOf(path)).toEqual(upTo(200));
    const next = await openFile(path, options);
    await next.target().prepareEntity(schemaOf('x'), call);
    await next.close();
    expect(await readdir(join(path, 'x'))).not.toContain('000050.ndjson');
    expect(await idsOf(path)).toEqual(upTo(200));
  });

  it('while it was dropping an entity', async () => {
    const path = await finished();
    await changeManifest(path, (manifest) => Object.assign(manifest, { entities: [], dropped: ['x'] }));
    const next = await openFile(path, options);
    await writeRecords(next, schemaOf('x'), records(0, 3));
    await next.close();
    expect(await idsOf(path)).toEqual(upTo(3));
  });

  it('a chunk that nothing explains is never removed', async () => {
    const path = await finished();
    const stray = join(path, 'x', '000050.ndjson');
    await writeFile(stray, '{"key":[1],"fields":{}}\n');
    await changeManifest(path, ({ entities: [entity] }) => Object.assign(entity, { settled: false }));
    const next = await openFile(path, options);
    expect((await failureOf(writeRecords(next, schemaOf('x'), [record(0, 1)]))).code).toBe('DM_FILE_CHUNK_DAMAGED');
    expect((await stat(stray)).size).toBeGreaterThan(0);
    await rm(stray);
  });
});

it('a failed write leaves what was acknowledged before', async () => {
  const path = join(await temporaryFolder(), 'archive');
  const endpoint = await openDoomed(path, options);
  await writeRecords(endpoint, schemaOf('x'), records(0, 10));
  // The folder is gone from under the writer, as when a disk is taken out.
  await rename(join(path, 'x'), join(path, '..', 'taken'));
  await mkdir(join(path, 'x'));
  const failure = await failureOf(
    (async () => {
      for (let at = 10; at < 100; at += 10) await writeRecords(endpoint, schemaOf('x'), records(at, at + 10));
    })(),
  );
  expect(failure).toMatchObject({ code: 'DM_FILE_UNWRITABLE', category: 'endpoint' });
  expect((await failureOf(endpoint.admin()?.countRecords(named('x'), call) ?? Promise.resolve())).code).toBe(
    'DM_FILE_UNWRITABLE',
  );
  await expect(endpoint.close()).rejects.toMatchObject({ code: 'DM_FILE_UNWRITABLE' });
});
