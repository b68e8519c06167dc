import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { instant, OrderedDocument, valueToText } from '@datamigrato/core';
import * as bson from 'bson';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBsonCutter } from '../src/format/bson-dump.js';
import { bsonKinds } from './bson-kinds.js';
import { call, failureOf, listed, named, openFile, readAll, temporaryFolder } from './harness.js';

const document = (fields: Record<string, unknown>) => Buffer.from(bson.serialize(fields));

async function dumpWith(bytes: Buffer, name = 'x.bson'): Promise<string> {
  const path = join(await temporaryFolder(), name);
  await writeFile(path, bytes);
  return path;
}

const read = async (bytes: Buffer) => readAll(await openFile(await dumpWith(bytes)), 'x');

/** A document made byte by byte, for what a serializer would not write: elements of type, name and value. */
function rawDocument(...elements: readonly (readonly [number, string | Buffer, Buffer])[]): Buffer {
  const body = Buffer.concat(
    elements.flatMap(([type, name, value]) => [Buffer.from([type]), Buffer.from(name), Buffer.from([0]), value]),
  );
  const whole = Buffer.concat([Buffer.alloc(4), body, Buffer.from([0])]);
  whole.writeInt32LE(whole.length);
  return whole;
}

const int32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
};
const int64 = (value: bigint) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(value);
  return bytes;
};

describe('every kind of BSON, as the bson library writes it', () => {
  it.each(Object.entries(bsonKinds))('%s', async (_kind, [native, expected]) => {
    const { records, failures } = await read(
      Buffer.concat([document({ _id: native, v: native }), document({ _id: 1 })]),
    );
    expect(failures).toEqual([]);
    expect(records).toHaveLength(2);
    expect(valueToText([...(records[0]?.key ?? [])])).toBe(valueToText([expected]));
    expect(valueToText(records[0]?.fields ?? {})).toBe(valueToText({ v: expected }));
  });

  it('A-32 dates outside the range of JavaScript are exact', async () => {
    const milliseconds = [-(2n ** 63n), 2n ** 63n - 1n, 8640000000000001n, -62135596800001n];
    const { records } = await read(
      Buffer.concat(milliseconds.map((value, id) => rawDocument([16, '_id', int32(id)], [9, 'd', int64(value)]))),
    );
    expect(records.map(({ fields }) => valueToText(fields))).toEqual(
      milliseconds.map((value) => valueToText({ d: instant(value) })),
    );
  });

  it('A-33 the order of names like 10 is kept, at every level', async () => {
    const inner = rawDocument([16, 'b', int32(1)], [16, '10', int32(2)], [16, '2', int32(3)]);
    const { records } = await read(
      rawDocument([16, 'b', int32(1)], [16, '_id', int32(0)], [16, '10', int32(2)], [3, '1', inner]),
    );
    const expected = new OrderedDocument([
      ['b', 1],
      ['10', 2],
      ['2', 3],
    ]);
    expect(records[0]?.fields).toEqual(
      new OrderedDocument([
        ['b', 1],
        ['10', 2],
        ['1', expected],
      ]),
    );
  });
});

it('fails in single documents, and reads the others', async () => {
  const text = (bytes: Buffer) => Buffer.concat([int32(bytes.length + 1), bytes, Buffer.from([0])]);
  const bad = [
    rawDocument([16, '_id', int32(1)], [16, 'a', int32(1)], [16, 'a', int32(2)]),
    rawDocument([16, '_id', int32(1)], [16, '_id', int32(1)]),
    rawDocument([16, '_id', int32(1)], [2, 's', text(Buffer.from([0xff, 0xfe]))]),
    rawDocument([16, '_id', int32(1)], [16, Buffer.from([0xc3]), int32(1)]),
    rawDocument([16, '_id', int32(1)], [0x42, 'unknown', Buffer.alloc(0)]),
    rawDocument([16, '_id', int32(1)], [2, 's', Buffer.concat([int32(1000), Buffer.from('x\0')])]),
    rawDocument([16, '_id', int32(1)], [2, 's', Buffer.concat([int32(2), Buffer.from('xy')])]),
    rawDocument([16, '_id', int32(1)], [3, 'd', Buffer.concat([int32(5), Buffer.from([9])])]),
    rawDocument(
      [16, '_id', int32(1)],
      [15, 'c', Buffer.concat([int32(14), int32(1000), Buffer.from('x\0'), document({}).subarray(0, 4)])],
    ),
    rawDocument([16, 'x', int32(1)]),
  ];
  const { records, failures } = await read(
    Buffer.concat([document({ _id: 0 }), ...bad.flatMap((bytes, index) => [bytes, document({ _id: index + 1 })])]),
  );
  expect(records.map(({ key }) => key[0])).toEqual(Array.from({ length: bad.length + 1 }, (_, index) => index));
  expect(failures.map(({ code }) => code)).toEqual([
    ...Array(bad.length - 1).fill('DM_FILE_RECORD_INVALID'),
    'DM_FILE_KEY_MISSING',
  ]);
});

