import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { runCommandLine } from '../../src/command/main.js';
import { systemRuntime } from '../../src/runtime.js';
import type { Redactor } from '../../src/secret/redactor.js';
import type { FailingRun } from './failing-runs.js';

/** Collects what is written to it. */
class Sink extends Writable {
  text = '';
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString('utf8');
    done();
  }
}

/** What a run left behind. */
export interface Trace {
  readonly code: number;
  /** Everything that the run printed and every file that it left, by name. */
  readonly texts: ReadonlyMap<string, string>;
}

/** Deadlines for a server that is there, however busy the machine is; without any, a run of {@link traceOf} waits a second for a server. */
export const patient = ['--connect-timeout', '60', '--timeout', '60'] as const;

/** Runs a command line as the program does, at its most talkative, and gathers all that it leaves; what lies in the folder `planted` is left out. Arguments that begin with `./` are paths in the folder. */
export async function traceOf(
  folder: string,
  { args, environment = {} }: FailingRun,
  redactor: Redactor,
  output: readonly string[] = ['--verbose', '--json'],
): Promise<Trace> {
  await mkdir(join(folder, 'left'), { recursive: true });
  const inFolder = args.map((arg) => (arg.startsWith('./') ? join(folder, arg.slice(2)) : arg));
  const [verb = ''] = args;
  const moves = ['copy', 'populate', 'run'].includes(verb);
  const talkative = [
    ...output,
    ...(verb === 'status' || verb === 'report' || args.includes('--timeout')
      ? []
      : ['--connect-timeout', '1', '--timeout', '1']),
    ...(moves ? ['--events', join(folder, 'left/events.ndjson'), '--state-folder', join(folder, 'left/state')] : []),
  ];
  const [stdout, stderr] = [new Sink(), new Sink()];
  const code = await runCommandLine(['node', 'datamigrato', ...inFolder, ...talkative], '0.0.0', {
    stdin: {},
    stdout,
    stderr,
    environment,
    folder,
    runtime: systemRuntime,
    interrupts: { received: undefined, listen: () => () => undefined },
    redactor,
  });
  const texts = new Map([
    ['stdout', stdout.text],
    ['stderr', stderr.text],
  ]);
  for (const name of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(name.parentPath, name.name);
    texts.set(`a name: ${path.slice(folder.length)}`, path.slice(folder.length));
    if (name.isFile() && !path.includes('/planted/')) texts.set(path, await readFile(path, 'latin1'));
  }
  return { code, texts };
}
