import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type DataRecord, OrderedDocument, valueFromText, valuesEqual, valueToText } from '@datamigrato/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arbitraryName, arbitraryRecord } from './arbitrary-record.js';
import {
  call,
  failureOf,
  listed,
  named,
  openFile,
  readAll,
  schemaOf,
  temporaryFolder,
  writeRecords,
} from './harness.js';

const record = (id: number, fields: DataRecord['fields'] = {}): DataRecord => ({ key: [id], fields });
const whole = ({ key, fields }: DataRecord) => ({ key: [...key], fields });
const textOf = (one: DataRecord) => valueToText(whole(one));
/** The text with plain documents wherever they keep the order of their fields. */
const plainest = (one: DataRecord) => valueToText(valueFromText(textOf(one)));

async function newArchive(options = {}) {
  const path = join(await temporaryFolder(), 'archive');
  return { path, endpoint: await openFile(path, options) };
}

describe('an archive', () => {
  it.each([false, true])('R-21 gives back every generated value as it was (packed: %s)', async (gzip) => {
    const options = { gzip, chunkBytes: 64 * 1024 };
    const { path } = await newArchive(options);
    const samples = fc.sample(arbitraryRecord, 3000);
    const records = [...new Map(samples.map((sample) => [valueToText([...sample.key]), sample])).values()];
    const width = (sample: DataRecord) => sample.key.length;
    for (const keys of new Set(records.map(width))) {
      const entity = `width ${keys}`;
      const names = Array.from({ length: keys }, (_, index) => `k${index}`);
      const wanted = records.filter((sample) => width(sample) === keys);
      const endpoint = await openFile(path, options);
      for (let at = 0; at < wanted.length; at += 100)
        await writeRecords(endpoint, schemaOf(entity, names), wanted.slice(at, at + 100));
      await endpoint.close();
      const found = await readAll(await openFile(path), entity, { targetCount: 2 });
      expect(found.failures).toEqual([]);
      expect(found.records.length).toBe(wanted.length);
      const differing = wanted.filter((sample, index) => {
        const back = found.records[index];
        return back === undefined || !valuesEqual(whole(back), whole(sample)) || textOf(back) !== plainest(sample);
      });
      expect(differing).toEqual([]);
      expect(found.schema.key.map(({ name }) => name)).toEqual(names);
    }
  });

  it('A-33 keeps the order of names like 10', async () => {
    const { path, endpoint } = await newArchive();
    const fields = new OrderedDocument([
      ['b', 1],
      ['10', 2],
      ['2', { z: 1, a: 2 }],
    ]);
    await writeRecords(endpoint, schemaOf('x'), [record(1, fields)]);
    await endpoint.close();
    const [found] = (await readAll(await openFile(path), 'x')).records;
    expect(found?.fields).toEqual(fields);
  });

  it('is lines that a person can read and other tools can check', async () => {
    const { path, endpoint } = await newArchive();
    await writeRecords(endpoint, schemaOf('movies'), [
      record(1, { title: 'Alien', year: 1979 }),
      record(2, { title: 'a\u2028b', gross: 9007199254740993n }),
    ]);
    await endpoint.close();
    const chunk = join(path, 'movies', '000001.ndjson');
    expect(await readFile(chunk, 'utf8')).toBe(
      '{"key":[1],"fields":{"title":"Alien","year":1979}}\n{"key":[2],"fields":{"title":"a\u2028b","gross":{"@dm":"int64","v":"9007199254740993"}}}\n',
    );
    const manifest = JSON.parse(await readFile(join(path, 'manifest.json'), 'utf8'));
    expect(manifest).toMatchObject({
      format: 'datamigrato-archive',
      version: 1,
      entities: [
        {
          entity: 'movies',
          folder: 'movies',
          settled: true,
          chunks: [{ name: '000001.ndjson', records: 2, bytes: (await stat(chunk)).size }],
        },
      ],
    });
    expect(manifest.entities[0].chunks[0].sha256).toBe(
      createHash('sha256')
        .update(await readFile(chunk))
        .digest('hex'),
    );
    expect(await readdir(path)).toEqual(['manifest.json', 'movies']);
    expect(await readdir(join(path, 'movies'))).toEqual(['000001.ndjson']);
  });

  it("S-08 is its owner's alone", async () => {
    const { path, endpoint } = await newArchive();
    await writeRecords(endpoint, schemaOf('x'), [record(1)]);
    await endpoint.close();
    for (const name of ['', 'x', 'manifest.json', 'x/000001.ndjson']) {
      const { mode } = await stat(join(path, name));
      expect((mode & 0o077).toString(8)).toBe('0');
    }
  });

  it('gives the types that a table declared', async () => {
    const { path, endpoint } = await newArchive();
    const schema = { ...schemaOf('x'), fields: [{ name: 'n', type: { kind: 'int64' as const } }] };
    await writeRecords(endpoint, schema, [record(1, { n: null, late: 1 })]);
    await endpoint.close();
    const found = await readAll(await openFile(path), 'x');
    expect(found.schema.fields.map(({ name, type }) => [name, type?.kind])).toEqual([
      ['late', undefined],
      ['n', 'int64'],
    ]);
  });

  it('holds entities of any name apart', async () => {
    const { path, endpoint } = await newArchive();
    const names = [
      ...new Set([
        'a',
        'A',
        '../a',
        'a/b',
        'a%2fb',
        '.',
        '..',
        '',
        'con',
        'manifest.json',
        'manifest.json.tmp',
        'writing.lock',
        'é',
        'e\u0301',
        'x'.repeat(300),
        `${'x'.repeat(300)}y`,
        '\ud800',
        '%ud800',
        '\ufffd',
        ...fc.sample(arbitraryName, 30),
      ]),
    ];
    for (const [index, name] of names.entries()) await writeRecords(endpoint, schemaOf(name), [record(index)]);
    await endpoint.close();
    const again = await openFile(path);
    expect(Object.keys(await listed(again)).sort()).toEqual(names.toSorted());
    for (const [index, name] of names.entries()) expect((await readAll(again, name)).records).toEqual([record(index)]);
    const folders = (await readdir(path)).filter((name) => name !== 'manifest.json');
    expect(new Set(folders.map((name) => name.normalize('NFKC').toLowerCase())).size).toBe(names.length);
    expect(await readdir(join(path, '..'))).toEqual(['archive']);
  });
});

