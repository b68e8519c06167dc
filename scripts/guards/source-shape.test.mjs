import { expect, test } from 'vitest';
import { findingsIn } from './planted-workspace.mjs';
import { sourceShape } from './source-shape.mjs';

const problemsOf = async (files) => (await findingsIn(sourceShape, files)).problems;

test.each([
  ['packages/a/src/a.ts', 'export const x: any = 1;', 'uses any'],
  ['packages/a/src/a.ts', 'export const x = 1 as unknown as string;', 'casts through unknown'],
  ['packages/a/src/a.ts', `// @ts-${'ignore'}\nexport const x = 1;`, 'switches the type checker off'],
  ['packages/a/src/a.ts', `// TO${'DO'} later\nexport const x = 1;`, 'marked as unfinished'],
  ['packages/a/src/a.ts', `// biome-${'ignore'} lint/a/b: x\nexport const x = 1;`, 'silences a rule'],
  ['packages/a/test/a.test.ts', "vi.mock('mongodb');", 'mocks a module'],
  ['packages/a/src/a.ts', 'export {};\n'.repeat(500), 'at most 440'],
  ['packages/a/src/twoWords.ts', 'export {};', 'kebab-case'],
  ['packages/a/src/utils.ts', 'export {};', 'named for no concept'],
  ['packages/a/src/helpers/a.ts', 'export {};', 'named for no concept'],
  ['scripts/a.mjs', `// FIX${'ME'}`, 'marked as unfinished'],
])('refuses in %s: %s', async (path, text, problem) => {
  const problems = await problemsOf({ [path]: text });
  expect(problems).toHaveLength(1);
  expect(problems[0]).toContain(problem);
});

test('accepts a finished, typed file, and a silenced rule that says why', async () => {
  const text = `// biome-${'ignore'} lint/a/b: the driver declares this member with the wrong type\nexport const x = 1 as number;`;
  expect(await problemsOf({ 'packages/a/src/two-words.ts': text, 'packages/a/src/types.test-d.ts': text })).toEqual([]);
});
