import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

// Whole processes, a dozen of them, which a busy machine lets wait.
vi.setConfig({ testTimeout: 180_000 });

const program = fileURLToPath(new URL('../dist/main.js', import.meta.url));

let folder: string;
beforeAll(async () => {
  if (!existsSync(program)) throw new Error('build first: this test runs dist/main.js');
  folder = await mkdtemp(join(tmpdir(), 'datamigrato-demo-test-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the demonstration as `npm run demo` does, into pipes. */
function runDemo(words: readonly string[], onOutput?: (child: ChildProcess, stdout: string) => void): Promise<Outcome> {
  const { PATH = '' } = process.env;
  const child = spawn(process.execPath, [program, ...words], { cwd: folder, env: { PATH }, stdio: 'pipe' });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    onOutput?.(child, stdout);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.stdin.end();
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
}

describe('the demonstration', () => {
  test('moves a dump into an embedded Realtime Database with nothing but Node, is killed, goes on, proves it, and brings all back', async () => {
    const { code, stdout, stderr } = await runDemo([]);
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout + stderr).not.toContain('\u001B');

    const commands = stdout.split('\n').filter((line) => line.startsWith('$ datamigrato '));
    expect(commands.map((line) => line.split(' ')[2])).toEqual([
      ...['plan', 'copy', 'status', 'resume', 'verify', 'report', 'copy', 'copy'],
    ]);
    const count = (pattern: RegExp): number => Number((pattern.exec(stdout)?.[1] ?? '').replace(',', ''));
    const atKill = count(/with at least ([\d,]+) of 37,670 records written/);
    const afterwards = count(/read after the kill: ([\d,]+),/);
    expect(atKill).toBeGreaterThanOrEqual(12_556);
    expect(afterwards).toBeGreaterThan(0);
    expect(afterwards).toBeLessThan(37_670);
    expect(stdout).toContain('✔ all 37,670 records accounted for');
    expect(stdout).toContain('✔ equal');
    for (const [entity, count] of [
      ...[['cities', '34,215'] as const, ['movies', '3,201'] as const],
      ...[['countries', '250'] as const, ['awkward', '4'] as const],
    ])
      expect(stdout).toContain(`${entity}: ${count} left, ${count} came back, 0 differ`);
    expect(stdout).toContain('DM_REALTIME_TOO_DEEP');

    const report = / {2}report {2}(.+)/.exec(stdout)?.[1] ?? '';
    const page = await readFile(report, 'utf8');
    expect(page).toMatch(/^<!doctype html>/i);
    expect(page).toContain('cities');
    expect(page).not.toMatch(/(?:src|href)="http/);
    const database = await readdir(join(folder, '.datamigrato/demo/realtime-database'));
    expect(database.length).toBeGreaterThan(0);
  });

  test('that is interrupted ends with 130 and takes the command that runs with it', async () => {
    let isInterrupted = false;
    const { code, stdout } = await runDemo([], (child, soFar) => {
      if (isInterrupted || !soFar.includes('$ datamigrato copy')) return;
      isInterrupted = true;
      child.kill('SIGINT');
    });
    // The output closes once the last process that writes into it is gone.
    expect(code).toBe(130);
    expect(stdout).not.toContain('$ datamigrato resume');
  });

  test('says which stores there are where one is asked for that is not', async () => {
    const { code, stdout, stderr } = await runDemo(['--with', 'mongodb,paper']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('two of mongodb, cassandra, firestore, realtime, file');
  });
});
