import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
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
  start(
    args: readonly string[],
    onStart: (child: ChildProcess) => void,
    environment?: Readonly<Record<string, string>>,
  ): Promise<Outcome>;
  /** Runs a command line that may write no file of more than so many blocks of 512 bytes. */
  runLimited(args: readonly string[], blocks: number): Promise<Outcome>;
  /** Runs a command line until its file of events tells of so many records written, then sends it a signal and calls `onSignal` with the path of that file. */
  runUntilWritten(
    args: readonly string[],
    records: number,
    signal: NodeJS.Signals,
    onSignal?: (child: ChildProcess, events: string) => Promise<void>,
  ): Promise<EventfulOutcome>;
  /** Runs a command line to its end, and tells what happened. */
  runWatched(args: readonly string[]): Promise<EventfulOutcome>;
}

/** What a command line did, and what happened on the way. */
export interface EventfulOutcome extends Outcome {
  /** Records read from the source. */
  readonly read: number;
  readonly events: readonly { readonly type: string }[];
}

/** Runs a program in a folder to its end, with no more of this environment than a program needs. */
export function runProgram(
  command: readonly string[],
  args: readonly string[],
  { folder, environment = {}, onStart = () => {} }: ProgramSurroundings,
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const { PATH = '', SystemRoot = '' } = process.env;
    const [program = '', ...before] = command;
    const env = { PATH, SystemRoot, ...environment };
    const child = spawn(program, [...before, ...args], { cwd: folder, env });
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
}

/** Where a program runs, and who may send it signals. */
interface ProgramSurroundings {
  readonly folder: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly onStart?: (child: ChildProcess) => void;
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
    command: readonly string[] = [process.execPath, bin],
  ): Promise<Outcome> => runProgram(command, args, { folder, environment, onStart });
  let watched = 0;
  const startWatched = async (
    args: readonly string[],
    onStart: (child: ChildProcess, path: string) => void,
  ): Promise<EventfulOutcome> => {
    watched += 1;
    const path = join(folder, `events-${watched}.ndjson`);
    const outcome = await start([...args, '--events', path], (child) => onStart(child, path));
    const events = await readEvents(path);
    const read = events.reduce((sum, event) => sum + (event.type === 'batch-read' ? (event.records ?? 0) : 0), 0);
    return { ...outcome, events, read };
  };
  return {
    folder,
    run: (args, environment) => start(args, () => undefined, environment),
    start,
    runLimited: (args, blocks) => {
      // Without ignoring the signal, too large a file would end the process rather than the write.
      const limit = `trap '' XFSZ; ulimit -f ${blocks}; exec "$@"`;
      return start(args, () => undefined, {}, ['sh', '-c', limit, 'sh', process.execPath, bin]);
    },
    runWatched: (args) => startWatched(args, () => undefined),
    runUntilWritten: (args, records, signal, onSignal) =>
      startWatched(args, (child, path) => {
        const watch = async (): Promise<void> => {
          const written = (await readEvents(path)).reduce(
            (sum, event) => sum + (event.type === 'batch-written' ? (event.records ?? 0) : 0),
            0,
          );
          if (child.exitCode !== null || child.signalCode !== null) return;
          if (written >= records) {
            child.kill(signal);
            await onSignal?.(child, path);
          } else setTimeout(() => void watch(), 25);
        };
        void watch();
      }),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

interface EventLine {
  readonly type: string;
  readonly records?: number;
}

/** The whole lines of a file of events that may be in the making, or not there yet. */
async function readEvents(path: string): Promise<readonly EventLine[]> {
  if (!existsSync(path)) return [];
  const lines = (await readFile(path, 'utf8')).split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as EventLine);
}
