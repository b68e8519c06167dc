import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const original = fileURLToPath(new URL('with-pnpm.mjs', import.meta.url));
const emptyLock = "lockfileVersion: '9.0'\n\nimporters:\n\n  .: {}\n";
let root;

const writeManifest = (node) =>
  writeFileSync(
    join(root, 'package.json'),
    JSON.stringify({
      private: true,
      packageManager: 'pnpm@10.34.1',
      engines: { node },
      scripts: {
        'print:direct': 'node print-arguments.mjs',
        'fail:direct': 'node --eval "process.exit(7)"',
        'wait:direct': 'exec node wait-for-end.mjs',
      },
    }),
  );
const run = (...scriptArguments) =>
  spawnSync(process.execPath, [join(root, 'scripts', 'with-pnpm.mjs'), ...scriptArguments], { encoding: 'utf8' });

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'datamigrato-with-pnpm-'));
  mkdirSync(join(root, 'scripts'));
  copyFileSync(original, join(root, 'scripts', 'with-pnpm.mjs'));
  writeFileSync(join(root, 'print-arguments.mjs'), 'console.log(JSON.stringify(process.argv.slice(2)));');
  writeFileSync(
    join(root, 'wait-for-end.mjs'),
    `process.on('SIGTERM', () => { console.log('ended'); process.exit(0); });
     setTimeout(() => process.exit(9), 60_000);
     console.log('ready');`,
  );
  writeFileSync(join(root, 'pnpm-lock.yaml'), emptyLock);
  writeManifest('>=20.19');
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('with-pnpm', { timeout: 120_000 }, () => {
  test('installs once, keeps stdout for the script, and hands every argument on', () => {
    const first = run('print:direct', '--with', 'mongodb,cassandra');
    expect(first.status, first.stderr).toBe(0);
    expect(first.stdout).toBe('["--with","mongodb,cassandra"]\n');
    expect(first.stderr).toContain('Installing the dependencies');

    const second = run('print:direct');
    expect(second.stdout).toBe('[]\n');
    expect(second.stderr).not.toContain('Installing the dependencies');
  });

  test('installs again when the lock file has changed', () => {
    writeFileSync(join(root, 'pnpm-lock.yaml'), `${emptyLock}\n`);
    expect(run('print:direct').stderr).toContain('Installing the dependencies');
  });

  test('exits as the script does', () => {
    expect(run('fail:direct').status).toBe(7);
  });

  test.skipIf(process.platform === 'win32')('passes a request to end on, and waits for the script', async () => {
    const child = spawn(process.execPath, [join(root, 'scripts', 'with-pnpm.mjs'), 'wait:direct']);
    let printed = '';
    for await (const chunk of child.stdout) {
      printed += chunk;
      if (printed === 'ready\n') child.kill('SIGTERM');
    }
    if (child.exitCode === null) await once(child, 'exit');
    expect({ printed, exitCode: child.exitCode }).toEqual({ printed: 'ready\nended\n', exitCode: 0 });
  });

  test('says how to use it', () => {
    const { status, stderr } = run();
    expect(status).toBe(2);
    expect(stderr).toContain('Usage: node scripts/with-pnpm.mjs <script>');
  });

  test('names the Node version that it needs', () => {
    writeManifest('>=99.1');
    const { status, stderr } = run('print:direct');
    writeManifest('>=20.19');
    expect(status).toBe(2);
    expect(stderr).toContain(`Datamigrato needs Node >=99.1; this is ${process.versions.node}.`);
  });
});
