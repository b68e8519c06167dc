import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createWorkplace, trialConnector, type Workplace } from './command-line.js';

// Each test runs whole processes, which a busy machine lets wait.
vi.setConfig({ testTimeout: 60_000 });

interface Person {
  readonly id: number;
  readonly name?: string | number;
  readonly born?: number;
  readonly tags?: readonly string[];
}

let workplace: Workplace;
beforeAll(async () => {
  workplace = await createWorkplace();
});
afterAll(() => workplace[Symbol.asyncDispose]());

const people = (count: number): readonly Person[] =>
  Array.from({ length: count }, (_, index) => ({
    id: index,
    name: `person ${index}`,
    born: 1900 + index,
    tags: ['a', `b${index}`],
  }));

/** Copies people into an archive of their own, and then, without a word to the first run, changes some there. */
async function copied(name: string, changes: readonly Person[] = []): Promise<string> {
  const folder = join(workplace.folder, name);
  await mkdir(folder);
  await writeFile(join(folder, 'people.json'), JSON.stringify(people(50)));
  const state = ['--state-folder', `${name}/state`];
  const { code, stdout } = await workplace.run([
    'copy',
    `./${name}/people.json`,
    `./${name}/archive`,
    '--json',
    ...state,
  ]);
  expect(code).toBe(0);
  if (changes.length > 0) {
    await mkdir(join(folder, 'other'));
    await writeFile(join(folder, 'other/people.json'), JSON.stringify(changes));
    const behind = ['--allow-writes-to', `file:./${name}/archive`, '--state-folder', `${name}/other/state`, '--quiet'];
    const changed = await workplace.run(['copy', `./${name}/other/people.json`, `./${name}/archive`, ...behind]);
    expect(changed).toMatchObject({ code: 0 });
  }
  return (JSON.parse(stdout) as { runId: string }).runId;
}

const state = (name: string): readonly string[] => ['--state-folder', `${name}/state`];

