import type { ChildProcess } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createWorkplace, type Outcome, trialConnector, type Workplace } from './command-line.js';

// Each test runs whole processes, which a busy machine lets wait.
vi.setConfig({ testTimeout: 60_000 });

let workplace: Workplace;
beforeAll(async () => {
  workplace = await createWorkplace();
});
afterAll(() => workplace[Symbol.asyncDispose]());

const slow = 'trial:?records=100000&pause=20';

/** Calls back once the command has begun to move records. */
function onceStarted(child: ChildProcess, act: () => void): void {
  let text = '';
  child.stderr?.on('data', (more: string) => {
    const before = text.includes('started:');
    text += more;
    if (!before && text.includes('started:')) setTimeout(act, 150);
  });
}

describe.skipIf(process.platform === 'win32')('an ending signal', () => {
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s ends in order', async (signal, wanted) => {
    const args = ['copy', slow, `./after-${signal}`, '--connector', trialConnector];
    const outcome = await workplace.runUntilWritten(args, 50, signal);
    expect(outcome).toMatchObject({ code: wanted, stdout: '' });
    expect(outcome.stderr).toContain(`${signal}: finishing what was read`);
    const [, records = ''] = /✖ DM_INTERRUPTED {2}.* after (\d+) records/.exec(outcome.stderr) ?? [];
    expect(await recordsIn(`after-${signal}`)).toBe(Number(records));
    expect(Number(records)).toBeGreaterThan(0);
  });

  test('a second time ends at once', async () => {
    const args = ['copy', 'trial:?records=100000&pause=20', 'trial:', '--connector', trialConnector];
    const outcome: Outcome = await workplace.start(args, (child) =>
      onceStarted(child, () => {
        child.kill('SIGINT');
        child.kill('SIGINT');
      }),
    );
    expect(outcome).toMatchObject({ code: 130, stdout: '', stderr: expect.stringContaining('✖ DM_INTERRUPTED') });
  });
});

async function recordsIn(archive: string): Promise<number> {
  const { stdout } = await workplace.run(['inspect', `./${archive}`, '--json']);
  const { entities } = JSON.parse(stdout) as {
    readonly entities: readonly { readonly count: { readonly value: number } }[];
  };
  return entities[0]?.count.value ?? 0;
}

test('an archive that another process writes to ends with 7', async () => {
  let second: Promise<Outcome> | undefined;
  const first = await workplace.start(['copy', slow, './shared', '--connector', trialConnector], (child) =>
    onceStarted(child, () => {
      second = workplace.run([
        'copy',
        'trial:?records=5',
        './shared',
        '--connector',
        trialConnector,
        '--allow-writes-to',
        'file:./shared',
      ]);
      second.finally(() => child.kill('SIGTERM')).catch(() => undefined);
    }),
  );
  expect(await second).toMatchObject({ code: 7, stderr: expect.stringContaining('✖ DM_FILE_LOCKED') });
  expect(first.code).toBe(143);
});

test('a reader that leaves early is no failure', async () => {
  await writeFile(
    join(workplace.folder, 'people.json'),
    JSON.stringify(Array.from({ length: 300 }, (_, id) => ({ id, [`field${id}`]: id }))),
  );
  const outcome = await workplace.start(['inspect', './people.json', '--json'], (child) => child.stdout?.destroy());
  expect(outcome).toMatchObject({ code: 0, stderr: '' });
});

describe('a third-party connector', () => {
  beforeAll(async () => {
    const home = join(workplace.folder, 'node_modules/datamigrato-connector-trial');
    await mkdir(join(home, 'dist'), { recursive: true });
    await writeFile(
      join(home, 'package.json'),
      JSON.stringify({
        name: 'datamigrato-connector-trial',
        version: '4.5.6',
        type: 'module',
        exports: { '.': { types: './x.d.ts', import: './dist/index.js' } },
      }),
    );
    await writeFile(
      join(home, 'dist/index.js'),
      `globalThis.loaded = true;\nexport * from ${JSON.stringify(trialConnector)};\n`,
    );
  });

  test('S-17 is loaded by the name of its package, and said aloud', async () => {
    const { code, stderr } = await workplace.run([
      'copy',
      'trial:',
      './named',
      '--connector',
      'datamigrato-connector-trial',
    ]);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: expect.stringMatching(/^connector trial 9\.8\.7: datamigrato-connector-trial 4\.5\.6, .*node_modules/m),
    });
  });

  test('S-17 is not loaded for lying there', async () => {
    const { code, stderr } = await workplace.run(['copy', 'trial:', './unnamed']);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('✖ DM_CONNECTOR_UNKNOWN') });
  });

  test('S-17 of another version of the contract is refused', async () => {
    const text = await readFile(trialConnector, 'utf8');
    await writeFile(
      join(workplace.folder, 'future.mjs'),
      `import { trial } from ${JSON.stringify(trialConnector)};\nexport const future = { ...trial, specVersion: 2 };\n`,
    );
    expect(text).toContain('specVersion: 1');
    const { code, stderr } = await workplace.run(['copy', 'trial:', './future', '--connector', './future.mjs']);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringMatching(/✖ DM_CONNECTOR_INCOMPATIBLE .*version 2 of the contract, not 1/),
    });
    expect(await readdir(workplace.folder)).not.toContain('future');
  });

  test.each(['../escape', '@x/../y', 'UPPER', 'a b', 'http://x'])('named %s is no package', async (name) => {
    const { code } = await workplace.run(['copy', 'trial:', './odd', '--connector', name]);
    expect(code).toBe(2);
  });
});
