import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DoubleValue, OrderedDocument } from '@datamigrato/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createJsonArraySplitter } from '../src/format/json-array.js';
import { call, failureOf, named, openFile, readAll, temporaryFolder } from './harness.js';

async function fileWith(name: string, content: string | Buffer): Promise<string> {
  const path = join(await temporaryFolder(), name);
  await writeFile(path, content);
  return path;
}

const codesOf = (failures: readonly { readonly code: string }[]) => failures.map(({ code }) => code);

describe('a file of lines', () => {
  it('gives records with their own key, kinds and order of fields', async () => {
    const path = await fileWith(
      'x.ndjson',
      '{"_id":1,"a":1.0,"b":9007199254740993}\n\n{"_id":"1","z":1,"10":"\u2028\u2029"}\n',
    );
    const { schema, records, failures } = await readAll(await openFile(path), 'x');
    expect(failures).toEqual([]);
    expect(schema.key.map(({ name }) => name)).toEqual(['_id']);
    expect(records).toEqual([
      { key: [1], fields: { a: new DoubleValue(1), b: 9007199254740993n } },
      {
        key: ['1'],
        fields: new OrderedDocument([
          ['z', 1],
          ['10', '\u2028\u2029'],
        ]),
      },
    ]);
  });

  it('fails in single records, each with its place', async () => {
    const lines = [
      '{"id":1}',
      '[1]',
      '{"id":3',
      '{"id":4,"a":1,"a":2}',
      '{"id":5}',
      '{"a":1}',
      '{"id":null}',
      '"id"',
      '{"id":9}',
    ];
    const path = await fileWith(
      'x.ndjson',
      Buffer.concat([Buffer.from(`${lines.join('\n')}\n{"id":"`), Buffer.from([0xff]), Buffer.from('"}\n')]),
    );
    const { records, failures } = await readAll(await openFile(path, { key: 'id' }), 'x');
    expect(records.map(({ key }) => key[0])).toEqual([1, 5, 9]);
    expect(codesOf(failures)).toEqual([
      'DM_FILE_RECORD_NOT_DOCUMENT',
      'DM_FILE_RECORD_INVALID',
      'DM_FILE_RECORD_INVALID',
      'DM_FILE_KEY_MISSING',
      'DM_FILE_KEY_MISSING',
      'DM_FILE_RECORD_NOT_DOCUMENT',
      'DM_FILE_RECORD_INVALID',
    ]);
    expect(failures[0]?.context).toEqual({ offset: 9 });
  });

  it('S-07 never shows contents in an error', async () => {
    const path = await fileWith(
      'x.ndjson',
      '{"id":1,"secret":"canary-1"\n{"secret":"canary-2","secret":"canary-3"}\n"canary-4"\n{"id":1,"canary":',
    );
    const endpoint = await openFile(path, { key: 'id' });
    const failure = await failureOf(readAll(endpoint, 'x'));
    expect(failure.code).toBe('DM_FILE_TORN_LINE');
    const text = JSON.stringify([failure.message, failure.nextStep, failure.context, String(failure.cause)]);
    expect(text).not.toContain('canary');
  });

  it('may be packed, in several members; damage is told', async () => {
    const whole = gzipSync('{"_id":1}\n');
    const packed = Buffer.concat([whole, gzipSync('{"_id":2}\n')]);
    const read = async (bytes: Buffer) => readAll(await openFile(await fileWith('x.ndjson.gz', bytes)), 'x');
    expect((await read(packed)).records).toHaveLength(2);
    const flipped = Buffer.from(packed);
    flipped.writeUInt8(flipped.readUInt8(flipped.length - 6) ^ 1, flipped.length - 6);
    const damaged = [
      packed.subarray(0, -1),
      Buffer.concat([packed, Buffer.from('tail')]),
      Buffer.concat([packed, Buffer.alloc(9)]),
      flipped,
    ];
    for (const bytes of damaged) expect((await failureOf(read(bytes))).code).toBe('DM_FILE_GZIP_DAMAGED');
  });
});