describe('verify', () => {
  test('ends with 0 where both sides are equal, at every level, and names what it covers', async () => {
    const run = await copied('equal');
    for (const [flags, covers] of [
      [[], 'every record of both sides; those that differ field by field'],
      [['--level', 'counts'], 'nothing that is in them'],
      [['--level', 'digests'], 'by sums of SHA-256 fingerprints'],
      [['--sample', '30'], 'a random sample of them'],
    ] as const) {
      const { code, stdout } = await workplace.run(['verify', run, ...flags, ...state('equal')]);
      expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/^people +50 +50\b/m) });
      expect(stdout).toContain(covers);
      expect(stdout).toMatch(/^✔ /m);
    }
    const { stdout } = await workplace.run(['verify', ...state('equal'), '--sample', '30']);
    expect(stdout).toMatch(/with 95 % confidence, fewer than \d+(\.\d+)? % of all records differ/);
  });

  test('ends with 6 where they differ, and shows paths and kinds but no contents', async () => {
    const run = await copied('different', [
      { id: 3, name: 77, born: 1903, tags: ['b3', 'a'] },
      { id: 987654321, name: 'a stranger' },
    ]);
    const { code, stdout, stderr } = await workplace.run(['verify', run, ...state('different')]);
    expect(code).toBe(6);
    expect(stdout).toMatch(/^people +50 +51 +50 +0 +1 +1 +0$/m);
    expect(stdout).toMatch(/^✖ different: 2 records$/m);
    expect(stdout).toMatch(/^ {2}changed #[0-9a-f]{16}: name: string became int32; tags: in another order \(array\)$/m);
    expect(stdout).toMatch(/^ {2}extra #[0-9a-f]{16}$/m);
    expect(stdout).toMatch(new RegExp(`^next: datamigrato repair ${run} --dry-run$`, 'm'));
    expect(stdout + stderr).not.toMatch(/stranger|person|987654321/);
    const { stdout: shown } = await workplace.run(['verify', run, '--show-keys', ...state('different')]);
    expect(shown).toMatch(/^ {2}extra \[987654321\]$/m);
    const { stdout: json } = await workplace.run(['verify', run, '--json', ...state('different')]);
    expect(JSON.parse(json)).toMatchObject({
      schema: 'datamigrato.verification/1',
      verdict: 'different',
      level: 'records',
      entities: [{ tally: { missing: 0, extra: 1, changed: 1, duplicated: 0 } }],
    });
    expect(json).not.toContain('987654321');
  });

  test('leaves its report, keys included, beside the run and private', async () => {
    const run = await copied('reported', [{ id: 987654321 }]);
    await workplace.run(['verify', run, '--quiet', ...state('reported')]);
    const path = join(workplace.folder, 'reported/state/runs', run, 'verification.json');
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({
      runId: run,
      entities: [{ differences: [{ difference: 'extra', key: '[987654321]' }] }],
    });
    if (process.platform !== 'win32') expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  test('R-25 A-40 ends with 6 and claims nothing where a side cannot be read', async () => {
    const run = await copied('unreadable');
    const archive = join(workplace.folder, 'unreadable/archive/people');
    const [chunk = ''] = (await readdir(archive)).filter((name) => name.endsWith('.ndjson'));
    const text = await readFile(join(archive, chunk), 'utf8');
    await writeFile(join(archive, chunk), text.slice(0, text.length / 2));
    const { code, stdout } = await workplace.run(['verify', run, ...state('unreadable')]);
    expect({ code, stdout }).toEqual({
      code: 6,
      stdout: expect.stringContaining('! inconclusive: nothing is claimed'),
    });
    expect(stdout).not.toContain('✔');
  });

  test('compares by a plan alone, and refuses other stores than it was made for', async () => {
    await copied('planned');
    const from = './planned/people.json';
    const plan = ['plan', from, './planned/archive', '--out', 'planned/plan.json', '--quiet'];
    expect(await workplace.run(plan)).toMatchObject({ code: 0 });
    const sides = ['--from', from, '--to', './planned/archive'];
    expect(await workplace.run(['verify', 'planned/plan.json', ...sides])).toMatchObject({ code: 0 });
    const elsewhere = await workplace.run(['verify', 'planned/plan.json', '--from', from, '--to', './equal/archive']);
    expect(elsewhere).toMatchObject({ code: 2, stderr: expect.stringContaining('✖ DM_VERIFY_OTHER_STORE') });
    const unnamed = await workplace.run(['verify', 'planned/plan.json']);
    expect(unnamed).toMatchObject({ code: 2, stderr: expect.stringContaining('✖ DM_STORE_UNNAMED') });
  });

  test('R-26 goes on after it was killed', async () => {
    const trial = ['--connector', trialConnector];
    const copy = ['copy', 'trial:?records=100', './slow', '--json', '--state-folder', 'slow-state', ...trial];
    const { code, stdout } = await workplace.run(copy);
    expect(code).toBe(0);
    const { runId } = JSON.parse(stdout) as { runId: string };
    const progress = join(workplace.folder, 'slow-state/runs', runId, 'verification-state');
    const verify = [
      'verify',
      runId,
      '--from',
      'trial:?records=100&pause=200',
      '--state-folder',
      'slow-state',
      ...trial,
    ];
    const killed = await workplace.start(verify, (child: ChildProcess) => {
      const watch = (): void => {
        if (child.exitCode !== null) return;
        // The target is read within milliseconds and the source takes 2 s.
        if (existsSync(progress)) child.kill('SIGKILL');
        else setTimeout(watch, 10);
      };
      watch();
    });
    expect(killed).toMatchObject({ code: null, stdout: '' });
    const again = await workplace.run([...verify, '--json']);
    expect(again.code).toBe(0);
    expect(JSON.parse(again.stdout)).toMatchObject({ verdict: 'equal', resumed: true, entities: [{ compared: 100 }] });
    expect(existsSync(progress)).toBe(false);
  });

  test('R-13 ends with 130 when it is interrupted, and goes on later', async () => {
    const trial = ['--connector', trialConnector];
    const where = ['--state-folder', 'stopped-state', ...trial];
    const { stdout } = await workplace.run(['copy', 'trial:?records=100', './stopped', '--json', ...where]);
    const { runId } = JSON.parse(stdout) as { runId: string };
    const verify = ['verify', runId, '--from', 'trial:?records=100&pause=200', ...where];
    const progress = join(workplace.folder, 'stopped-state/runs', runId, 'verification-state');
    const stopped = await workplace.start(verify, (child: ChildProcess) => {
      const watch = (): void => {
        if (child.exitCode !== null) return;
        if (existsSync(progress)) child.kill('SIGINT');
        else setTimeout(watch, 10);
      };
      watch();
    });
    expect(stopped).toMatchObject({ code: 130, stderr: expect.stringContaining('✖ DM_INTERRUPTED') });
    expect((await workplace.run([...verify, '--json'])).stdout).toContain('"resumed": true');
  });
});

describe('copy --verify', () => {
  test('compares at the end, and its exit code is that of the comparison', async () => {
    await writeFile(join(workplace.folder, 'crew.json'), JSON.stringify(people(5)));
    const equal = await workplace.run(['copy', './crew.json', './crew', '--verify']);
    expect(equal).toMatchObject({ code: 0, stdout: expect.stringContaining('✔ equal') });
    await writeFile(join(workplace.folder, 'crew.json'), JSON.stringify(people(4)));
    const consent = ['--allow-writes-to', 'file:./crew'];
    const different = await workplace.run([
      'copy',
      './crew.json',
      './crew',
      '--verify',
      'digests',
      '--json',
      ...consent,
    ]);
    expect(different.code).toBe(6);
    expect(JSON.parse(different.stdout)).toMatchObject({
      ledger: { read: 4 },
      verification: { level: 'digests', verdict: 'different' },
    });
  });

  test('run --verify compares the sides of a plan that is finished already', async () => {
    await writeFile(join(workplace.folder, 'staff.json'), JSON.stringify(people(5)));
    await workplace.run(['plan', './staff.json', './staff', '--out', 'staff-plan.json', '--quiet']);
    const run = ['run', 'staff-plan.json', '--from', './staff.json', '--to', './staff', '--verify', '--json'];
    for (const wasFinished of [false, true]) {
      const { code, stdout } = await workplace.run(run);
      expect({ code, result: JSON.parse(stdout) }).toMatchObject({
        code: 0,
        result: { wasFinished, verification: { verdict: 'equal', entities: [{ compared: 5 }] } },
      });
    }
  });
});

describe('repair', () => {
  test('R-27 mends what differs, deletes only when allowed, and compares again', async () => {
    const run = await copied('broken', [{ id: 3, name: 'changed' }, { id: 987654321 }]);
    const dry = await workplace.run(['repair', run, '--dry-run', ...state('broken')]);
    expect(dry.code).toBe(6);
    expect(dry.stdout).toMatch(/^people +0 +1 +1 +0 +1 +0 +1 +0$/m);
    expect(dry.stdout).toContain('nothing was written or deleted');
    const kept = await workplace.run(['repair', run, ...state('broken')]);
    expect(kept.code).toBe(6);
    expect(kept.stdout).toContain('! one record left as it is: only the target has them; --allow-delete deletes them');
    const deleted = await workplace.run(['repair', run, '--allow-delete', '--json', ...state('broken')]);
    expect({ code: deleted.code, report: JSON.parse(deleted.stdout) }).toMatchObject({
      code: 0,
      report: {
        schema: 'datamigrato.repair/1',
        entities: [{ written: 0, deleted: 1, kept: 0 }],
        verification: { verdict: 'equal' },
      },
    });
    expect(await workplace.run(['repair', run, '--dry-run', ...state('broken')])).toMatchObject({ code: 0 });
    expect(await workplace.run(['verify', run, ...state('broken')])).toMatchObject({ code: 0 });
  });
});