describe('writing by key', () => {
  it('replaces, however often and in whatever session', async () => {
    const { path, endpoint } = await newArchive({ chunkBytes: 4096 });
    const write = async (target: typeof endpoint, round: number) => {
      for (let at = 0; at < 500; at += 50) {
        await writeRecords(
          target,
          schemaOf('x'),
          Array.from({ length: 50 }, (_, index) => record(at + index, { round, text: 'x'.repeat(20) })),
        );
      }
    };
    await write(endpoint, 1);
    await write(endpoint, 2);
    await endpoint.close();
    const second = await openFile(path, { chunkBytes: 4096 });
    expect((await readAll(second, 'x')).records.map(({ key, fields }) => [key[0], valueToText(fields)])).toEqual(
      Array.from({ length: 500 }, (_, id) => [id, valueToText({ round: 2, text: 'x'.repeat(20) })]),
    );
    await writeRecords(second, schemaOf('x'), [record(7, { round: 3 }), record(1000)]);
    // Its own writes are seen at once.
    expect(await second.admin()?.countRecords(named('x'), call)).toEqual({ value: 501, exact: true });
    await write(second, 4);
    await second.close();
    const third = await openFile(path);
    const found = await readAll(third, 'x');
    expect(found.records).toHaveLength(501);
    expect(new Set(found.records.map(({ fields }) => JSON.stringify(fields)))).toEqual(
      new Set([JSON.stringify({ round: 4, text: 'x'.repeat(20) }), '{}']),
    );
  });

  it('creates only what is not there', async () => {
    const { path, endpoint } = await newArchive();
    await writeRecords(endpoint, schemaOf('x'), [record(1, { a: 1 }), record(2)], 'create');
    const result = await writeRecords(endpoint, schemaOf('x'), [record(2, { a: 2 }), record(3)], 'create');
    expect(result.failures.map(({ index, error }) => [index, error.code])).toEqual([[0, 'DM_RECORD_EXISTS']]);
    await endpoint.close();
    const again = await openFile(path);
    expect(
      (await writeRecords(again, schemaOf('x'), [record(0), record(1, { a: 2 })], 'create')).failures.map(
        ({ index }) => index,
      ),
    ).toEqual([1]);
    expect((await readAll(again, 'x')).records).toEqual([record(1, { a: 1 }), record(2), record(3), record(0)]);
  });

  it('skips what is there, and counts it as unchanged', async () => {
    const { endpoint } = await newArchive();
    await writeRecords(endpoint, schemaOf('x'), [record(1, { a: 1 })]);
    expect(await writeRecords(endpoint, schemaOf('x'), [record(1, { a: 2 }), record(2)], 'skip')).toEqual({
      failures: [],
      unchanged: 1,
    });
    expect(await writeRecords(endpoint, schemaOf('x'), [record(2), record(3)], 'skip')).toEqual({
      failures: [],
      unchanged: 1,
    });
    expect((await readAll(endpoint, 'x')).records).toEqual([record(1, { a: 1 }), record(2), record(3)]);
  });

  it('tells keys of different kinds apart', async () => {
    const { endpoint } = await newArchive();
    const keys = [1, 1n, '1', true, null, 1.5, [1], { a: 1 }, { a: 1, b: 2 }, { b: 2, a: 1 }];
    for (let round = 0; round < 2; round += 1)
      await writeRecords(
        endpoint,
        schemaOf('x'),
        keys.map((key) => ({ key: [key], fields: {} })),
      );
    expect((await readAll(endpoint, 'x')).records.map(({ key }) => key[0])).toEqual(keys);
  });

  it('behaves like a map under any order of writes, deletions and readings', async () => {
    const id = fc.integer({ min: 0, max: 30 });
    const step = fc.oneof(
      fc.record({
        do: fc.constantFrom('replace' as const, 'create' as const, 'skip' as const),
        ids: fc.uniqueArray(id, { minLength: 1, maxLength: 12 }),
      }),
      fc.record({ do: fc.constant('delete' as const), ids: fc.uniqueArray(id, { maxLength: 5 }) }),
      fc.record({ do: fc.constantFrom('read' as const, 'reopen' as const), ids: fc.constant([]) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), fc.boolean(), async (steps, gzip) => {
        const path = join(await temporaryFolder(), 'archive');
        const options = { gzip, chunkBytes: 4096 };
        let endpoint = await openFile(path, options);
        await endpoint.target().prepareEntity(schemaOf('x'), call);
        const expected = new Map<number, number>();
        for (const [version, { do: what, ids }] of steps.entries()) {
          if (what === 'read') expect((await readAll(endpoint, 'x')).records.length).toBe(expected.size);
          else if (what === 'reopen') {
            await endpoint.close();
            endpoint = await openFile(path, options);
          } else if (what === 'delete') {
            const there = ids.filter((one) => expected.delete(one)).length;
            const result = await endpoint.admin()?.deleteRecords(
              schemaOf('x'),
              ids.map((one) => [one]),
              call,
            );
            expect(result).toEqual({ failures: [], unchanged: ids.length - there });
          } else {
            const result = await writeRecords(
              endpoint,
              schemaOf('x'),
              ids.map((one) => record(one, { version, pad: 'x'.repeat(300) })),
              what,
            );
            const known = ids.filter((one) => expected.has(one));
            expect(result.failures.map(({ index }) => ids[index])).toEqual(what === 'create' ? known : []);
            expect(result.unchanged).toBe(what === 'skip' ? known.length : 0);
            for (const one of ids) if (what === 'replace' || !known.includes(one)) expected.set(one, version);
          }
        }
        await endpoint.close();
        const found = (await readAll(await openFile(path), 'x')).records;
        const versions = found.map(({ key, fields }) => [key[0], (fields as { version: number }).version]);
        expect(versions.toSorted((a, b) => Number(a[0]) - Number(b[0]))).toEqual(
          [...expected].toSorted((a, b) => a[0] - b[0]),
        );
      }),
      { numRuns: 60 },
    );
  }, 60_000);

  it('takes several batches at once', async () => {
    const { path, endpoint } = await newArchive({ chunkBytes: 4096 });
    const target = endpoint.target();
    await target.prepareEntity(schemaOf('x'), call);
    const encoder = endpoint.connector.codec.createEncoder(schemaOf('x'));
    const batch = (start: number) =>
      Array.from({ length: 40 }, (_, index) => encoder.encode(record(start + index, { text: 'x'.repeat(50) })));
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        target.writeBatch(named('x'), batch(index * 40), { ...call, mode: 'replace' }),
      ),
    );
    await endpoint.close();
    const found = (await readAll(await openFile(path), 'x')).records;
    expect(found.map(({ key }) => key[0])).toEqual(Array.from({ length: 800 }, (_, index) => index));
  });

  it('does not leave a heap of small chunks', async () => {
    const { path } = await newArchive();
    for (let session = 0; session < 30; session += 1) {
      const endpoint = await openFile(path);
      await writeRecords(endpoint, schemaOf('x'), [record(session)]);
      await endpoint.close();
    }
    expect((await readAll(await openFile(path), 'x')).records).toHaveLength(30);
    expect((await readdir(join(path, 'x'))).length).toBeLessThan(10);
  });
});

