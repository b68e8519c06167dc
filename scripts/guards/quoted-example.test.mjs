import { expect, test } from 'vitest';
import { findingsIn } from './planted-workspace.mjs';
import { quotedExample } from './quoted-example.mjs';

const source = "import './other.js';\n\n/** One. */\nexport const one = 1;\n\nexport const two = {\n  three: 3,\n};\n";
const workspaceWith = (guide, code = source) => ({
  'docs/writing-a-connector.md': guide,
  'examples/yaml-connector/src/connector.ts': code,
});
const quote = (code) => `# Guide\n\n\`\`\`ts\n${code}\`\`\`\n`;

test('accepts what the example has to the letter', async () => {
  const { checked, problems } = await findingsIn(quotedExample, workspaceWith(quote('  three: 3,\n};\n')));
  expect({ checked, problems }).toEqual({ checked: 1, problems: [] });
});

test.each([
  ['another value', 'export const one = 2;\n'],
  ['another indent', 'three: 3,\n'],
  ['lines that are not neighbours', 'export const one = 1;\nexport const two = {\n'],
])('refuses %s, with its line', async (_, code) => {
  const { problems } = await findingsIn(quotedExample, workspaceWith(quote(`\n${code}`)));
  expect(problems).toEqual(['docs/writing-a-connector.md:3 quotes what is not in examples/yaml-connector/']);
});

test('refuses an example that has grown', async () => {
  const long = `${source}${'export {};\n// a comment\n\n'.repeat(197)}`;
  const { problems } = await findingsIn(quotedExample, workspaceWith(quote('export {};\n'), long));
  expect(problems).toEqual(['examples/yaml-connector/ has 202 lines of code; the guide promises at most 200']);
});
