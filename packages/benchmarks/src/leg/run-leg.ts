import { fork } from 'node:child_process';
import type { LegSample, LegTask } from './leg-task.js';

/** Does a leg somewhere, with extra flags of Node.js. Resolves with what it measured, or undefined where the leg measures nothing. */
export type LegRunner = (task: LegTask, nodeFlags?: readonly string[]) => Promise<LegSample | undefined>;

/**
 * Makes a runner that does each leg in a fresh process of this program, so that neither the compiled code nor the heap of one leg helps or hinders another.
 *
 * `program` is the file that calls `serveLeg` when its first argument is `leg`. A leg rejects where its process fails; what that process says goes to stderr.
 */
export function createLegRunner(program: string, signal: AbortSignal): LegRunner {
  return (task, nodeFlags = []) =>
    new Promise((resolve, reject) => {
      const child = fork(program, ['leg'], {
        execArgv: [...nodeFlags],
        stdio: ['ignore', 2, 2, 'ipc'],
        signal,
        killSignal: 'SIGKILL',
      });
      let sample: LegSample | undefined;
      child.on('message', (message) => {
        sample = message as LegSample;
      });
      child.on('error', reject);
      child.on('exit', (code, killedBy) => {
        if (code === 0) resolve(sample);
        else
          reject(new Error(`The leg ${task.leg} of ${task.benchmark} ended with ${killedBy ?? `exit code ${code}`}`));
      });
      child.send(task);
    });
}
