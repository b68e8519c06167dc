import { expect, test } from 'vitest';
import { cleanText } from './clean-text.mjs';
import { findingsIn } from './planted-workspace.mjs';

const problemsOf = async (files) =>
  (await findingsIn(cleanText, files, { configuredHosts: ['packages.intranet.example'] })).problems;

// Written in pieces, so that this file passes the guard it tests.
const host = (...parts) => parts.join('.');

test.each([
  ['pnpm-lock.yaml', `  tarball: https://${host('registry', 'npmjs', 'org')}/a/-/a-1.tgz`, "a registry's host"],
  ['a.md', `see ${host('pypi', 'org')}`, "a registry's host"],
  ['pom.xml', `<url>https://${host('repo', 'maven', 'apache', 'org')}/maven2</url>`, "a registry's host"],
  ['pom.xml', `<url>https://${host('repo1', 'maven', 'org')}/maven2</url>`, "a registry's host"],
  ['a.sh', `GOPROXY=https://${host('proxy', 'golang', 'org')}`, "a registry's host"],
  ['a.md', 'installed from packages.intranet.example', "this machine's registry"],
  ['.npmrc', ['registry', 'https://x.example/'].join('='), 'sets a registry'],
  ['a.ts', `const path = '/${'work'}/main';`, 'a folder of one machine'],
  ['a.ts', `open("/${'root'}/.cache/x")`, 'a folder of one machine'],
  ['a.md', `cd /${'home'}/jane/code`, 'a folder of one machine'],
  ['a.md', `/${'Users'}/jane/code`, 'a folder of one machine'],
  ['a.md', `C:\\${'Users'}\\jane`, 'a folder of one machine'],
  ['a.json', `{"url":"file:///${'home'}/jane"}`, 'a folder of one machine'],
])('refuses in %s: %s', async (path, text, problem) => {
  const problems = await problemsOf({ [path]: `first line\n${text}\n` });
  expect(problems).toHaveLength(1);
  expect(problems[0]).toContain(problem);
});

test('accepts relative paths, system folders and the sites of projects, and passes over binary files', async () => {
  const { checked, problems } = await findingsIn(
    cleanText,
    {
      'a.md':
        'packages/core/src, ./roots/x, /bin/sh, /tmp/data, https://github.com/a/b/work/x, https://example.org/home/x',
      'b.bin': `\0/${'root'}/x`,
    },
    { configuredHosts: [] },
  );
  expect({ checked, problems }).toEqual({ checked: 2, problems: [] });
});

test('reads only what git would commit', async () => {
  expect(await problemsOf({ '.gitignore': 'logs/\n', 'logs/a.txt': `/${'root'}/x` })).toEqual([]);
});