describe('a JSON array', () => {
  const read = async (text: string, options = {}) =>
    readAll(await openFile(await fileWith('x.json', text), options), 'x');

  it.each([
    ['at the top', '[{"_id":1},{"_id":2}]', {}],
    ['after a byte order mark', '\ufeff [ {"_id":1} ,\n{"_id":2}\t]\n', {}],
    ['at data', '{"meta":{"data":[9]},"data":[{"_id":1},{"_id":2}],"more":{"a":[1]}}', {}],
    ['at data.data', '{"data":{"é":"[\\"","data":[{"_id":1},{"_id":2}]}}', {}],
    ['at a path', '{"a.b":{"features":[{"_id":1},{"_id":2}]},"z":1}', { recordsPath: '$["a.b"].features[*]' }],
    ['at a dotted path', '{"x":[[1]],"a":{"b":[{"_id":1},{"_id":2}]}}', { recordsPath: 'a.b' }],
  ])('%s', async (_where, text, options) => {
    expect((await read(text, options)).records).toEqual([
      { key: [1], fields: {} },
      { key: [2], fields: {} },
    ]);
  });

  it('holds records and others', async () => {
    const { records, failures } = await read('[{"_id":1},5,"x,]",[1,[2]],null,{"_id":2},{"_id":}, {"_id" 3}]', {
      key: '_id',
    });
    expect(records.map(({ key }) => key[0])).toEqual([1, 2]);
    expect(codesOf(failures)).toEqual([
      ...Array(4).fill('DM_FILE_RECORD_NOT_DOCUMENT'),
      'DM_FILE_RECORD_INVALID',
      'DM_FILE_RECORD_INVALID',
    ]);
  });

  it.each([
    ['[{"_id":1},{"_id":2}', 'DM_FILE_TRUNCATED'],
    ['[{"_id":1},{"_id":2},', 'DM_FILE_TRUNCATED'],
    ['[{"_id":1},{"_id":"x', 'DM_FILE_TRUNCATED'],
    ['{"data":[{"_id":1}]', 'DM_FILE_TRUNCATED'],
    ['{"data":[{"_id":1}],"x":[1', 'DM_FILE_TRUNCATED'],
    ['[{"_id":1}]]', 'DM_FILE_JSON_INVALID'],
    ['[{"_id":1}] {"_id":2}', 'DM_FILE_JSON_INVALID'],
    ['{"data":[{"_id":1}],,}', 'DM_FILE_JSON_INVALID'],
    ['[{"_id":1} {"_id":2}]', 'DM_FILE_JSON_INVALID'],
    ['[{"_id":1},]', 'DM_FILE_JSON_INVALID'],
    ['[,]', 'DM_FILE_JSON_INVALID'],
    ['[1}]', 'DM_FILE_JSON_INVALID'],
    ['{"a"}', 'DM_FILE_JSON_INVALID'],
    ['{"a":1}', 'DM_FILE_RECORDS_NOT_FOUND'],
    ['{"data":{"a":[1]}}', 'DM_FILE_RECORDS_NOT_FOUND'],
    ['5', 'DM_FILE_FORMAT_UNKNOWN'],
    ['{"a":1}{"a":2}', undefined],
    ['{"a":\n1}\n{"a":\n2}\n', 'DM_FILE_FORMAT_UNKNOWN'],
  ])('%s: %s', async (text, code) => {
    if (code === undefined) expect(codesOf((await read(text)).failures)).toEqual(['DM_FILE_RECORD_INVALID']);
    else expect((await failureOf(read(text))).code).toBe(code);
  });

  it('names the arrays that are there where none is at the usual places', async () => {
    const failure = await failureOf(read('{"features":[{"a":[1]}],"x":{"y z":[]}}'));
    expect(failure.code).toBe('DM_FILE_RECORDS_NOT_FOUND');
    expect(failure.nextStep).toContain('$.features, $.x.y z');
    expect((await failureOf(read('{"a":[]}', { recordsPath: 'a[0]' }))).code).toBe('DM_FILE_RECORDS_NOT_FOUND');
  });

  it('is split the same however it is cut into blocks, and from any element on', () => {
    const arbitrary = fc.array(fc.oneof(fc.json({ maxDepth: 3 }), fc.constantFrom('"\\\\"', '"]\\""', '{"a":"[{"}')), {
      maxLength: 6,
    });
    fc.assert(
      fc.property(
        arbitrary,
        fc.integer({ min: 1, max: 9 }),
        fc.constantFrom(',', ' , ', ',\n'),
        (elements, size, comma) => {
          const bytes = Buffer.from(`${elements.join(comma)} ] tail`);
          const split = (start: number, resumed: boolean) => {
            const splitter = createJsonArraySplitter({ path: 'x', start, resumed, maximumBytes: 10_000 });
            const found: { text: string; after: number }[] = [];
            for (let at = start; at < bytes.length && !splitter.isDone; at += size) {
              splitter.feed(bytes.subarray(at, at + size));
              for (let record = splitter.next(); record !== undefined; record = splitter.next()) {
                found.push({ text: record.form === 'text' ? record.text : record.form, after: splitter.offset });
              }
            }
            expect(splitter.isDone).toBe(true);
            return found;
          };
          const whole = split(0, false);
          expect(whole.map(({ text }) => text.trim())).toEqual(elements.map((element) => element.trim()));
          for (const [index, { after }] of whole.entries()) {
            expect(split(after, true).map(({ text }) => text)).toEqual(whole.slice(index + 1).map(({ text }) => text));
          }
        },
      ),
    );
  });

  it('S-15 passes over an element that is too long', () => {
    const bytes = Buffer.from(`1,"${'x'.repeat(100)}",{"a":[${'1,'.repeat(100)}2]},3]`);
    for (const size of [1, 10, 1000]) {
      const splitter = createJsonArraySplitter({ path: 'x', start: 0, resumed: false, maximumBytes: 50 });
      const found: string[] = [];
      for (let at = 0; at < bytes.length; at += size) {
        splitter.feed(bytes.subarray(at, at + size));
        for (let record = splitter.next(); record !== undefined; record = splitter.next()) {
          found.push(record.form === 'text' ? record.text : record.form);
        }
      }
      expect(found).toEqual(['1', 'failed', 'failed', '3']);
      expect(splitter.isDone).toBe(true);
    }
  });
});

