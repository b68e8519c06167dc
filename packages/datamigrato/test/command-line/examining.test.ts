import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createWorkplace, trialConnector, type Workplace } from './command-line.js';

// Each test runs whole processes, which a busy machine lets wait.
vi.setConfig({ testTimeout: 60_000 });

let workplace: Workplace;
beforeAll(async () => {
  workplace = await createWorkplace();
});
afterAll(() => workplace[Symbol.asyncDispose]());

interface Finding {
  readonly check: string;
  readonly state: string;
  readonly code: string | null;
  readonly next: string | null;
}

describe('doctor', () => {
  test('ends with 0 where everything is there, and leaves nothing behind', async () => {
    const { code, stdout } = await workplace.run(['doctor']);
    expect({ code, stdout }).toMatchObject({ code: 0 });
    expect(stdout).toMatch(/^✔ node +Node\.js \d+\.\d+\.\d+ /m);
    expect(stdout).toMatch(/^✔ state +.*not made yet can be written$/m);
    expect(stdout).toMatch(/^✔ connector +mongodb \d/m);
    expect(stdout).not.toContain('\u001b');
    expect(await readdir(workplace.folder)).toEqual([]);
  });

  test('ends with 9 where a store does not answer, and with 2 where it is named wrongly, each with what to do', async () => {
    await writeFile(join(workplace.folder, 'people.json'), '[{"id":1}]');
    const unreachable = ['doctor', './people.json', 'mongodb://127.0.0.1:1/shop', '--connect-timeout', '2', '--json'];
    const { code, stdout } = await workplace.run(unreachable);
    expect(code).toBe(9);
    const stores = (JSON.parse(stdout) as { findings: readonly Finding[] }).findings.filter(
      ({ check }) => check === 'store',
    );
    expect(stores).toEqual([
      expect.objectContaining({ state: 'ok', code: null, next: null }),
      expect.objectContaining({
        state: 'fail',
        code: 'DM_ENDPOINT_UNREACHABLE',
        next: expect.stringContaining('port'),
      }),
    ]);
    expect(await workplace.run(['doctor', 'nowhere://x'])).toMatchObject({
      code: 2,
      stdout: expect.stringMatching(/^✖ store +DM_CONNECTOR_UNKNOWN: .* → /m),
    });
    expect(await workplace.run(['doctor', './missing.json'])).toMatchObject({ code: 2 });
  });

  test.skipIf(process.platform === 'win32')('tells who else can read credentials or write state', async () => {
    await writeFile(join(workplace.folder, 'shop-token.json'), '{}', { mode: 0o644 });
    const warned = await workplace.run(['doctor']);
    expect(warned).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^! credentials +shop-token\.json .* → chmod 600 'shop-token\.json'$/m),
    });
    await mkdir(join(workplace.folder, 'shared'));
    await chmod(join(workplace.folder, 'shared'), 0o777);
    const shared = await workplace.run(['doctor', '--state-folder', 'shared']);
    expect(shared).toMatchObject({ code: 8, stdout: expect.stringMatching(/^✖ state +DM_STATE_UNSAFE/m) });
  });
});

describe('report', () => {
  test('writes a page without a script into the folder of the run, or prints one document', async () => {
    await workplace.run(['copy', './people.json', './archive', '--verify', '--quiet']);
    const { code, stdout } = await workplace.run(['report']);
    expect(code).toBe(0);
    const page = await readFile(stdout.trim(), 'utf8');
    expect(page).toContain('✔ Finished, and both sides are equal');
    expect(page).not.toContain('<script');
    const { stdout: json } = await workplace.run(['report', '--json']);
    expect(JSON.parse(json)).toMatchObject({
      schema: 'datamigrato.run-report/1',
      run: { state: 'finished', ledger: { read: 1 } },
      verification: { verdict: 'equal' },
      timeline: [{ step: 500 }],
    });
  });

  test('S-07 shows no key and no content of a record, whatever became of it', async () => {
    const trial = ['--connector', trialConnector, '--state-folder', 'dead'];
    await workplace.run(['copy', 'trial:?records=50', 'trial:?refuse=10', '--quiet', ...trial]);
    const { stdout } = await workplace.run(['report', '--state-folder', 'dead', '--out', 'dead.html']);
    const page = await readFile(stdout.trim(), 'utf8');
    expect(page).toContain('DM_TRIAL_REFUSED');
    expect(page).toMatch(/<td class="number">5<\/td>/);
    expect(page).not.toMatch(/record \d/);
    const unwritable = await workplace.run(['report', '--state-folder', 'dead', '--out', 'no/such/folder.html']);
    expect(unwritable).toMatchObject({ code: 2, stderr: expect.stringContaining('✖ DM_REPORT_UNWRITABLE') });
  });

  test('tells of a run that failed what it can', async () => {
    const trial = ['--connector', trialConnector, '--state-folder', 'failed'];
    const copy = ['copy', 'trial:?records=50', 'trial:?refuse=2', '--max-dead-letters', '3', '--quiet', ...trial];
    expect((await workplace.run(copy)).code).toBe(4);
    const { stdout } = await workplace.run(['report', '--state-folder', 'failed', '--out', 'failed.html']);
    const page = await readFile(stdout.trim(), 'utf8');
    expect(page).toContain('✖ Failed');
    expect(page).toContain('DM_TOO_MANY_DEAD_LETTERS');
    expect(page).toMatch(/datamigrato resume \d{4}-/);
  });

  test('names a run that is not there', async () => {
    expect(await workplace.run(['report', 'nosuch'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('✖ DM_RUN_UNKNOWN'),
    });
  });
});
