import { expect, test } from 'vitest';
import { importDirection } from './import-direction.mjs';
import { findingsIn } from './planted-workspace.mjs';

const manifests = {
  'packages/core/package.json': { name: '@datamigrato/core' },
  'packages/mongodb/package.json': { name: '@datamigrato/mongodb' },
  'packages/cassandra/package.json': { name: '@datamigrato/cassandra' },
  'packages/datamigrato/package.json': { name: 'datamigrato' },
  'packages/testbed/package.json': { name: '@datamigrato/testbed', private: true },
  'packages/benchmarks/package.json': { name: '@datamigrato/benchmarks', private: true },
  'packages/realtime-server/package.json': { name: '@datamigrato/realtime-server' },
  'packages/connector-testkit/package.json': { name: '@datamigrato/connector-testkit' },
};
const problemsOf = async (files) => (await findingsIn(importDirection, { ...manifests, ...files })).problems;

test.each([
  ['packages/core/src/a.ts', "import '@datamigrato/mongodb';", 'core knows no other package'],
  ['packages/core/src/a.test.ts', "import '@datamigrato/testbed';", 'core knows no other package'],
  ['packages/mongodb/src/a.ts', "import '@datamigrato/cassandra';", 'a connector knows core alone'],
  ['packages/mongodb/src/a.ts', "import type { A } from '@datamigrato/cassandra';", 'a connector knows core alone'],
  ['packages/mongodb/test/a.test.ts', "import '@datamigrato/cassandra';", 'a connector knows core alone'],
  ['packages/mongodb/src/a.ts', "export * from 'datamigrato';", 'a connector knows core alone'],
  ['packages/mongodb/src/a.ts', "import '../../cassandra/src/index.js';", 'reaches out of its package'],
  ['packages/mongodb/src/a.ts', "import '@datamigrato/testbed';", 'which is private'],
  ['packages/datamigrato/src/a.ts', "import '@datamigrato/testbed';", 'which is private'],
  ['packages/datamigrato/src/a.ts', "import { mongodb } from '@datamigrato/mongodb';", 'at start'],
  ['packages/datamigrato/src/a.ts', "export { mongodb } from '@datamigrato/mongodb';", 'at start'],
  ['packages/testbed/src/a.ts', "import '@datamigrato/mongodb';", 'knows core alone'],
  ['packages/cassandra/src/a.ts', "import { Long } from 'bson';", 'imports bson'],
  ['packages/datamigrato/src/a.ts', "export const load = () => import('mongodb');", 'imports mongodb'],
  ['packages/mongodb/src/a.ts', "import '@datamigrato/realtime-server';", 'a connector knows core alone'],
  ['packages/realtime-server/src/a.ts', "import '@datamigrato/core';", 'a server knows no other package'],
  ['packages/mongodb/src/a.ts', "import '@datamigrato/connector-testkit';", 'serves tests alone'],
  ['packages/connector-testkit/src/a.ts', "import '@datamigrato/mongodb';", 'knows core alone'],
  ['packages/stray/src/a.ts', 'export {};', 'without a package.json'],
])('refuses in %s: %s', async (path, text, problem) => {
  const problems = await problemsOf({ [path]: text });
  expect(problems).toHaveLength(1);
  expect(problems[0]).toContain(path);
  expect(problems[0]).toContain(problem);
});

test.each([
  ['core', { dependencies: { '@datamigrato/mongodb': 'workspace:^' } }],
  ['mongodb', { dependencies: { '@datamigrato/cassandra': 'workspace:^' } }],
  ['mongodb', { devDependencies: { '@datamigrato/cassandra': 'workspace:*' } }],
  ['mongodb', { peerDependencies: { datamigrato: 'workspace:^' } }],
  ['datamigrato', { dependencies: { '@datamigrato/testbed': 'workspace:*' } }],
])('refuses in the manifest of %s: %j', async (folder, dependencies) => {
  const path = `packages/${folder}/package.json`;
  const problems = await problemsOf({ [path]: { ...manifests[path], ...dependencies } });
  expect(problems).toHaveLength(1);
  expect(problems[0]).toContain(path);
});

test('accepts the arrows that point the right way', async () => {
  const files = {
    'packages/core/src/a.ts': "import './b.js'; import '../src/b.js'; export {};",
    'packages/mongodb/src/a.ts': "import '@datamigrato/core'; import { Long } from 'bson'; import 'mongodb';",
    'packages/cassandra/test/a.test.ts': "import '@datamigrato/testbed'; import '@datamigrato/core'; import 'mongodb';",
    'packages/datamigrato/src/a.ts':
      "import type { A } from '@datamigrato/mongodb'; export const load = () => import('@datamigrato/mongodb');",
    'packages/datamigrato/test/a.test.ts': "import '@datamigrato/mongodb'; import 'mongodb';",
    'packages/testbed/src/a.ts': "import '@datamigrato/core'; import 'mongodb'; import '@datamigrato/realtime-server';",
    'packages/mongodb/test/b.test.ts':
      "import '@datamigrato/realtime-server'; import '@datamigrato/connector-testkit';",
    'packages/connector-testkit/src/a.ts': "import '@datamigrato/core';",
    'packages/benchmarks/src/a.ts': "import '@datamigrato/mongodb'; import '@datamigrato/testbed';",
  };
  const { checked, problems } = await findingsIn(importDirection, { ...manifests, ...files });
  expect({ checked, problems }).toEqual({ checked: Object.keys(files).length, problems: [] });
});