describe('what is not there', () => {
  it.each(['x.ndjson', 'x.json', 'x.csv', 'x.bson'])('an empty %s is an entity without records', async (name) => {
    const endpoint = await openFile(await fileWith(name, ''));
    expect((await readAll(endpoint, 'x')).records).toEqual([]);
    expect(await endpoint.admin()?.countRecords(named('x'), call)).toEqual({ value: 0, exact: true });
  });

  it('a path that does not exist', async () => {
    const endpoint = await openFile(join(await temporaryFolder(), 'none'));
    const list = async () => {
      for await (const _ of endpoint.source().listEntities(call)) break;
    };
    expect((await failureOf(list())).code).toBe('DM_FILE_NOT_FOUND');
    expect((await failureOf(readAll(endpoint, 'x'))).code).toBe('DM_ENTITY_MISSING');
  });

  it('an entity of another name', async () => {
    const endpoint = await openFile(await fileWith('x.json', '[]'));
    expect((await failureOf(readAll(endpoint, '../x'))).code).toBe('DM_ENTITY_MISSING');
  });

  it('text that is not UTF-8', async () => {
    for (const encoding of ['utf16le', 'latin1'] as const) {
      const endpoint = await openFile(await fileWith('x.json', Buffer.from('\ufeff[{"é":1}]', encoding)));
      expect((await failureOf(readAll(endpoint, 'x'))).code).toBe('DM_FILE_FORMAT_UNKNOWN');
    }
  });
});

describe('keys', () => {
  const keyed = async (text: string, options = {}) => {
    const { schema, records, failures } = await readAll(await openFile(await fileWith('x.ndjson', text), options), 'x');
    return { names: schema.key.map(({ name }) => name), keys: records.map(({ key }) => key), records, failures };
  };

  it('are made of the content where there is none, and count exact duplicates', async () => {
    const text = '{"a":1,"b":2}\n{"a":2}\n{"b":2,"a":1}\n{"a":1.0,"b":2}\n{"a":1,"b":2}\n';
    const { names, keys, records } = await keyed(text);
    expect(names).toEqual(['_id']);
    const [first, , third, fourth, fifth] = keys.map(([key]) => (typeof key === 'string' ? key : ''));
    expect(first).toMatch(/^[0-9a-f]{32}$/);
    expect([third, fifth]).toEqual([`${first}-1`, `${first}-2`]);
    expect(fourth).not.toContain(first);
    expect(records[0]?.fields).toEqual({ a: 1, b: 2 });
    expect((await keyed(text)).keys).toEqual(keys);
    // The same content in another file and another notation has the same key.
    expect((await keyed('{ "b" : 2 , "a" : 1 }')).keys).toEqual([[first]]);
  });

  it('are the usual field only where each record has its own', async () => {
    expect((await keyed('{"id":1,"a":1}\n{"id":2}\n')).names).toEqual(['id']);
    expect((await keyed('{"_id":1,"id":1}\n{"_id":2,"id":1}\n')).names).toEqual(['_id']);
    expect((await keyed('{"id":1}\n{"id":1}\n')).names).toEqual(['_id']);
    expect((await keyed('{"id":1}\n{"x":1}\n')).names).toEqual(['_id']);
    expect((await keyed('{"id":null}\n{"id":1}\n')).names).toEqual(['_id']);
    expect((await keyed('{"id":{"x":1}}\n')).names).toEqual(['_id']);
    expect((await keyed('{"_id":1}\n{"_id":1}\n')).names).toEqual(['_key']);
  });

  it('are the fields that the user names', async () => {
    const { names, keys } = await keyed('{"c":"AD","a":1}\n{"a":1,"c":"FR"}\n', { key: ['c', 'a'] });
    expect(names).toEqual(['c', 'a']);
    expect(keys).toEqual([
      ['AD', 1],
      ['FR', 1],
    ]);
  });

  it('are the place in the file where the user wants that', async () => {
    const { keys } = await keyed('{"a":1}\n{"a":1}\n', { generatedKey: 'position' });
    expect(keys).toEqual([['000000000000000'], ['000000000000008']]);
  });

  it('never take the place of a field', async () => {
    const many = `${'{"a":1}\n'.repeat(1200)}{"_id":5}\n`;
    const { names, failures } = await keyed(many);
    expect(names).toEqual(['_id']);
    expect(codesOf(failures)).toEqual(['DM_FILE_KEY_NAME_TAKEN']);
  });
});