it('S-15 a document that is too deep or too large fails alone', async () => {
  let deep: Buffer = document({});
  for (let level = 0; level < 200; level += 1) deep = rawDocument([3, 'd', deep]);
  const large = document({ _id: 1, v: 'x'.repeat(17 * 1024 * 1024) });
  const { records, failures } = await read(
    Buffer.concat([rawDocument([16, '_id', int32(1)], [3, 'd', deep]), large, document({ _id: 2 })]),
  );
  expect(failures.map(({ code }) => code)).toEqual(['DM_FILE_RECORD_TOO_LARGE', 'DM_FILE_RECORD_TOO_LARGE']);
  expect(records.map(({ key }) => key[0])).toEqual([2]);
});

describe('a damaged dump', () => {
  const whole = Buffer.concat([document({ _id: 1 }), document({ _id: 2, v: 'x' })]);
  const first = document({ _id: 1 }).length;

  it.each([first + 1, first + 3, first + 4, whole.length - 1])('cut off at byte %d', async (length) => {
    const failure = await failureOf(read(whole.subarray(0, length)));
    expect(failure).toMatchObject({ code: 'DM_FILE_TRUNCATED', context: { offset: first } });
  });

  it.each([0, 4, -5, 2 ** 31 - 1])('with a length of %d', async (length) => {
    const failure = await failureOf(read(Buffer.concat([document({ _id: 1 }), int32(length), Buffer.alloc(100)])));
    expect(failure).toMatchObject({ code: 'DM_FILE_BSON_INVALID', context: { offset: first } });
  });
});

it('gives the same documents however it is cut into blocks', () => {
  const arbitrary = fc.array(fc.string({ maxLength: 30 }), { maxLength: 8 });
  fc.assert(
    fc.property(arbitrary, fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1 }), (texts, sizes) => {
      const documents = texts.map((v) => document({ v }));
      const bytes = Buffer.concat(documents);
      const cutter = createBsonCutter({ path: 'x', start: 0, maximumBytes: 40 });
      const found: string[] = [];
      for (let at = 0, block = 0; at < bytes.length; block += 1) {
        const size = sizes[block % sizes.length] ?? 1;
        cutter.feed(bytes.subarray(at, at + size));
        at += size;
        for (let record = cutter.next(); record !== undefined; record = cutter.next()) {
          found.push(record.form === 'bson' ? record.bytes.toString('hex') : record.form);
        }
      }
      expect(cutter.finish()).toBeUndefined();
      expect(found).toEqual(documents.map((one) => (one.length > 40 ? 'failed' : one.toString('hex'))));
    }),
  );
});

describe('a folder that mongodump wrote', () => {
  const options = {
    options: { capped: false },
    indexes: [{ v: { $numberInt: '2' }, key: { a: { $numberInt: '1' } }, name: 'a_1' }],
    uuid: '00112233445566778899aabbccddeeff',
    collectionName: 'a/b',
    type: 'collection',
  };

  async function dump(): Promise<string> {
    const root = await temporaryFolder();
    const folder = join(root, 'shop');
    await mkdir(folder);
    const put = (name: string, content: string | Buffer) => writeFile(join(folder, name), content);
    await put('movies.bson', document({ _id: 1 }));
    await put('a%2Fb.bson.gz', gzipSync(document({ _id: 2 })));
    await put('a%2Fb.metadata.json.gz', gzipSync(JSON.stringify(options)));
    await put('c%20d.bson', document({ _id: 3 }));
    await put(
      'view.metadata.json',
      JSON.stringify({ type: 'view', collectionName: 'view', options: { viewOn: 'movies' } }),
    );
    await put('system.buckets.t.bson', document({ _id: 4 }));
    await put('t.metadata.json', JSON.stringify({ type: 'timeseries', collectionName: 't' }));
    await put('system.views.bson', document({ _id: 5 }));
    await put('notes.txt', 'x');
    await put('prelude.json', '{}');
    await writeFile(join(root, 'oplog.bson'), document({ ts: 1 }));
    await writeFile(join(root, '.hidden'), '');
    return root;
  }

  const inside = {
    'a/b': undefined,
    'c d': undefined,
    movies: undefined,
    'notes.txt': 'a file of no known format',
    'prelude.json': "mongodump's note about the server, no records",
    'system.buckets.t': 'the buckets of a time-series collection, whose records are packed inside',
    'system.views': 'a collection of the server itself',
    t: 'a time-series collection, dumped as buckets',
    view: 'a view, which holds no records of its own',
  };

  it('is read as one database', async () => {
    expect(await listed(await openFile(join(await dump(), 'shop')))).toEqual(inside);
  });

  it('is read as several databases', async () => {
    const prefixed = Object.fromEntries(Object.entries(inside).map(([name, excluded]) => [`shop/${name}`, excluded]));
    expect(await listed(await openFile(await dump()))).toEqual({
      ...prefixed,
      '.hidden': 'a hidden file',
      oplog: 'the log of changes during the dump, no collection',
    });
  });

  it('gives the metadata with the schema', async () => {
    const endpoint = await openFile(join(await dump(), 'shop'));
    const { schema, records } = await readAll(endpoint, 'a/b');
    expect(records.map(({ key }) => key[0])).toEqual([2]);
    expect(schema.native).toMatchObject({ metadata: options });
    expect(await endpoint.admin()?.countRecords(named('a/b'), call)).toEqual({ value: 1, exact: true });
  });

  it('refuses metadata that are none', async () => {
    const root = await dump();
    await writeFile(join(root, 'shop', 'movies.metadata.json'), '{"type":');
    expect((await failureOf(openFile(root))).code).toBe('DM_FILE_METADATA_INVALID');
  });
});
