import { describe, expect, test } from 'vitest';
import { createPalette, wantsColour } from '../../src/render/palette.js';
import { cutToWidth, displayWidth, printable, wrapToWidth } from '../../src/render/printable.js';
import { bytesText, countText, durationText, rateText } from '../../src/render/quantity.js';
import { renderTable } from '../../src/render/table.js';

test.each([
  [0, '0'],
  [999, '999'],
  [1000, '1,000'],
  [1234567, '1,234,567'],
])('the count %d is %s', (count, text) => expect(countText(count)).toBe(text));

test.each([
  [0, '0 /s'],
  [999.4, '999 /s'],
  [999.6, '1.0 k/s'],
  [3456, '3.5 k/s'],
  [38_000, '38 k/s'],
  [1_000_000, '1.0 M/s'],
])('the rate %d is %s', (rate, text) => expect(rateText(rate)).toBe(text));

test.each([
  [0, '0 B'],
  [1_399_981, '1.4 MB'],
  [61_000_000, '61 MB'],
  [5e15, '5000 TB'],
])('%d bytes are %s', (bytes, text) => expect(bytesText(bytes)).toBe(text));

test.each([
  [0, '0.0 s'],
  [9_949, '9.9 s'],
  [9_960, '10 s'],
  [59_400, '59 s'],
  [59_600, '1 min 0 s'],
  [125_000, '2 min 5 s'],
  [11_520_000, '3 h 12 min'],
])('%d ms are %s', (milliseconds, text) => expect(durationText(milliseconds)).toBe(text));

describe('S-16 text of others', () => {
  test.each([
    ['plain', 'plain'],
    ['\u001b[31mred\u001b[0m', '?[31mred?[0m'],
    ['a\nb\tc\u0000', 'a?b?c?'],
    ['\u202egnp.exe', '?gnp.exe'],
    ['line\u2028break', 'line?break'],
  ])('%j becomes %j', (text, shown) => expect(printable(text)).toBe(shown));

  test('is measured and cut by the columns that it takes', () => {
    expect([displayWidth('漢字'), displayWidth('e\u0301'), displayWidth('🚀')]).toEqual([4, 1, 2]);
    expect([cutToWidth('漢字漢字', 5), cutToWidth('short', 5), cutToWidth('longer', 5)]).toEqual([
      '漢字…',
      'short',
      'long…',
    ]);
  });
});

test('a table has numbers at the right and no space at the end of a line', () => {
  const text = renderTable(
    [{ title: 'entity' }, { title: 'read', align: 'right' }],
    [
      ['users', '52,000'],
      ['漢字', '1'],
    ],
  );
  expect(text).toBe('entity    read\nusers   52,000\n漢字         1');
});

describe('a table on a narrow terminal', () => {
  const columns = [{ title: 'field' }, { title: 'seen', align: 'right' }, { title: 'what is done' }] as const;
  const rows = [['Rotten Tomatoes Rating', '1,000', 'becomes string (base64; one with a subtype is kept whole)']];

  test('keeps within its columns, and loses no word', () => {
    const text = renderTable(columns, rows, 40);
    expect(
      text
        .split('\n')
        .map(displayWidth)
        .filter((width) => width > 40),
    ).toEqual([]);
    const words = (row: string): readonly string[] => row.split(/\s+/).sort();
    const wide = renderTable(columns, rows);
    expect(words(text)).toEqual(words(wide));
  });

  test('breaks a long word where the column ends, by the columns that characters take', () => {
    expect(wrapToWidth('mongodb://localhost/shop', 10)).toEqual(['mongodb://', 'localhost/', 'shop']);
    expect(wrapToWidth('漢字漢 字', 4)).toEqual(['漢字', '漢', '字']);
    expect(wrapToWidth('', 4)).toEqual(['']);
  });

  test('leaves numbers whole where there is no room at all', () => {
    expect(renderTable(columns, rows, 1)).toContain('1,000');
  });
});

describe('colours', () => {
  const terminal = { isTTY: true };
  test.each([
    ['a terminal', terminal, {}, undefined, true],
    ['a pipe', {}, {}, undefined, false],
    ['NO_COLOR', terminal, { NO_COLOR: '1' }, undefined, false],
    ['an empty NO_COLOR', terminal, { NO_COLOR: '' }, undefined, true],
    ['FORCE_COLOR', {}, { FORCE_COLOR: '1' }, undefined, true],
    ['FORCE_COLOR=0', terminal, { FORCE_COLOR: '0' }, undefined, false],
    ['NO_COLOR and FORCE_COLOR', terminal, { NO_COLOR: '1', FORCE_COLOR: '1' }, undefined, false],
    ['--no-color', terminal, { FORCE_COLOR: '1' }, false, false],
    ['a dumb terminal', terminal, { TERM: 'dumb' }, undefined, false],
  ])('%s', (_title, stream, environment, flag, coloured) => {
    expect(wantsColour(stream, environment, flag)).toBe(coloured);
  });
  test('leave texts alone where they are not wanted', () => {
    expect(createPalette(false).bad('text')).toBe('text');
  });
});
