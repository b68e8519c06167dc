import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type Outcome, runProgram } from './command-line.js';

// Each test runs a whole process, which a busy machine lets wait.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const own = fileURLToPath(new URL('../..', import.meta.url));
/** What is installed beside this package: all it depends on but the connectors of Firestore and MongoDB. */
const installed = ['@clack/prompts', '@datamigrato/core', '@datamigrato/file', 'commander', 'log-update', 'zod'];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'datamigrato-not-installed-'));
  const modules = join(folder, 'node_modules');
  for (const scope of ['@clack', '@datamigrato']) await mkdir(join(modules, scope), { recursive: true });
  for (const name of installed) await symlink(join(own, 'node_modules', name), join(modules, name), 'junction');
  await copyPackage(own, join(modules, 'datamigrato'), ['bin', 'dist', 'package.json']);
  // A connector without its driver.
  const mongodb = join(own, '..', 'mongodb');
  await copyPackage(mongodb, join(modules, '@datamigrato/mongodb'), ['dist', 'package.json']);
  await writeFile(join(folder, 'people.json'), '[{"id":1,"name":"Ada"}]');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function copyPackage(from: string, to: string, names: readonly string[]): Promise<void> {
  for (const name of names) await cp(join(from, name), join(to, name), { recursive: true });
}

/** Runs the command line as it is installed in the folder. */
function run(...args: readonly string[]): Promise<Outcome> {
  return runProgram([process.execPath, join(folder, 'node_modules/datamigrato/bin/datamigrato.mjs')], args, { folder });
}

test.each([
  ['a connector that is not installed', './people.json', 'firestore://project/(default)/people', 'firestore'],
  ['a source likewise', 'firestore://project/(default)/people', './copy', 'firestore'],
  ['a connector without its driver', './people.json', 'mongodb://127.0.0.1:1/shop', 'mongodb'],
])('%s: 2, with the command that installs it', async (_title, from, to, connector) => {
  const { code, stdout, stderr } = await run('copy', from, to);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  const [first, second, ...rest] = stderr.trimEnd().split('\n');
  expect(first).toBe(`✖ DM_CONNECTOR_MISSING  The connector ${connector} is not installed, or its driver is not`);
  expect(second).toBe(`  → npm install @datamigrato/${connector}`);
  expect(rest).toHaveLength(1);
});

test('jobs that do not need a missing connector run, and `connectors` tells of those that are missing', async () => {
  expect(await run('copy', './people.json', './copy')).toMatchObject({ code: 0 });
  const { code, stdout } = await run('connectors', '--json');
  const { connectors } = JSON.parse(stdout) as {
    readonly connectors: readonly { readonly id: string; readonly installed: boolean }[];
  };
  expect({ code, installed: connectors.filter(({ installed }) => installed).map(({ id }) => id) }).toEqual({
    code: 0,
    installed: ['file'],
  });
});
