/** The guards that run a tool: each finds what is planted for it, and counts what it looked at. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { deadCode } from './dead-code.mjs';
import { documentedExamples } from './documented-examples.mjs';
import { format, lint } from './format-and-lint.mjs';
import { findingsIn } from './planted-workspace.mjs';
import { publishedPackages } from './published-packages.mjs';
import { rootCommand } from './root-command.mjs';
import { types } from './types.mjs';
import { workspaceHygiene } from './workspace-hygiene.mjs';

const ofRoot = (path) => readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');
const manifest = (fields) => `${JSON.stringify({ private: true, type: 'module', ...fields }, null, 2)}\n`;
const part = {
  version: '1.0.0',
  description: 'x',
  license: 'MIT',
  engines: { node: '>=20' },
  scripts: { build: 'node --version' },
};
const workspace = {
  '.gitignore': 'node_modules\n',
  'package.json': manifest({ name: 'root', packageManager: 'pnpm@10.34.1' }),
  'pnpm-workspace.yaml': 'packages:\n  - packages/*\n',
  'biome.json': ofRoot('biome.json'),
  '.oxlintrc.json': ofRoot('.oxlintrc.json'),
  'knip.json':
    '{ "workspaces": { ".": { "entry": ["*.config.ts"] }, "packages/*": { "project": ["src/**/*.ts"] } } }\n',
  'tsconfig.base.json': ofRoot('tsconfig.base.json'),
  'tsconfig.json': '{ "extends": "./tsconfig.base.json", "include": ["*.config.ts"] }\n',
  'root.config.ts': 'export default {};\n',
  'packages/a/package.json': manifest({ name: 'a', ...part, exports: './src/index.ts' }),
  'packages/a/tsconfig.json': '{ "extends": "../../tsconfig.base.json", "include": ["src", "test"] }\n',
  'packages/a/src/index.ts': "export { one } from './one.js';\n",
  'packages/a/src/one.ts': 'export const one = 1;\n',
};
const findings = (guard, files = {}) => findingsIn(guard, { ...workspace, ...files }, { withTools: true });

describe('guards that run a tool', { timeout: 60_000 }, () => {
  test.each([
    ['biome', format, 'packages/a/src/one.ts', 'export const one = "1"\n', 'File content differs'],
    ['biome', format, 'packages/a/src/one.ts', 'let one = 1;\nexport { one };\n', 'useConst'],
    ['oxlint', lint, 'packages/a/src/one.ts', 'const go = async () => 1;\ngo();\nexport const one = 1;\n', 'floating'],
    [
      'tsc',
      types,
      'packages/a/src/one.ts',
      "export const one: number = '1';\n",
      'packages/a/src/one.ts(1,14): error TS2322',
    ],
    [
      'tsc',
      types,
      'packages/a/test/one.test-d.ts',
      "import { one } from '../src/one.js';\n// @ts-expect-error it is one\nexport const same: 1 = one;\n",
      'packages/a/test/one.test-d.ts(2,1): error TS2578',
    ],
    ['tsc', types, 'packages/a/other/one.ts', 'export {};\n', 'packages/a/other/one.ts belongs to no tsconfig.json'],
    ['knip', deadCode, 'packages/a/src/one.ts', 'export const one = 1;\nexport const two = 2;\n', 'exports two'],
    ['knip', deadCode, 'packages/a/src/stray.ts', 'export const stray = 1;\n', 'packages/a/src/stray.ts'],
    [
      'knip',
      deadCode,
      'packages/a/package.json',
      manifest({ name: 'a', ...part, exports: './src/index.ts', dependencies: { yaml: '2.9.1' } }),
      'dependencies yaml',
    ],
    [
      'sherif',
      workspaceHygiene,
      'packages/a/package.json',
      manifest({ name: 'a', ...part, dependencies: {} }),
      'empty-dependencies',
    ],
    ['sherif', workspaceHygiene, 'packages/a/package.json', manifest({ name: 'a' }), 'lacks version'],
  ])('%s finds what is planted (%#)', async (_, guard, path, text, problem) => {
    const { checked, problems } = await findings(guard, { [path]: text });
    expect(checked).toBeGreaterThan(0);
    expect(problems.join('\n')).toContain(problem);
  });

  test.each([
    ['biome', format, 8],
    ['oxlint', lint, 3],
    ['tsc', types, 3],
    ['knip', deadCode, 2],
    ['sherif', workspaceHygiene, 1],
  ])('%s accepts a clean workspace and says how much it checked', async (_, guard, atLeast) => {
    const { checked, problems } = await findings(guard);
    expect(problems).toEqual([]);
    expect(checked).toBeGreaterThanOrEqual(atLeast);
  });

  test('an example in Markdown that does not compile is found at its line', async () => {
    const program = (type) =>
      `# A\n\n\`\`\`ts\nimport { sep } from 'node:path';\nexport const x: ${type} = sep;\n\`\`\`\n`;
    const { checked, problems } = await findings(documentedExamples, {
      'README.md': program('string'),
      'packages/a/README.md': program('number'),
      'docs/fragment.md': '```ts\nnowhere();\n```\n',
    });
    expect(checked).toBe(2);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^packages\/a\/README\.md:5 error TS2322/);
  });

  test('the command line must print the version that its package has', async () => {
    const { problems } = await findings(rootCommand, {
      'packages/datamigrato/package.json': manifest({ name: 'datamigrato', version: '99.0.0' }),
    });
    expect(problems.join('\n')).toContain('instead of 99.0.0');
  });

  // pnpm is on the path wherever npm test runs; a bare vitest may lack it.
  const hasPnpm = spawnSync('pnpm', ['--version']).status === 0;
  test.skipIf(!hasPnpm)('publint and attw look into the packed packages', async () => {
    const fields = {
      name: 'a',
      ...part,
      files: ['dist'],
      exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } },
    };
    const published = JSON.stringify({ type: 'module', ...fields });
    const files = {
      '.gitignore': '',
      'packages/a/package.json': published,
      'packages/a/dist/index.js': 'export const one = 1;\n',
    };
    const broken = await findings(publishedPackages, files);
    expect(broken.checked).toBe(1);
    expect(broken.problems.join('\n')).toContain('a: publint: ');
    expect(broken.problems.join('\n')).toContain('a: attw finds no types');

    const whole = { ...files, 'packages/a/dist/index.d.ts': 'export declare const one = 1;\n' };
    expect(await findings(publishedPackages, whole)).toEqual({ checked: 1, problems: [] });
  });
});
