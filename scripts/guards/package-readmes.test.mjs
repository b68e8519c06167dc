import { expect, test } from 'vitest';
import { packageReadmes } from './package-readmes.mjs';
import { findingsIn } from './planted-workspace.mjs';

const manifest = { 'packages/file/package.json': { name: '@datamigrato/file' } };
const readme = (text) => ({ ...manifest, 'packages/file/README.md': text });
const example = (lines) => `# File\n\n\`\`\`ts\n${lines.join('\n')}\n\`\`\`\n`;

test.each([
  ['no README', manifest, 'is missing'],
  ['no title', readme('words'), 'does not begin with a title'],
  ['no code block', readme('# File\n\nUse @datamigrato/file.'), 'has no example'],
  ['an example of something else', readme(example(["import 'other';"])), 'has no example'],
  ['a long example', readme(example(Array(30).fill("import '@datamigrato/file';"))), 'at most 20 lines'],
])('refuses %s', async (_, files, problem) => {
  const { checked, problems } = await findingsIn(packageReadmes, files);
  expect(checked).toBe(1);
  expect(problems).toHaveLength(1);
  expect(problems[0]).toContain(problem);
});

test('accepts a short example that uses the package', async () => {
  const { problems } = await findingsIn(packageReadmes, readme(example(["import { file } from '@datamigrato/file';"])));
  expect(problems).toEqual([]);
});
