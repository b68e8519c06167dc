import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Command, startGuardedProcess } from './guarded-process.js';
import { TestbedError, tailOf } from './testbed-error.js';

/** Called with one line of text while something slow goes on, such as a download. */
export type ProgressListener = (line: string) => void;

/** Runs a slow tool in `folder` to its end; throws `unavailable` with the tail of its output if it fails. */
export async function runTool(command: Command, folder: string): Promise<void> {
  const logFile = join(folder, 'tool.log');
  const child = await startGuardedProcess(command, folder, logFile);
  const status = await child.exited;
  if (status === 0) return;
  const output = tailOf(await readFile(logFile, 'utf8'));
  throw new TestbedError('unavailable', `${command.program} failed with status ${status}:\n${output}`);
}

/** Runs a quick tool and gives what it printed (stdout, then stderr); throws `unavailable`, saying what it is `neededFor`, if it is missing or fails. */
export async function askTool(
  program: string,
  programArguments: readonly string[],
  neededFor: string,
  folder?: string,
): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, [...programArguments], { encoding: 'utf8', cwd: folder }, (error, stdout, stderr) => {
      if (error === null) {
        resolve(stdout + stderr);
        return;
      }
      const what =
        error.code === 'ENOENT' ? 'is not installed or not on PATH' : `failed: ${tailOf(stderr || error.message)}`;
      reject(new TestbedError('unavailable', `${program} ${what}; it is needed for ${neededFor}.`, { cause: error }));
    });
  });
}
