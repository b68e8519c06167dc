import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const folder = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Tests read the sources of every workspace package, so that they need no build and see one copy of each module. */
const alias = [
  { find: /^@datamigrato\/([a-z-]+)$/, replacement: `${folder('./packages')}/$1/src/index.ts` },
  { find: /^datamigrato$/, replacement: folder('./packages/datamigrato/src/index.ts') },
];

const project = (name: string, root: string, include: string[]) => ({
  extends: true as const,
  test: { name, root, include },
});

const packageNames = readdirSync(folder('./packages'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

export default defineConfig({
  resolve: { alias },
  test: {
    passWithNoTests: false,
    allowOnly: false,
    maxWorkers: 2,
    // Real servers on a machine that does other things as well; a test that must be fast says so itself.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    globalSetup: folder('./packages/testbed/src/vitest-setup.ts'),
    projects: [
      ...packageNames.map((name) =>
        project(name, folder(`./packages/${name}`), ['src/**/*.test.ts', 'test/**/*.test.ts']),
      ),
      project('examples', folder('./examples'), ['*/test/**/*.test.ts']),
      project('scripts', folder('./scripts'), ['**/*.test.mjs']),
    ],
  },
});
