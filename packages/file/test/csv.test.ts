import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { double } from '@datamigrato/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRowCutter } from '../src/format/csv.js';
import { failureOf, openFile, readAll, temporaryFolder } from './harness.js';

async function read(text: string | Buffer, options = {}, name = 'x.csv') {
  const path = join(await temporaryFolder(), name);
  await writeFile(path, text);
  return readAll(await openFile(path, options), 'x');
}

describe('a CSV file with a header', () => {
  it('gives texts', async () => {
    const { records, schema } = await read('id,name,__proto__,10\r\n1,"a ""b"", c\nd",é,\r\n\r\n02,,"",x');
    expect(schema.key.map(({ name }) => name)).toEqual(['id']);
    expect(records.map(({ key }) => key)).toEqual([['1'], ['02']]);
    expect(records.map(({ fields }) => JSON.stringify(fields))).toEqual([
      '{"entries":[["name","a \\"b\\", c\\nd"],["__proto__","é"],["10",""]]}',
      '{"entries":[["name",""],["__proto__",""],["10","x"]]}',
    ]);
  });

  it('gives kinds where they are to be inferred', async () => {
    const { records } = await read('id,a,b,c,d,e\n1,1.0,true,,-0,9007199254740993\n2,1e3,True,x,007,1.5\n', {
      csvTypes: 'infer',
    });
    expect(records).toEqual([
      { key: [1], fields: { a: double(1), b: true, c: null, d: double(-0), e: 9007199254740993n } },
      { key: [2], fields: { a: double(1000), b: 'True', c: 'x', d: '007', e: 1.5 } },
    ]);
  });

  it('may have other characters between cells, and a byte order mark', async () => {
    expect((await read('\ufeffid;a\n1;x,y\n', { delimiter: ';' })).records).toEqual([
      { key: ['1'], fields: { a: 'x,y' } },
    ]);
    expect((await read('id\ta\n1\tx\n', {}, 'x.tsv')).records).toEqual([{ key: ['1'], fields: { a: 'x' } }]);
  });

  it('fails in single rows', async () => {
    const bad = Buffer.concat([
      Buffer.from('id,a\n1,x\n2\n3,a,b\n4,a"b"\n5,"a"b\n"6'),
      Buffer.from([0xff]),
      Buffer.from('",x\n7,x\n'),
    ]);
    const { records, failures } = await read(bad, { key: 'id' });
    expect(records.map(({ key }) => key[0])).toEqual(['1', '7']);
    expect(failures.map(({ code }) => code)).toEqual(Array(5).fill('DM_FILE_RECORD_INVALID'));
    expect(failures.map(({ context }) => context['offset'])).toEqual([9, 11, 17, 24, 31]);
  });

  it.each([
    ['a,a\n1,2\n', 'DM_FILE_CSV_INVALID'],
    ['"a"b\n1\n', 'DM_FILE_CSV_INVALID'],
    ['id\n1\n"2', 'DM_FILE_TRUNCATED'],
  ])('refuses %j', async (text, code) => {
    expect((await failureOf(read(text))).code).toBe(code);
  });

  it('may have no rows', async () => {
    expect((await read('id,a')).records).toEqual([]);
    expect((await read('id,a\n')).records).toEqual([]);
  });
});

it('gives the same rows however it is cut into blocks, and from any row on', () => {
  const cell = fc.string({ unit: fc.constantFrom('a', 'é', '"', ',', '\n', '\r', ' '), maxLength: 4 });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(cell, cell), { maxLength: 6 }),
      fc.integer({ min: 1, max: 9 }),
      fc.boolean(),
      (rows, size, endsInNewline) => {
        const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
        const text = rows.map((row) => row.map(quoted).join(',')).join('\r\n') + (endsInNewline ? '\n' : '');
        const bytes = Buffer.from(text);
        const cut = (start: number) => {
          const cutter = createRowCutter({ path: 'x', start, delimiter: ',', maximumBytes: 1000 });
          const found: { cells: readonly string[]; after: number }[] = [];
          const take = (record: ReturnType<typeof cutter.next>) => {
            if (record !== undefined)
              found.push({ cells: record.form === 'row' ? record.cells : [record.form], after: cutter.offset });
            return record !== undefined;
          };
          for (let at = start; at < bytes.length; at += size) {
            cutter.feed(bytes.subarray(at, at + size));
            while (take(cutter.next()));
          }
          take(cutter.finish());
          return found;
        };
        const whole = cut(0);
        expect(whole.map(({ cells }) => cells)).toEqual(rows);
        for (const [index, { after }] of whole.entries())
          expect(cut(after).map(({ cells }) => cells)).toEqual(rows.slice(index + 1));
      },
    ),
  );
});

it('S-15 passes over a row that is too long', () => {
  const bytes = Buffer.from(`a,b\n"${'x\n'.repeat(50)}",c\nd,e\n`);
  for (const size of [1, 30, 1000]) {
    const cutter = createRowCutter({ path: 'x', start: 0, delimiter: ',', maximumBytes: 60 });
    const found: string[] = [];
    for (let at = 0; at < bytes.length; at += size) {
      cutter.feed(bytes.subarray(at, at + size));
      for (let record = cutter.next(); record !== undefined; record = cutter.next()) {
        found.push(record.form === 'row' ? record.cells.join('|') : record.form);
      }
    }
    expect(found).toEqual(['a|b', 'failed', 'd|e']);
  }
});
