import { describe, expect, test } from 'vitest';
import { parseCommandLine, UsageError } from '../src/command-line.js';
import { functionTimes } from '../src/profile/cpu-profile.js';
import { replaceSection } from '../src/report/documentation.js';
import { markdownTable } from '../src/report/table.js';

test('a table is padded, numbers to the right', () => {
  expect(
    markdownTable({
      columns: ['', 'records/s'],
      rows: [
        ['bare copy', '12'],
        ['pipeline', '9'],
      ],
    }),
  ).toBe(
    [
      '|           | records/s |',
      '| --------- | --------: |',
      '| bare copy |        12 |',
      '| pipeline  |         9 |',
    ].join('\n'),
  );
});

describe('a section of a page', () => {
  const page = 'before\n<!-- bench core -->\nold\n<!-- end core -->\nafter\n';

  test('takes the place of the one before', () => {
    const once = replaceSection(page, 'core', 'new\n');
    expect(once).toBe('before\n<!-- bench core -->\nnew\n<!-- end core -->\nafter\n');
    expect(replaceSection(once, 'core', 'new\n')).toBe(once);
  });

  test('is not put where the page has no place for it', () => {
    expect(() => replaceSection(page, 'memory', 'new')).toThrow(/no place for memory/);
  });
});

test('a profile counts a function that calls itself once, and leaves waiting out', () => {
  const frame = (functionName: string) => ({ functionName, url: 'file:///a.js', lineNumber: 1, columnNumber: 1 });
  const times = functionTimes({
    nodes: [
      { id: 1, callFrame: frame('(root)'), children: [2, 5] },
      { id: 2, callFrame: frame('outer'), children: [3] },
      { id: 3, callFrame: frame('inner'), children: [4] },
      { id: 4, callFrame: frame('outer') },
      { id: 5, callFrame: frame('(idle)') },
    ],
    samples: [2, 3, 4, 5],
    timeDeltas: [10, 20, 30, 1000],
  });
  expect(times.map(({ frame: { functionName }, self, total }) => [functionName, self, total])).toEqual([
    ['outer', 40, 60],
    ['inner', 20, 50],
  ]);
});

describe('the command line', () => {
  test('takes names and options', () => {
    const command = parseCommandLine(['core', 'memory', '--records', '200,000', '--rounds', '3', '--update-docs']);
    expect(command).toMatchObject({
      names: ['core', 'memory'],
      records: 200_000,
      options: { rounds: 3 },
      updateDocs: true,
    });
  });

  test.each([[[]], [['nothing']], [['core', '--records', '0']], [['core', '--data', 'none']], [['core', '--fast']]])(
    'refuses %j',
    (given) => {
      expect(() => parseCommandLine(given)).toThrow(UsageError);
    },
  );
});
