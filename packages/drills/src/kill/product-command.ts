import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** The command line that users get. */
const program = join(
  dirname(createRequire(import.meta.url).resolve('datamigrato/package.json')),
  'bin',
  'datamigrato.mjs',
);

/** How a command ended. */
export interface Ended {
  readonly code: number | null;
  /** The signal that killed it. */
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that runs. */
export interface RunningCommand {
  readonly ended: Promise<Ended>;
  /** SIGKILL. Does nothing once it has ended. */
  kill(): void;
}

/** Starts the built command line in a folder, with nothing of this process's environment but the path. */
export function startCommand(folder: string, programArguments: readonly string[]): RunningCommand {
  if (!existsSync(join(dirname(program), '..', 'dist')))
    throw new Error('build first: this runs the built command line');
  const { PATH = '' } = process.env;
  const child: ChildProcess = spawn(process.execPath, [program, ...programArguments], {
    cwd: folder,
    env: { PATH },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  return { ended, kill: () => child.kill('SIGKILL') };
}

/** Whether a finished command reports every record as moved, and no other. */
export function isWholeReport({ stdout }: Ended, records: number): boolean {
  const { ledger } = JSON.parse(stdout) as { readonly ledger: Readonly<Record<string, number>> };
  const { read, written = 0, unchanged = 0, dead = 0, filtered = 0 } = ledger;
  return read === records && written + unchanged === records && dead + filtered === 0;
}