describe('administering', () => {
  it('deletes all records and keeps the entity', async () => {
    const { path, endpoint } = await newArchive();
    await writeRecords(endpoint, schemaOf('x'), [record(1), record(2)]);
    await endpoint.admin()?.deleteRecords(schemaOf('x'), 'all', call);
    expect((await readAll(endpoint, 'x')).records).toEqual([]);
    await writeRecords(endpoint, schemaOf('x'), [record(1)]);
    await endpoint.close();
    expect((await readAll(await openFile(path), 'x')).records).toEqual([record(1)]);
  });

  it('drops an entity, and what was never there', async () => {
    const { path, endpoint } = await newArchive();
    await writeRecords(endpoint, schemaOf('x'), [record(1)]);
    await writeRecords(endpoint, schemaOf('y'), [record(1)]);
    await writeFile(join(path, 'x', 'note.txt'), 'mine');
    await endpoint.admin()?.dropEntity(named('x'), call);
    await endpoint.admin()?.dropEntity(named('x'), call);
    await endpoint.admin()?.dropEntity(named('none'), call);
    expect(await listed(endpoint)).toEqual({ y: undefined });
    expect((await failureOf(readAll(endpoint, 'x'))).code).toBe('DM_ENTITY_MISSING');
    // A file that the archive did not write stays.
    expect(await readdir(join(path, 'x'))).toEqual(['note.txt']);
  });

  it('makes nothing by dropping what is not there', async () => {
    const { path, endpoint } = await newArchive();
    await endpoint.admin()?.dropEntity(named('x'), call);
    await endpoint.admin()?.dropDatabase(call);
    expect(await readdir(join(path, '..'))).toEqual([]);
  });

  it('drops the archive, which can be written to again', async () => {
    const { path, endpoint } = await newArchive();
    await writeRecords(endpoint, schemaOf('x'), [record(1)]);
    await endpoint.admin()?.dropDatabase(call);
    expect(await readdir(join(path, '..'))).toEqual([]);
    await writeRecords(endpoint, schemaOf('x'), [record(2)]);
    await endpoint.close();
    expect((await readAll(await openFile(path), 'x')).records).toEqual([record(2)]);
  });
});

