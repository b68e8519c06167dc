import { expect, test } from 'vitest';
import { renderReference } from '../error-reference.mjs';
import { codeProblems } from './error-codes.mjs';

const named = new Map([
  ['DM_A', 'a.ts:1'],
  ['DM_B', 'b.ts:2'],
]);

test('accepts codes that are each explained once', () => {
  expect(codeProblems(named, ['DM_B', 'DM_A'])).toEqual([]);
});

test.each([
  ['a code that nobody explains', ['DM_A'], 'b.ts:2 names DM_B'],
  ['an explanation of nothing', ['DM_A', 'DM_B', 'DM_C'], 'DM_C is explained, but'],
  ['two explanations', ['DM_A', 'DM_B', 'DM_A'], 'DM_A is explained by two'],
])('refuses %s', (_, explained, problem) => {
  const problems = codeProblems(named, explained);
  expect(problems).toHaveLength(1);
  expect(problems[0]).toContain(problem);
});

test('the reference has a heading for each code, in alphabetical order', () => {
  const entry = { category: 'usage', meaning: 'It is wrong.', remedy: 'Correct it.' };
  const text = renderReference([
    { packageName: 'b', catalogue: { DM_Z: entry, DM_M: entry } },
    { packageName: 'a', catalogue: { DM_N: entry } },
  ]);
  expect([...text.matchAll(/^## (.*)$/gm)].map(([, code]) => code)).toEqual(['DM_M', 'DM_N', 'DM_Z']);
  expect(text).toContain('## DM_N\n\nIt is wrong.\n\n→ Correct it.\n\nusage, from `a`\n');
});
