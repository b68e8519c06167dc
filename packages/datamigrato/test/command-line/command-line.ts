import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The module of {@link trialConnector} as `--connector` takes it. */
export const trialConnector: string = fileURLToPath(new URL('./trial-connector.mjs', import.meta.url));

const bin = fileURLToPath(new URL('../../bin/datamigrato.mjs', import.meta.url));

/** What a command line did. */
export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder in which command lines run, removed at the end. */
export interface Workplace extends AsyncDisposable {
  readonly folder: string;
  /** Runs a command line to its end. */
  run(args: readonly string[], environment?: Readonly<Record<string, string>>): Promise<Outcome>;
  /** Starts a command line; `onStart` may send signals. */
  start(args: readonly string[], onStart: (child: ChildProcess) => void): Promise<Outcome>;
}

/** Makes a workplace. The command line is the built one: what users get. */
export async function createWorkplace(): Promise<Workplace> {
  if (!existsSync(new URL('../../dist/cli.js', import.meta.url)))
    throw new Error('build first: these tests run dist/cli.js');
  const folder = await mkdtemp(join(tmpdir(), 'datamigrato-command-line-'));
  const start = (
    args: readonly string[],
    onStart: (child: ChildProcess) => void,
    environment: Readonly<Record<string, string>> = {},
  ): Promise<Outcome> =>
    new Promise((resolve, reject) => {
      const { PATH = '', SystemRoot = '' } = process.env;
      const child = spawn(process.execPath, [bin, ...args], { cwd: folder, env: { PATH, SystemRoot, ...environment } });
      let [stdout, stderr] = ['', ''];
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        stdout += text;
      });
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        stderr += text;
      });
      child.once('error', reject);
      child.once('close', (code) => resolve({ code, stdout, stderr }));
      child.stdin.end();
      onStart(child);
    });
  return {
    folder,
    run: (args, environment) => start(args, () => undefined, environment),
    start,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}