describe('planning and preparing', () => {
  it('tells what would be made, and makes nothing', async () => {
    const { path, endpoint } = await newArchive();
    expect(await endpoint.target().planEntity(schemaOf('x'), call)).toEqual({
      exists: false,
      statements: [`mkdir ${path}/x`],
      conflicts: [],
      fingerprint: 'absent',
    });
    expect(await readdir(join(path, '..'))).toEqual([]);
    await endpoint.target().prepareEntity(schemaOf('x'), call);
    await endpoint.target().prepareEntity(schemaOf('x'), call);
    const planned = await endpoint.target().planEntity(schemaOf('x'), call);
    expect(planned).toMatchObject({ exists: true, statements: [], conflicts: [] });
    await writeRecords(endpoint, schemaOf('x'), [record(1)]);
    expect((await endpoint.target().planEntity(schemaOf('x'), call)).fingerprint).toBe(planned.fingerprint);
  });

  it('refuses records with another key', async () => {
    const { endpoint } = await newArchive();
    await writeRecords(endpoint, schemaOf('x'), [record(1)]);
    const other = schemaOf('x', ['a', 'b']);
    expect((await endpoint.target().planEntity(other, call)).conflicts).toHaveLength(1);
    expect((await failureOf(endpoint.target().prepareEntity(other, call))).code).toBe('DM_FILE_KEY_CONFLICT');
  });

  it('refuses to write to files of other formats', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'x.json'), '[{"_id":1}]');
    for (const endpoint of [
      await openFile(folder),
      await openFile(join(folder, 'x.json')),
      await openFile(join(folder, 'new'), { format: 'csv' }),
    ]) {
      expect(() => endpoint.target()).toThrow(expect.objectContaining({ code: 'DM_FILE_READ_ONLY' }));
      await expect(async () => endpoint.admin()?.dropEntity(named('x'), call)).rejects.toMatchObject({
        code: 'DM_FILE_READ_ONLY',
      });
      await expect(async () => endpoint.admin()?.deleteRecords(schemaOf('x'), 'all', call)).rejects.toMatchObject({
        code: 'DM_FILE_READ_ONLY',
      });
      await expect(async () => endpoint.admin()?.dropDatabase(call)).rejects.toMatchObject({
        code: 'DM_FILE_READ_ONLY',
      });
    }
    expect(await readdir(folder)).toEqual(['x.json']);
  });

  it('S-08 follows no link out of the archive', async () => {
    const { path, endpoint } = await newArchive();
    await mkdir(path);
    await mkdir(join(path, '..', 'elsewhere'));
    await symlink('../elsewhere', join(path, 'x'));
    expect((await failureOf(writeRecords(endpoint, schemaOf('x'), [record(1)]))).code).toBe('DM_FILE_PATH_UNSAFE');
    expect(await readdir(join(path, '..', 'elsewhere'))).toEqual([]);
  });

  it('is one process at a time', async () => {
    const { path, endpoint } = await newArchive();
    await writeRecords(endpoint, schemaOf('x'), [record(1)]);
    const second = await openFile(path);
    expect((await failureOf(writeRecords(second, schemaOf('x'), [record(2)]))).code).toBe('DM_FILE_LOCKED');
    await endpoint.close();
    await writeRecords(second, schemaOf('x'), [record(2)]);
    await second.close();
    expect((await readAll(await openFile(path), 'x')).records).toEqual([record(1), record(2)]);
    await writeFile(join(path, 'writing.lock'), `999999999 ${(await import('node:os')).hostname()}\n`);
    const third = await openFile(path);
    await writeRecords(third, schemaOf('x'), [record(3)]);
    await third.close();
    await writeFile(join(path, 'writing.lock'), '1 another-host\n');
    expect((await failureOf(writeRecords(await openFile(path), schemaOf('x'), [record(3)]))).code).toBe(
      'DM_FILE_LOCKED',
    );
  });
});
