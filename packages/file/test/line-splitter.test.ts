import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FileRecord } from '../src/file-record.js';
import { createLineSplitter } from '../src/line-splitter.js';
import type { RecordCutter } from '../src/reading/record-cutter.js';

/** Feeds bytes in blocks of these sizes, and gives every record with the offset after it. */
function cutAll(
  cutter: RecordCutter,
  bytes: Buffer,
  sizes: readonly number[],
): (FileRecord & { readonly after: number })[] {
  const found: (FileRecord & { readonly after: number })[] = [];
  let at = 0;
  for (let block = 0; at < bytes.length && !cutter.isDone; block += 1) {
    const size = Math.max(1, sizes[block % sizes.length] ?? 1);
    cutter.feed(bytes.subarray(at, at + size));
    at += size;
    for (let record = cutter.next(); record !== undefined; record = cutter.next()) {
      found.push({ ...record, after: cutter.offset });
    }
  }
  const last = cutter.isDone ? undefined : cutter.finish();
  if (last !== undefined) found.push({ ...last, after: cutter.offset });
  return found;
}

const texts = (records: readonly FileRecord[]) =>
  records.map((record) => (record.form === 'text' ? record.text : record.form));

const arbitraryLines = fc.array(
  fc.oneof(
    fc.constantFrom('', ' ', '\t\r', '{"a":"\u2028\u2029"}', '{"é":"😀"}'),
    fc.dictionary(fc.string(), fc.string(), { maxKeys: 3 }).map((value) => JSON.stringify(value)),
  ),
  { maxLength: 12 },
);
const arbitrarySizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });

it('gives the same lines however the file is cut into blocks', () => {
  fc.assert(
    fc.property(arbitraryLines, fc.boolean(), arbitrarySizes, (lines, endsInNewline, sizes) => {
      const text = lines.join('\n') + (endsInNewline ? '\n' : '');
      const cutter = createLineSplitter({ path: 'x', start: 0, maximumBytes: 1000 });
      const found = cutAll(cutter, Buffer.from(text), sizes);
      expect(texts(found)).toEqual(lines.filter((line) => line.trim() !== ''));
    }),
  );
});

it('cuts into disjoint parts at any byte, and goes on from any record', () => {
  fc.assert(
    fc.property(
      arbitraryLines,
      arbitrarySizes,
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 3 }),
      (lines, sizes, cuts) => {
        const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
        const borders = [0, ...cuts.map((cut) => Math.floor(cut * bytes.length)).sort((a, b) => a - b), bytes.length];
        const parts = borders.slice(0, -1).flatMap((start, index) => {
          const end = borders[index + 1] ?? bytes.length;
          if (end === start) return [];
          const from = start === 0 ? 0 : start - 1;
          const cutter = createLineSplitter({
            path: 'x',
            start: from,
            end,
            startsInLine: start > 0,
            maximumBytes: 1000,
          });
          return cutAll(cutter, bytes.subarray(from), sizes);
        });
        const whole = cutAll(createLineSplitter({ path: 'x', start: 0, maximumBytes: 1000 }), bytes, [1000]);
        expect(texts(parts)).toEqual(texts(whole));
        for (const [index, { after }] of whole.entries()) {
          const rest = createLineSplitter({ path: 'x', start: after, maximumBytes: 1000 });
          expect(texts(cutAll(rest, bytes.subarray(after), sizes))).toEqual(texts(whole.slice(index + 1)));
        }
      },
    ),
  );
});

describe('the last line', () => {
  const finish = (text: string) =>
    cutAll(createLineSplitter({ path: 'x.ndjson', start: 0, maximumBytes: 1000 }), Buffer.from(text), [7]);

  it.each(['{"a":', '{"a":"x', '{"a":1', '{"a":tru', '{"a":{"b":1}', '{"a":"\\u00', '{"é'])(
    'that is cut off is an error: %s',
    (text) => {
      expect(() => finish(`{"z":1}\n${text}`)).toThrow(
        expect.objectContaining({
          code: 'DM_FILE_TORN_LINE',
          context: { path: 'x.ndjson', offset: 8, size: Buffer.byteLength(text) },
        }),
      );
    },
  );

  it('that is cut off inside a character is an error', () => {
    const bytes = Buffer.from('{"a":"é').subarray(0, -1);
    const cutter = createLineSplitter({ path: 'x', start: 0, maximumBytes: 1000 });
    expect(() => cutAll(cutter, bytes, [100])).toThrow(expect.objectContaining({ code: 'DM_FILE_TORN_LINE' }));
  });

  it('that is whole needs no newline, and one that is wrong in the middle is a record like any other', () => {
    expect(texts(finish('{"a":1}'))).toEqual(['{"a":1}']);
    expect(texts(finish('{"a":1}x'))).toEqual(['{"a":1}x']);
    expect(texts(finish('nonsense'))).toEqual(['nonsense']);
  });
});

it('S-15 passes over a line that is too long, whatever the blocks, and reads the others', () => {
  const long = `{"a":"${'x'.repeat(100)}"}`;
  const bytes = Buffer.from(`{"a":1}\n${long}\n{"a":2}\n${long}`);
  for (const size of [1, 7, 64, 1000]) {
    const found = cutAll(createLineSplitter({ path: 'x', start: 0, maximumBytes: 50 }), bytes, [size]);
    expect(texts(found)).toEqual(['{"a":1}', 'failed', '{"a":2}', 'failed']);
    expect(found[1]).toMatchObject({
      offset: 8,
      failure: { code: 'DM_FILE_RECORD_TOO_LARGE', context: { bytes: long.length } },
    });
  }
});

it('A-35 tells bad UTF-8 from a replacement character that is in the file', () => {
  const bytes = Buffer.concat([
    Buffer.from('{"a":"\ufffd"}\n{"a":"'),
    Buffer.from([0xff]),
    Buffer.from('"}\n{"a":3}\n'),
  ]);
  const found = cutAll(createLineSplitter({ path: 'x', start: 0, maximumBytes: 1000 }), bytes, [5]);
  expect(texts(found)).toEqual(['{"a":"\ufffd"}', 'failed', '{"a":3}']);
});

it('takes a byte order mark off the first line alone', () => {
  const found = cutAll(
    createLineSplitter({ path: 'x', start: 0, maximumBytes: 1000 }),
    Buffer.from('\ufeff{"a":1}\n\ufeff{"a":2}\n'),
    [4],
  );
  expect(texts(found)).toEqual(['{"a":1}', '\ufeff{"a":2}']);
});
